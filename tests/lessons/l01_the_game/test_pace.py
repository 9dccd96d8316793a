"""Whole steps, one player alone, line by line: one game, whatever the pace."""

import pytest
import torch

from msgan_lessons.lessons.l01_the_game.game import LINES, PlaneGame, StepPlayer


def a_game():
    return PlaneGame(batch_size=16).game


def weights(game):
    return [*game.generator.parameters(), *game.discriminator.parameters()]


def test_a_whole_step_is_the_games_own():
    pace = StepPlayer(a_game())
    assert pace.move() == {**a_game().step(), "sub_step": None}
    assert pace.line == -1


def test_changing_the_pace_does_not_change_the_game():
    plain, changed = a_game(), StepPlayer(a_game())
    rows = [plain.step() for _ in range(3)]
    slow = [changed.move(slow=k < 14) for k in range(16)]
    whole = [row for row in slow if row["g_loss"] is not None]
    assert [row["sub_step"] for row in slow] == [*range(1, 12), 1, 2, 3, None, None]
    assert [{**row, "sub_step": None} for row in whole] == [{**r, "sub_step": None} for r in rows]
    assert all(map(torch.equal, weights(plain), weights(changed.game)))


def test_the_line_that_was_played_is_known():
    pace = StepPlayer(a_game())
    for index in range(len(LINES)):
        assert pace.move(slow=True)["sub_step"] == index + 1
        assert pace.line == index


@pytest.mark.parametrize(("player", "waits"), [("D", "g_loss"), ("G", "d_loss")])
def test_a_player_alone_plays_a_whole_step_after_what_was_begun(player, waits):
    pace = StepPlayer(a_game())
    pace.move(slow=True)
    row = pace.move(player, slow=True)
    assert (row["step"], row[waits], row["sub_step"]) == (2, None, None)
    assert pace.line == -1


def test_an_unknown_player_is_refused():
    with pytest.raises(ValueError, match="players must be one of both, D, G, got 'E'"):
        StepPlayer(a_game()).move("E")


def test_a_step_that_fails_in_slow_motion_is_given_up(monkeypatch):
    pace = StepPlayer(a_game())
    assert pace.move(slow=True)["sub_step"] == 1

    def failing(game):
        yield 0, None
        raise FloatingPointError("the loss is not finite")

    monkeypatch.setattr("msgan_lessons.lessons.l01_the_game.game.slow_step", failing)
    fresh = StepPlayer(a_game())
    assert fresh.move(slow=True)["sub_step"] == 1
    with pytest.raises(FloatingPointError, match="not finite"):
        fresh.move(slow=True)
    monkeypatch.undo()
    assert fresh.move(slow=True)["sub_step"] == 1
