"""What is seen of the game in the plane: where G is pushed, its manifold, the two D's."""

import numpy as np
import pytest
import torch

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.game import PlaneFrames, PlaneGame, gradient_arrows
from msgan_lessons.lessons.l01_the_game.plane import target
from msgan_lessons.losses import LOSSES


def test_arrows_point_down_the_slope_of_gs_loss():
    """Where D grows to the right, and G wants a high D(G(z)), all arrows point to the right."""
    points, real = torch.randn(2, 7, 2)
    arrows = gradient_arrows(points, real, lambda x: 3 * x[:, 0], LOSSES["non_saturating"])
    assert np.array_equal(arrows[:, :2], points.numpy())
    assert (arrows[:, 2] > 0).all()
    assert np.abs(arrows[:, 3]).max() < 1e-6
    assert np.linalg.norm(arrows[:, 2:], axis=1).max() < 0.3


@pytest.mark.parametrize("loss", [name for name, loss in LOSSES.items() if not loss.pairs])
def test_an_arrow_does_not_hang_on_how_many_points_there_are(loss):
    def judge(points):
        return (points * torch.tensor([1.0, -2.0])).sum(1)

    points = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))
    alone = gradient_arrows(points[:1], points, judge, LOSSES[loss])
    assert gradient_arrows(points, points, judge, LOSSES[loss])[:1] == pytest.approx(
        alone, abs=1e-6
    )


def test_two_looks_at_one_game_are_the_same():
    subject = PlaneGame(batch_size=16)
    frames = PlaneFrames(subject.mixture, 2, Streams(0))
    first, again = frames.now(subject.game), subject.frames.now(subject.game)
    assert all(np.array_equal(first[name], again[name]) for name in first | again)


def test_the_first_points_are_those_that_are_shown():
    subject = PlaneGame(batch_size=16)
    points = subject.frames.points(subject.game)
    assert points.shape == (1000, 2)
    assert not points.requires_grad
    assert np.array_equal(subject.frame()["plane.fake"], points[:200].numpy())


def test_latents_of_the_manifold_cut_the_normal_distribution_into_equal_parts():
    frames = PlaneFrames(target("line"), 1, Streams(0))
    shares = torch.special.ndtr(frames.z_grid[:, 0])
    assert torch.allclose(shares.diff(), torch.full((63,), 1 / 64), atol=1e-6)
