import statistics
from functools import partial

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from seeded import normal as float32_normal
from seeded import stream

from msgan_lessons import metrics
from msgan_lessons.metrics import frechet_distance, noise_floor, sample_size_curve

normal = partial(float32_normal, dtype=torch.float64)


def whitened(n, d, seed=0):
    """Rows with mean 0 and covariance I exactly."""
    centred = normal(n, d, seed=seed)
    centred = centred - centred.mean(0)
    return torch.linalg.qr(centred).Q * (n - 1) ** 0.5


def test_frechet_distance_agrees_with_scipys_matrix_root():
    real, fake = normal(200, 8), normal(150, 8, seed=1) @ normal(8, 8, seed=2) + 0.5
    first, second = np.cov(real.T), np.cov(fake.T)
    root = sqrtm(first @ second)
    means = np.square(real.mean(0).numpy() - fake.mean(0).numpy()).sum()
    expected = means + np.trace(first + second - 2 * np.real(root))
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


def test_a_shift_adds_its_square_and_a_scale_s_of_a_white_set_d_times_s_minus_1_squared():
    real, shift = normal(50, 4), torch.tensor([1.0, -2.0, 0.0, 2.0])
    assert frechet_distance(real, real + shift) == pytest.approx(9, rel=1e-9)
    assert frechet_distance(real + 1000, real.flip(0) + 1000) == pytest.approx(0, abs=1e-9)
    white = whitened(60, 5)
    assert frechet_distance(white, 3 * white) == pytest.approx(5 * 4, rel=1e-9)


def test_a_flat_covariance_costs_the_missing_variance():
    real = whitened(60, 5)
    flat = real.clone()
    flat[:, 3:] = 0  # rank 3: two directions of variance 1 are gone
    assert frechet_distance(real, flat) == pytest.approx(2, rel=1e-9)
    assert frechet_distance(flat, flat) == pytest.approx(0, abs=1e-12)


def test_fewer_rows_than_features_are_no_trouble():
    real, fake = normal(5, 40), normal(7, 40, seed=1)
    first, second = np.cov(real.T), np.cov(fake.T)
    values = np.linalg.eigvals(first @ second).real.clip(0)
    means = np.square(real.mean(0).numpy() - fake.mean(0).numpy()).sum()
    expected = means + np.trace(first + second) - 2 * np.sqrt(values).sum()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_is_symmetric_and_turns_with_the_features():
    real, fake = normal(60, 5), normal(60, 5, seed=1).exp()
    turn = torch.linalg.qr(normal(5, 5, seed=2)).Q
    expected = frechet_distance(real, fake)
    assert frechet_distance(fake, real) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(real @ turn, fake @ turn) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_the_same_distribution_falls_with_the_count():
    real, fake = normal(2000, 8), normal(2000, 8, seed=1)
    curve = sample_size_curve(frechet_distance, real, fake, [50, 200, 1000], stream())
    assert list(curve) == [50, 200, 1000]
    assert curve[50] > 2 * curve[200] > 4 * curve[1000] > 0
    sizes = sample_size_curve(lambda a, b: len(a) + len(b), real, fake[:20], [20], stream())
    assert sizes == {20: 40}


def test_the_noise_floor_is_the_mean_over_disjoint_halves():
    seen = []

    def metric(first, second):
        seen.append(torch.cat([first, second]))
        return frechet_distance(first, second)

    mean, std = noise_floor(metric, normal(100, 4), 40, stream(), repeats=3)
    values = [frechet_distance(rows[:40], rows[40:]) for rows in seen]
    assert (mean, std) == (pytest.approx(statistics.mean(values)), statistics.stdev(values))
    assert all(len(rows) == len(rows.unique(dim=0)) == 80 for rows in seen)


def test_every_public_name_of_the_package_is_there():
    assert sorted(metrics.__all__) == metrics.__all__
    assert all(callable(getattr(metrics, name)) for name in metrics.__all__)
