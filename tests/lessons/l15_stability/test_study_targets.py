import math

import pytest
import torch

from msgan_lessons.lessons.l01_the_game.plane import mode_coverage
from msgan_lessons.lessons.l15_stability.modes import TARGETS, measure, paper_target


def test_the_geometry_is_the_papers_up_to_a_factor():
    """Ring: radius 1, 0.01 wide. Grid: -4 to 4 in steps of 2, 0.05 wide."""
    ring, grid = paper_target("ring of 8"), paper_target("grid of 25")
    torch.testing.assert_close(ring.modes.norm(dim=1), torch.ones(8))
    assert ring.std == 0.01
    whole = 4 * grid.modes
    assert sorted({round(x, 4) for x in whole.flatten().tolist()}) == [-4, -2, 0, 2, 4]
    assert len(torch.unique(whole.round(), dim=0)) == 25
    assert 4 * grid.std == pytest.approx(0.05)


@pytest.mark.parametrize("name", TARGETS)
def test_real_points_hit_every_mode_and_almost_all_are_of_high_quality(name):
    mixture = paper_target(name)
    found = measure(mixture, mixture.sample(20_000, torch.Generator().manual_seed(0)))
    assert found["modes"] == found["fair_modes"] == len(mixture.modes)
    assert found["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.003)
    assert found["kl"] < 0.01


def test_the_scale_changes_nothing():
    grid = paper_target("grid of 25")
    points = grid.sample(500, torch.Generator().manual_seed(1)) + 0.02
    large = type(grid)(4 * grid.centres, 4 * grid.std, modes=4 * grid.modes)
    assert measure(grid, points) == measure(large, 4 * points)


def test_one_point_captures_a_mode_as_in_the_papers_but_not_as_in_lesson_1():
    ring = paper_target("ring of 8")
    points = ring.modes[0].repeat(2500, 1)
    points[:1], points[1:3] = ring.modes[1], torch.zeros(2, 2)
    found = measure(ring, points)
    assert (found["modes"], found["fair_modes"]) == (2, 1)
    assert found["high_quality"] == pytest.approx(2498 / 2500)
    assert mode_coverage(ring, points)[0] == 1


def test_kl_is_zero_for_even_modes_and_log_k_for_one():
    ring = paper_target("ring of 8")
    assert measure(ring, ring.modes.repeat(9, 1))["kl"] == pytest.approx(0, abs=1e-12)
    assert measure(ring, ring.modes[:1].repeat(9, 1))["kl"] == pytest.approx(math.log(8))
    assert measure(ring, ring.modes[:4])["kl"] == pytest.approx(math.log(2))
    nothing = measure(ring, torch.zeros(5, 2))
    assert nothing == {"modes": 0, "fair_modes": 0, "high_quality": 0.0, "kl": None}


def test_an_unknown_target_is_refused():
    with pytest.raises(ValueError, match="target must be one of ring of 8, grid of 25, got 'line'"):
        paper_target("line")
