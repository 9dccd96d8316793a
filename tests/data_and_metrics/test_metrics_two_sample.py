import pytest
import seeded
import torch
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from msgan_lessons.metrics.neighbours import (
    nearest_neighbour_accuracy,
    nearest_neighbour_verdicts,
    wilson_interval,
)


def normal(n, d, seed, shift=0.0):
    return seeded.normal(n, d, seed=seed) + shift


@pytest.mark.parametrize("shift", [0.0, 0.3, 3.0])
def test_accuracy_is_scikit_learns_nearest_neighbour_leaving_one_out(shift):
    real, fake = normal(60, 5, 0), normal(60, 5, 1, shift)
    rows, kinds = torch.cat([real, fake]).numpy(), [1] * 60 + [0] * 60
    judge = KNeighborsClassifier(n_neighbors=1, algorithm="brute")
    scores = cross_val_score(judge, rows, kinds, cv=LeaveOneOut())
    assert nearest_neighbour_accuracy(real, fake) == pytest.approx(scores.mean())


def test_accuracy_is_a_half_for_one_law_and_one_for_two_that_lie_apart():
    same = nearest_neighbour_accuracy(normal(1000, 8, 0), normal(1000, 8, 1))
    assert same == pytest.approx(0.5, abs=0.05)
    assert nearest_neighbour_accuracy(normal(50, 8, 0), normal(50, 8, 1, 99.0)) == 1.0


def test_copies_are_called_real_and_the_copied_are_called_generated():
    real = normal(40, 4, 0)
    assert nearest_neighbour_accuracy(real, real.flip(0)) == 0.0
    called_real, copies_called_real = nearest_neighbour_verdicts(real, real.clone())
    assert called_real.tolist() == [False] * 40
    assert copies_called_real.tolist() == [True] * 40


def test_order_scale_shift_and_chunks_change_nothing(monkeypatch):
    real, fake = normal(30, 4, 0), normal(30, 4, 1, 0.5)
    value = nearest_neighbour_accuracy(real, fake)
    assert nearest_neighbour_accuracy(fake, real) == value
    assert nearest_neighbour_accuracy(real.flip(0), fake.roll(3, 0)) == value
    assert nearest_neighbour_accuracy(4 * real + 1, 4 * fake + 1) == value
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
    low, high = wilson_interval(3, 20)
    assert wilson_interval(17, 20) == pytest.approx((1 - high, 1 - low))
