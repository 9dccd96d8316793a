import pytest
import torch

from msgan_lessons.lessons.l01_the_game.plane import (
    TARGETS,
    drawn_target,
    plane_batches,
    target,
)


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_lies_in_the_plane_and_says_its_density(name):
    mixture = target(name)
    points = mixture.sample(2000, torch.Generator().manual_seed(0))
    assert float((points.abs() <= 1).all(1).float().mean()) > 0.995
    assert (mixture.density(points) > 0).all()


@pytest.mark.parametrize(
    ("name", "count"),
    [("ring of 8", 8), ("grid of 25", 25), ("disjoint", 2), ("line", None), ("two moons", None)],
)
def test_modes_are_there_where_there_are_clusters(name, count):
    modes = target(name).modes
    assert (None if modes is None else len(modes)) == count


@pytest.mark.parametrize("name", ["ring of 8", "grid of 25", "disjoint"])
def test_no_point_is_within_reach_of_two_modes(name):
    mixture = target(name)
    apart = torch.pdist(mixture.modes).min()
    assert float(apart) > 6 * mixture.std


@pytest.mark.parametrize("name", ["line", "two moons"])
def test_the_parts_of_a_curve_melt_into_each_other(name):
    mixture = target(name)
    steps = (mixture.centres[1:] - mixture.centres[:-1]).norm(dim=1)
    assert float(steps.sort().values[-2]) < mixture.std  # the largest lies between the two moons


def test_a_stroke_becomes_a_distribution_along_it():
    stroke = [(-0.9 + 0.001 * k, 0.3) for k in range(1000)]
    mixture = drawn_target(stroke)
    assert len(mixture.centres) == 200
    assert mixture.modes is None
    ends = mixture.centres[[0, -1], 0].tolist()
    assert ends == pytest.approx([-0.9, 0.099], abs=1e-5)


def test_batches_go_on_and_come_from_their_stream():
    mixture = target("line")
    first, again = (plane_batches(mixture, 4, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(next(first), next(again))
    assert not torch.equal(next(first), next(first))
