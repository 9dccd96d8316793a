import math

import pytest
import torch

from msgan_lessons.lessons.l01_the_game.plane import GaussianMixture, grid_centres

TWO = torch.tensor([[-0.5, 0.0], [0.5, 0.2]])


def one(std=0.2, centre=(0.0, 0.0)):
    return GaussianMixture(torch.tensor([centre]), std)


def test_density_is_scipys():
    from scipy.stats import multivariate_normal

    points = torch.randn(7, 2, generator=torch.Generator().manual_seed(0))
    mixture = GaussianMixture(TWO, 0.3)
    theirs = sum(multivariate_normal(c.numpy(), 0.09).pdf(points.numpy()) for c in TWO) / 2
    assert mixture.density(points).tolist() == pytest.approx(theirs.tolist(), rel=1e-5)


def test_density_integrates_to_one_over_the_plane():
    bins, extent = 200, 2.0
    cell = (2 * extent / bins) ** 2
    total = GaussianMixture(TWO, 0.1).density(grid_centres(extent, bins)).sum() * cell
    assert float(total) == pytest.approx(1, abs=1e-6)


def test_cells_sum_to_one_and_are_differences_of_the_normal_distribution():
    cells = one(1.0).cell_probabilities(8.0, 2)
    assert cells.tolist() == pytest.approx([0.25] * 4)
    inner = one(1.0).cell_probabilities(3.0, 3)[4]  # the middle of three by three
    share, whole = math.erf(1 / math.sqrt(2)), math.erf(3 / math.sqrt(2))
    assert float(inner) == pytest.approx((share / whole) ** 2)
    assert float(GaussianMixture(TWO, 0.1).cell_probabilities(1.2, 30).sum()) == pytest.approx(1)


def test_a_cell_lies_where_its_centre_is():
    cells = one(0.01, centre=(0.9, -0.9)).cell_probabilities(1.0, 10)
    assert grid_centres(1.0, 10)[cells.argmax()].tolist() == pytest.approx([0.9, -0.9], abs=0.11)


def test_grid_density_is_the_density_at_the_middle_of_each_cell():
    mixture = GaussianMixture(TWO, 0.3)
    whole = mixture.density(grid_centres(1.2, 7))
    torch.testing.assert_close(mixture.grid_density(1.2, 7), whole, rtol=1e-5, atol=1e-8)


def test_blurring_adds_the_squares_and_is_what_noise_does_to_samples():
    mixture = one(0.3).blurred(0.4)
    assert mixture.std == pytest.approx(0.5)
    generator = torch.Generator().manual_seed(1)
    noisy = one(0.3).sample(20_000, generator) + 0.4 * torch.randn(20_000, 2, generator=generator)
    assert float(noisy.std()) == pytest.approx(0.5, rel=0.02)


def test_samples_have_the_mean_and_the_spread_of_the_mixture():
    points = GaussianMixture(TWO, 0.05).sample(20_000, torch.Generator().manual_seed(2))
    assert points.mean(0).tolist() == pytest.approx([0.0, 0.1], abs=0.02)
    near = torch.cdist(points, TWO).argmin(1)
    assert float(near.float().mean()) == pytest.approx(0.5, abs=0.02)
    assert float((points - TWO[near]).std()) == pytest.approx(0.05, rel=0.02)
