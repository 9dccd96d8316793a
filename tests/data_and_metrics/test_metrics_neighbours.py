import numpy as np
import pytest
import torch
from seeded import normal
from sklearn.neighbors import NearestNeighbors
from torch_fidelity.metric_prc import prc_features_to_metric

from msgan_lessons.metrics import coverage, density, nearest, precision_recall


def grid(n):
    """n x n points, one apart."""
    return torch.cartesian_prod(torch.arange(float(n)), torch.arange(float(n)))


def plain_balls(real, fake, k):
    """Distances real x fake and radii of the reals, by scikit-learn."""
    finder = NearestNeighbors(n_neighbors=k + 1).fit(real)
    radii = finder.kneighbors(real)[0][:, -1]
    apart = np.sqrt(np.square(real[:, None] - fake[None]).sum(-1))
    return apart, radii[:, None]


@pytest.mark.parametrize("k", [1, 3, 7])
@pytest.mark.parametrize("counts", [(300, 300), (200, 330)])
def test_precision_and_recall_agree_with_torch_fidelity(counts, k):
    real, fake = normal(counts[0], 6), normal(counts[1], 6, seed=1) * 0.7 + 0.5
    oracle = prc_features_to_metric(fake, real, prc_neighborhood=k, verbose=False)
    precision, recall = precision_recall(real, fake, k)
    assert precision == pytest.approx(oracle["precision"], abs=1e-6)
    assert recall == pytest.approx(oracle["recall"], abs=1e-6)
    assert 0 < recall < precision


@pytest.mark.parametrize("k", [1, 5, 249])
def test_density_and_coverage_agree_with_scikit_learn(k):
    real, fake = normal(250, 5), normal(180, 5, seed=1) * 0.8 + 0.4
    apart, radii = plain_balls(real.numpy(), fake.numpy(), k)
    inside = apart < radii
    assert density(real, fake, k) == pytest.approx(inside.sum() / (k * 180))
    assert coverage(real, fake, k) == pytest.approx(inside.any(1).mean())


def test_nearest_agrees_with_scikit_learn():
    fake, train = normal(50, 12), normal(2500, 12, seed=1)  # more than one chunk
    expected, index = NearestNeighbors(n_neighbors=4).fit(train).kneighbors(fake)
    distances, indices = nearest(fake, train, k=4)
    assert distances.shape == indices.shape == (50, 4)
    np.testing.assert_array_equal(indices, index)
    np.testing.assert_allclose(distances, expected, rtol=1e-6)
    train = normal(500, 64) * 3 + 7
    distances, indices = nearest(train[100:120], train)  # learnt by heart
    assert distances.unique().tolist() == [0]
    assert indices[:, 0].tolist() == list(range(100, 120))


def test_chunk_and_order_change_no_result_and_precision_and_recall_change_places(monkeypatch):
    real, fake = normal(60, 4), normal(50, 4, seed=1)

    def found(real, fake):
        return [precision_recall(real, fake), density(real, fake), coverage(real, fake)]

    whole = found(real, fake)
    assert found(real.flip(0), fake.roll(7, 0)) == whole
    assert precision_recall(fake, real) == whole[0][::-1]
    monkeypatch.setattr("msgan_lessons.metrics.neighbours.CHUNK", 7)
    assert found(real, fake) == whole


@pytest.mark.parametrize("rows", [normal(80, 5), normal(80, 5) * 1e-3 + 500, grid(8)])
def test_identical_sets_give_1(rows):
    assert precision_recall(rows, rows.flip(0)) == (1, 1)
    assert coverage(rows, rows.flip(0)) == 1
    copies = normal(3, 64).repeat(10, 1)  # points without a radius
    assert precision_recall(copies, copies.flip(0)) == (1, 1)
    for same in (normal(300, 6), normal(300, 6) * 1e-3 + 50):
        assert density(same, same, k=4) == 1


def test_sets_far_apart_give_0():
    real, fake = normal(40, 3), normal(40, 3, seed=1) + 100
    assert precision_recall(real, fake) == (0, 0)
    assert (density(real, fake), coverage(real, fake)) == (0, 0)


def test_collapse_keeps_precision_and_loses_recall_and_coverage():
    real = normal(400, 4)
    fake = real[:1] * 0.1 + 1e-3 * normal(400, 4, seed=1)  # one picture, again and again
    precision, recall = precision_recall(real, fake)
    assert precision > 0.99
    assert recall < 0.01
    assert coverage(real, fake) < 0.1
    assert density(real, fake) > 1


def test_noise_costs_precision_but_no_coverage_and_a_stray_fake_claims_recall_but_no_coverage():
    real = normal(400, 4)
    fake = torch.cat([normal(400, 4, seed=1), normal(400, 4, seed=2) * 20])
    assert precision_recall(real, fake)[0] < 0.6
    assert coverage(real, fake) > 0.9
    stray = torch.cat([normal(4, 4, seed=1) * 1e-3 + 30, -normal(4, 4, seed=2) * 1e-3 - 30])
    assert precision_recall(real, stray, k=4)[1] == 1  # balls as wide as the gap between heaps
    assert coverage(real, stray, k=4) == 0


def test_balls_are_closed_for_precision_and_open_for_density_and_coverage():
    line = torch.arange(10.0)[:, None]  # with k=2, all radii are 1 but those of the ends, 2
    assert precision_recall(line, line[:3], k=2)[1] == 0.5  # 0 to 4: the ball of 2 ends at 4
    assert coverage(line, line[:1], k=2) == 0.1  # 1 is at the edge of its own ball
    assert density(line, line[:1], k=2) == 0.5  # of 0 itself; the ball of 1 ends at 0


@pytest.mark.parametrize("measure", [precision_recall, density, coverage])
def test_a_k_that_leaves_no_neighbour_is_named_with_the_most_there_are(measure):
    rows = normal(10, 3)
    assert measure(rows, rows, k=9)
    with pytest.raises(ValueError, match=r"^k must be from 1 to 9, got 10\.$"):
        measure(rows, rows, k=10)
