import math

import pytest
import torch
from seeded import stream

from msgan_lessons.lessons.l01_the_game.plane import (
    GaussianMixture,
    best_discriminator,
    grid_centres,
    grid_divergences,
    mode_coverage,
    sample_probabilities,
    target,
)
from msgan_lessons.objective import (
    jensen_shannon_divergence,
    kl_divergence,
    value_at_optimum,
)


def one(centre, std=0.2):
    return GaussianMixture(torch.tensor([centre]), std)


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
