import statistics

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance

from msgan_lessons import metrics
from msgan_lessons.metrics import frechet_distance, noise_floor, sample_size_curve


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(n, d, seed=0):
    return torch.randn(n, d, generator=stream(seed), dtype=torch.float64)


def whitened(n, d, seed=0):
    """Rows with mean 0 and covariance I exactly."""
    centred = normal(n, d, seed)
    centred = centred - centred.mean(0)
    return torch.linalg.qr(centred).Q * (n - 1) ** 0.5


class Features(nn.Module):
    """Rows in, rows out, for torchmetrics."""

    num_features = 6

    def forward(self, rows):
        return rows


def test_frechet_distance_is_a_plain_float():
    assert type(frechet_distance(normal(20, 4), normal(30, 4, 1).float())) is float


def test_frechet_distance_agrees_with_scipys_matrix_root():
    real, fake = normal(200, 8), normal(150, 8, 1) @ normal(8, 8, 2) + 0.5
    first, second = np.cov(real.T), np.cov(fake.T)
    root = sqrtm(first @ second)
    means = np.square(real.mean(0).numpy() - fake.mean(0).numpy()).sum()
    expected = means + np.trace(first + second - 2 * np.real(root))
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_agrees_with_torchmetrics():
    real, fake = normal(100, 6), normal(80, 6, 1) * 1.5 + 1
    oracle = FrechetInceptionDistance(Features())
    oracle.update(real, real=True)
    oracle.update(fake, real=False)
    assert frechet_distance(real, fake) == pytest.approx(oracle.compute().item(), rel=1e-9)


def test_moving_a_set_adds_the_squared_shift():
    real = normal(50, 4)
    shift = torch.tensor([1.0, -2.0, 0.0, 2.0])
    assert frechet_distance(real, real + shift) == pytest.approx(9, rel=1e-9)


def test_scaling_a_white_set_by_s_gives_d_times_s_minus_1_squared():
    real = whitened(60, 5)
    assert frechet_distance(real, 3 * real) == pytest.approx(5 * 4, rel=1e-9)


def test_a_flat_covariance_costs_the_missing_variance():
    real = whitened(60, 5)
    flat = real.clone()
    flat[:, 3:] = 0  # rank 3: two directions of variance 1 are gone
    assert frechet_distance(real, flat) == pytest.approx(2, rel=1e-9)
    assert frechet_distance(flat, flat) == pytest.approx(0, abs=1e-12)


def test_fewer_rows_than_features_are_no_trouble():
    real, fake = normal(5, 40), normal(7, 40, 1)
    first, second = np.cov(real.T), np.cov(fake.T)
    values = np.linalg.eigvals(first @ second).real.clip(0)
    means = np.square(real.mean(0).numpy() - fake.mean(0).numpy()).sum()
    expected = means + np.trace(first + second) - 2 * np.sqrt(values).sum()
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-6)


def test_identical_sets_in_any_order_are_at_distance_0():
    real = normal(100, 16) + 1000
    assert frechet_distance(real, real.flip(0)) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_is_symmetric_and_turns_with_the_features():
    real, fake = normal(60, 5), normal(60, 5, 1).exp()
    turn = torch.linalg.qr(normal(5, 5, 2)).Q
    expected = frechet_distance(real, fake)
    assert frechet_distance(fake, real) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(real @ turn, fake @ turn) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_the_same_distribution_falls_with_the_count():
    real, fake = normal(2000, 8), normal(2000, 8, 1)
    curve = sample_size_curve(frechet_distance, real, fake, [50, 200, 1000], stream())
    assert list(curve) == [50, 200, 1000]
    assert curve[50] > 2 * curve[200] > 4 * curve[1000] > 0


def test_the_noise_floor_is_the_mean_over_disjoint_halves():
    seen = []

    def metric(first, second):
        seen.append(torch.cat([first, second]))
        return frechet_distance(first, second)

    mean, std = noise_floor(metric, normal(100, 4), 40, stream(), repeats=3)
    values = [frechet_distance(rows[:40], rows[40:]) for rows in seen]
    assert (mean, std) == (pytest.approx(statistics.mean(values)), statistics.stdev(values))
    assert all(len(rows) == len(rows.unique(dim=0)) == 80 for rows in seen)


def test_a_sample_of_the_whole_is_the_metric_itself():
    real, fake = normal(30, 3), normal(20, 3, 1)
    curve = sample_size_curve(lambda a, b: a.shape[0] + b.shape[0], real, fake, [20], stream())
    assert curve == {20: 40}


def test_the_same_stream_draws_the_same_floor():
    floors = [noise_floor(frechet_distance, normal(50, 3), 20, stream(7)) for _ in range(2)]
    assert floors[0] == floors[1]


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (torch.zeros(1, 3), torch.zeros(5, 3), "real_features must hold at least 2 rows, got 1"),
        (torch.zeros(5, 3), torch.zeros(5), "fake_features must have shape \\(N, d\\), got \\(5,"),
        (torch.zeros(5, 3), torch.zeros(5, 4), "same number of features, got 3 and 4"),
        (torch.zeros(5, 3), torch.full((5, 3), torch.inf), "fake_features must be finite, got inf"),
    ],
)
def test_frechet_distance_refuses_what_it_cannot_compare(real, fake, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, fake)


def test_frechet_distance_refuses_other_kinds():
    with pytest.raises(TypeError, match="real_features must be a torch.Tensor, got ndarray"):
        frechet_distance(np.zeros((5, 3)), torch.zeros(5, 3))


def test_floor_and_curve_refuse_counts_that_the_data_do_not_have():
    real = normal(10, 2)
    with pytest.raises(ValueError, match="count must be from 1 to 5, got 6"):
        noise_floor(frechet_distance, real, 6, stream())
    with pytest.raises(ValueError, match="repeats must be at least 2, got 1"):
        noise_floor(frechet_distance, real, 5, stream(), repeats=1)
    with pytest.raises(ValueError, match="counts must be from 1 to 10, got 11"):
        sample_size_curve(frechet_distance, real, real, [11], stream())
    with pytest.raises(TypeError, match="count must be an int, got float"):
        noise_floor(frechet_distance, real, 5.0, stream())


def test_every_public_name_of_the_package_is_there():
    assert sorted(metrics.__all__) == metrics.__all__
    assert all(callable(getattr(metrics, name)) for name in metrics.__all__)
