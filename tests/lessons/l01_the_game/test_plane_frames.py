"""What is seen of the game in the plane: where G is pushed, its manifold, the two D's."""

from itertools import islice

import numpy as np
import pytest
import torch

from msgan_lessons.base.pictures import new_figure
from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.game import (
    PlaneFrames,
    PlaneGame,
    gradient_arrows,
    plane_status,
    plane_views,
)
from msgan_lessons.lessons.l01_the_game.pictures import (
    draw_plane,
    game_picture,
    modes_against_steps,
)
from msgan_lessons.lessons.l01_the_game.plane import target
from msgan_lessons.losses import LOSSES


@pytest.fixture(scope="module")
def played():
    subject = PlaneGame(batch_size=16)
    return subject, list(islice(subject.train(), 10))


def test_the_words_say_what_the_pictures_show(played):
    subject, rows = played
    alt = game_picture(subject.frame(), rows, "ring of 8").alt
    assert "after step 10: real points (ring of 8)" in alt
    assert f"holds {rows[-1]['modes']} of 8 modes" in alt
    before = game_picture(subject.frame(), [], "ring of 8").alt
    assert before.startswith("The plane before the first step")
    assert f"two: {rows[-1]['modes']} of 8" in modes_against_steps({"one": [], "two": rows}, 8).alt


def test_real_is_drawn_blue_and_fake_orange_and_layers_can_be_left_out(played):
    subject, _ = played
    _, axis = new_figure(2.0, 2.0)
    draw_plane(axis, subject.frame(), layers=("real", "fake"))
    colours = {line.get_label(): line.get_color() for line in axis.lines}
    assert colours == {"real": "#0072B2", "fake": "#D55E00"}
    assert not axis.images


def test_a_replay_shows_the_same_views_but_takes_no_stroke():
    live, replayed = plane_views(), plane_views(live=False)
    assert [v.name for v in replayed] == [v.name for v in live][:-1]
    assert live[0].pointer == "draw"
    assert replayed[0].pointer == ""


def test_a_status_says_only_what_was_measured():
    nothing = dict.fromkeys(("d_real_before", "d_fake_before", "modes", "sub_step"))
    assert plane_status({"step": 7, **nothing}) == "step 7"
    assert plane_status({**nothing, "step": 7, "sub_step": 2}) == "step 7 · line 2 of 11"


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


def test_two_looks_at_one_game_are_the_same(played):
    subject, _ = played
    frames = PlaneFrames(subject.mixture, 2, Streams(0))
    first, again = frames.now(subject.game), subject.frames.now(subject.game)
    assert all(np.array_equal(first[name], again[name]) for name in first | again)


def test_the_first_points_are_those_that_are_shown(played):
    subject, _ = played
    points = subject.frames.points(subject.game)
    assert points.shape == (1000, 2)
    assert not points.requires_grad
    assert np.array_equal(subject.frame()["plane.fake"], points[:200].numpy())


def test_latents_of_the_manifold_cut_the_normal_distribution_into_equal_parts():
    frames = PlaneFrames(target("line"), 1, Streams(0))
    shares = torch.special.ndtr(frames.z_grid[:, 0])
    assert torch.allclose(shares.diff(), torch.full((63,), 1 / 64), atol=1e-6)
