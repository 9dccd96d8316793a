import math

import pytest
import torch
from scipy.stats import multivariate_normal
from seeded import normal, stream

from msgan_lessons.lessons.l01_the_game.plane import (
    TARGETS,
    GaussianMixture,
    best_discriminator,
    drawn_target,
    grid_centres,
    grid_divergences,
    mode_coverage,
    plane_batches,
    sample_probabilities,
    target,
)
from msgan_lessons.objective import (
    jensen_shannon_divergence,
    kl_divergence,
    value_at_optimum,
)

TWO = torch.tensor([[-0.5, 0.0], [0.5, 0.2]])


def one(centre=(0.0, 0.0), std=0.2):
    return GaussianMixture(torch.tensor([centre]), std)


def test_density_is_scipys():
    points = normal(7, 2)
    mixture = GaussianMixture(TWO, 0.3)
    theirs = sum(multivariate_normal(c.numpy(), 0.09).pdf(points.numpy()) for c in TWO) / 2
    assert mixture.density(points).tolist() == pytest.approx(theirs.tolist(), rel=1e-5)


def test_density_integrates_to_one_over_the_plane():
    bins, extent = 200, 2.0
    cell = (2 * extent / bins) ** 2
    total = GaussianMixture(TWO, 0.1).density(grid_centres(extent, bins)).sum() * cell
    assert float(total) == pytest.approx(1, abs=1e-6)


def test_cells_sum_to_one_and_are_differences_of_the_normal_distribution():
    cells = one(std=1.0).cell_probabilities(8.0, 2)
    assert cells.tolist() == pytest.approx([0.25] * 4)
    inner = one(std=1.0).cell_probabilities(3.0, 3)[4]  # the middle of three by three
    share, whole = math.erf(1 / math.sqrt(2)), math.erf(3 / math.sqrt(2))
    assert float(inner) == pytest.approx((share / whole) ** 2)
    assert float(GaussianMixture(TWO, 0.1).cell_probabilities(1.2, 30).sum()) == pytest.approx(1)


def test_a_cell_lies_where_its_centre_is():
    cells = one((0.9, -0.9), 0.01).cell_probabilities(1.0, 10)
    assert grid_centres(1.0, 10)[cells.argmax()].tolist() == pytest.approx([0.9, -0.9], abs=0.11)


def test_grid_density_is_the_density_at_the_middle_of_each_cell():
    mixture = GaussianMixture(TWO, 0.3)
    whole = mixture.density(grid_centres(1.2, 7))
    torch.testing.assert_close(mixture.grid_density(1.2, 7), whole, rtol=1e-5, atol=1e-8)


def test_blurring_adds_the_squares_and_is_what_noise_does_to_samples():
    mixture = one(std=0.3).blurred(0.4)
    assert mixture.std == pytest.approx(0.5)
    generator = stream(1)
    noisy = one(std=0.3).sample(20_000, generator) + 0.4 * torch.randn(
        20_000, 2, generator=generator
    )
    assert float(noisy.std()) == pytest.approx(0.5, rel=0.02)


def test_samples_have_the_mean_and_the_spread_of_the_mixture():
    points = GaussianMixture(TWO, 0.05).sample(20_000, stream(2))
    assert points.mean(0).tolist() == pytest.approx([0.0, 0.1], abs=0.02)
    near = torch.cdist(points, TWO).argmin(1)
    assert float(near.float().mean()) == pytest.approx(0.5, abs=0.02)
    assert float((points - TWO[near]).std()) == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_lies_in_the_plane_and_says_its_density(name):
    mixture = target(name)
    points = mixture.sample(2000, stream())
    assert float((points.abs() <= 1).all(1).float().mean()) > 0.995
    assert (mixture.density(points) > 0).all()


@pytest.mark.parametrize(("name", "count"), [("ring of 8", 8), ("grid of 25", 25), ("disjoint", 2)])
def test_clusters_have_modes_and_no_point_is_within_reach_of_two(name, count):
    mixture = target(name)
    assert len(mixture.modes) == count
    assert float(torch.pdist(mixture.modes).min()) > 6 * mixture.std


@pytest.mark.parametrize("name", ["line", "two moons"])
def test_a_curve_has_no_modes_and_its_parts_melt_into_each_other(name):
    mixture = target(name)
    assert mixture.modes is None
    steps = (mixture.centres[1:] - mixture.centres[:-1]).norm(dim=1)
    assert float(steps.sort().values[-2]) < mixture.std  # the largest lies between the two moons


def test_a_stroke_becomes_a_distribution_along_it():
    mixture = drawn_target([(-0.9 + 0.001 * k, 0.3) for k in range(1000)])
    assert len(mixture.centres) == 200
    assert mixture.modes is None
    assert mixture.centres[[0, -1], 0].tolist() == pytest.approx([-0.9, 0.099], abs=1e-5)


def test_batches_go_on_and_come_from_their_stream():
    first, again = (plane_batches(target("line"), 4, stream(3)) for _ in range(2))
    assert torch.equal(next(first), next(again))
    assert not torch.equal(next(first), next(first))


def cells(mixture, extent=1.4, bins=200):
    return mixture.cell_probabilities(extent, bins)


def test_kl_on_the_grid_is_the_closed_form_for_two_gaussians():
    p, q = cells(one((0.0, 0.0))), cells(one((0.3, 0.0)))
    assert float(kl_divergence(p, q)) == pytest.approx(0.3**2 / (2 * 0.2**2), rel=0.01)
    p, wide = cells(one((0.0, 0.0), 0.1)), cells(one((0.0, 0.0), 0.2))
    closed = 2 * (math.log(2) + 0.1**2 / (2 * 0.2**2) - 0.5)
    assert float(kl_divergence(p, wide)) == pytest.approx(closed, rel=0.01)


def test_js_is_zero_for_the_same_and_log_2_for_what_shares_nothing():
    near, far = cells(one((-0.9, 0.0), 0.1)), cells(one((0.9, 0.0), 0.1))
    assert float(jensen_shannon_divergence(near, near)) == pytest.approx(0, abs=1e-12)
    assert float(jensen_shannon_divergence(near, far)) == pytest.approx(math.log(2), abs=1e-6)


def test_the_value_at_the_best_d_is_two_jsd_minus_log_4_on_the_grid():
    p, q = cells(target("ring of 8"), 1.2, 30), cells(target("grid of 25"), 1.2, 30)
    right = 2 * jensen_shannon_divergence(p, q) - math.log(4)
    assert float(value_at_optimum(p, q)) == pytest.approx(float(right))


def test_sample_probabilities_sum_to_one_and_none_is_zero():
    points = torch.tensor([[0.0, 0.0], [99.0, -99.0]])
    share = sample_probabilities(points, 1.0, 5)
    assert float(share.sum()) == pytest.approx(1)
    assert float(share.min()) == pytest.approx(0.1 / (2 + 2.5))
    assert share.topk(2).indices.sort().values.tolist() == [4, 12]  # lower right corner, middle


def test_sample_probabilities_approach_the_exact_ones():
    mixture = target("two moons")
    few, many = (
        (sample_probabilities(mixture.sample(n, stream())) - cells(mixture, 1.2, 30)).abs().sum()
        for n in (1000, 100_000)
    )
    assert many < few / 5


def test_divergences_of_the_datas_own_points_are_small_and_of_others_large():
    ring = target("ring of 8")
    kl, js = grid_divergences(ring, ring.sample(1000, stream()))
    kl_line, js_line = grid_divergences(ring, target("line").sample(1000, stream()))
    assert 0 <= js < 0.05 < 0.5 < js_line <= math.log(2)
    assert 0 <= kl < 0.3 < 2 < kl_line


def test_real_points_of_a_cluster_are_of_high_quality_as_the_normal_law_says():
    captured, share = mode_coverage(target("grid of 25"), target("grid of 25").sample(50_000))
    assert captured == 25
    assert share == pytest.approx(1 - math.exp(-4.5), abs=0.003)


def test_a_mode_is_captured_by_a_tenth_of_its_share_and_not_by_less():
    ring = target("ring of 8")
    points = ring.modes[0].repeat(800, 1)  # fair share 100, a tenth is 10
    points[:10], points[10:19] = ring.modes[1], ring.modes[2]
    points[19:119] = torch.tensor([0.0, 0.0])  # between all modes
    assert mode_coverage(ring, points) == (2, pytest.approx(700 / 800))
    assert mode_coverage(ring, torch.zeros(800, 2)) == (0, 0.0)


def test_a_mode_reaches_three_standard_deviations_far():
    ring = target("ring of 8")
    inside, outside = (ring.modes[:1] + torch.tensor([[k * ring.std, 0.0]]) for k in (2.99, 3.01))
    assert mode_coverage(ring, inside) == (1, 1.0)
    assert mode_coverage(ring, outside) == (0, 0.0)


def test_best_d_is_the_formula_for_two_known_gaussians():
    """G's points are one point, so its blurred density is a Gaussian."""
    data, point, width = one((0.3, 0.0)), torch.zeros(1, 2), 0.2
    d = best_discriminator(data, point, 1.0, 9, width=width, background=0.0)
    p = one((0.3, 0.0), math.hypot(0.2, width)).density(grid_centres(1.0, 9))
    q = one((0.0, 0.0), width).density(grid_centres(1.0, 9))
    torch.testing.assert_close(d.flatten(), p / (p + q), rtol=1e-6, atol=1e-9)


def test_best_d_is_a_half_for_perfect_points_and_where_no_one_is():
    ring = target("ring of 8")
    d = best_discriminator(ring, ring.sample(50_000, stream()), 1.2, 40)
    assert float((d - 0.5).abs().max()) < 0.12
    far = best_discriminator(one((0.0, 0.0), 0.05), torch.zeros(1, 2), 5.0, 11)
    assert float(far[0, 0]) == pytest.approx(0.5)
    assert float(best_discriminator(ring, torch.zeros(9, 2), 1.2, 41)[20, 20]) < 0.01
    assert float(best_discriminator(ring, torch.zeros(9, 2), 1.2, 41)[20].max()) > 0.9
