from itertools import islice

import pytest

from msgan_lessons.base.pictures import new_figure
from msgan_lessons.lessons.l01_the_game.game import PlaneGame, plane_status, plane_views
from msgan_lessons.lessons.l01_the_game.pictures import (
    draw_plane,
    game_picture,
    modes_against_steps,
)


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
    alt = modes_against_steps({"one": rows, "two": rows}, 8).alt
    assert f"two: {rows[-1]['modes']} of 8 modes" in alt


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
