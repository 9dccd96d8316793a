import pytest
import torch

from msgan_lessons.metrics.neighbours import (
    nearest_neighbour_accuracy,
    nearest_neighbour_verdicts,
    wilson_interval,
)


def normal(n, d, seed, shift=0.0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) + shift


def test_verdicts_are_one_bool_a_row():
    real, fake = nearest_neighbour_verdicts(normal(7, 3, 0), normal(7, 3, 1))
    assert real.shape == fake.shape == (7,)
    assert real.dtype == fake.dtype == torch.bool


@pytest.mark.parametrize("shift", [0.0, 0.3, 3.0])
def test_accuracy_is_scikit_learns_nearest_neighbour_leaving_one_out(shift):
    model_selection = pytest.importorskip("sklearn.model_selection")
    from sklearn.neighbors import KNeighborsClassifier

    real, fake = normal(60, 5, 0), normal(60, 5, 1, shift)
    rows, kinds = torch.cat([real, fake]).numpy(), [1] * 60 + [0] * 60
    judge = KNeighborsClassifier(n_neighbors=1, algorithm="brute")
    scores = model_selection.cross_val_score(judge, rows, kinds, cv=model_selection.LeaveOneOut())
    assert nearest_neighbour_accuracy(real, fake) == pytest.approx(scores.mean())


def test_accuracy_is_a_half_for_one_law_and_one_for_two_that_lie_apart():
    assert nearest_neighbour_accuracy(normal(1000, 8, 0), normal(1000, 8, 1)) == pytest.approx(
        0.5, abs=0.05
    )
    assert nearest_neighbour_accuracy(normal(50, 8, 0), normal(50, 8, 1, shift=99.0)) == 1.0


def test_copies_are_called_real_and_the_copied_are_called_generated():
    real = normal(40, 4, 0)
    assert nearest_neighbour_accuracy(real, real.flip(0)) == 0.0
    called_real, copies_called_real = nearest_neighbour_verdicts(real, real.clone())
    assert not called_real.any()
    assert copies_called_real.all()


def test_order_scale_and_shift_of_the_rows_change_nothing():
    real, fake = normal(30, 4, 0), normal(30, 4, 1, 0.5)
    value = nearest_neighbour_accuracy(real, fake)
    assert nearest_neighbour_accuracy(fake, real) == value
    assert nearest_neighbour_accuracy(real.flip(0), fake.roll(3, 0)) == value
    assert nearest_neighbour_accuracy(4 * real + 1, 4 * fake + 1) == value


def test_chunks_change_nothing(monkeypatch):
    real, fake = normal(30, 4, 0), normal(30, 4, 1, 0.5)
    value = nearest_neighbour_accuracy(real, fake)
    monkeypatch.setattr("msgan_lessons.metrics.neighbours.TEST_CHUNK", 7)
    assert nearest_neighbour_accuracy(real, fake) == value


@pytest.mark.parametrize("z", [0.5, 1.96, 5.0])
@pytest.mark.parametrize(("right", "trials"), [(1, 3), (14, 20), (501, 1000)])
def test_the_ends_of_the_interval_are_the_shares_from_which_right_lies_z_deviations(
    right, trials, z
):
    for share in wilson_interval(right, trials, z):
        deviation = (share * (1 - share) / trials) ** 0.5
        assert abs(right / trials - share) == pytest.approx(z * deviation, abs=1e-9)


def test_the_interval_ends_at_0_where_nothing_was_right_and_at_1_where_all_was():
    assert wilson_interval(0, 20) == pytest.approx((0, 1.96**2 / (20 + 1.96**2)))
    assert wilson_interval(20, 20) == pytest.approx((20 / (20 + 1.96**2), 1))


def test_interval_is_symmetric_and_shrinks_with_trials():
    low, high = wilson_interval(3, 20)
    assert wilson_interval(17, 20) == pytest.approx((1 - high, 1 - low))
    longer = wilson_interval(30, 200)
    assert low < longer[0] < 0.15 < longer[1] < high
