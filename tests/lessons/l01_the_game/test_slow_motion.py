"""Whole steps, one player alone, line by line: one game, whatever the pace."""

import gc
import inspect
import itertools

import pytest
import torch

from msgan_lessons import steps
from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.game import LINES, StepPlayer, slow_step
from msgan_lessons.lessons.l01_the_game.plane import (
    OneScaleDiscriminator,
    OneScaleGenerator,
    PlaneDiscriminator,
    PlaneGenerator,
    plane_batches,
    target,
)
from msgan_lessons.losses import LOSSES
from msgan_lessons.training import Game, TrainConfig

SETTINGS = [
    {"loss": loss} for loss in LOSSES
] + [
    {"d_steps": 3},
    {"g_steps": 2},
    {"d_steps": 2, "g_steps": 3, "loss": "relativistic"},
    {"r1_gamma": 0.5, "reg_interval": 2, "probe_interval": 2},
]  # fmt: skip


def game(**settings):
    streams = Streams(0)
    streams.seed_weights()
    config = TrainConfig(batch_size=16, **settings)
    g, d = OneScaleGenerator(PlaneGenerator(2, 8)), OneScaleDiscriminator(PlaneDiscriminator(8))
    batches = plane_batches(target("ring of 8"), 16, streams["data"])
    return Game(g, d, batches, config, streams=streams, device="cpu")


def weights(play):
    return [*play.generator.parameters(), *play.discriminator.parameters()]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_slow_step_is_the_games_step_bit_for_bit(settings):
    fast, slow = game(**settings), game(**settings)
    for _ in range(3):
        row = fast.step()
        *before, (last, slow_row) = slow_step(slow)
        assert slow_row == row
        assert last == len(LINES) - 1
        assert all(nothing is None for _, nothing in before)
        assert all(torch.equal(a, b) for a, b in zip(weights(fast), weights(slow), strict=True))


def test_the_lines_come_in_their_order_and_repeat_with_the_players_updates():
    assert [index for index, _ in slow_step(game())] == list(range(len(LINES)))
    twice = [index for index, _ in slow_step(game(d_steps=2, g_steps=2))]
    assert twice == [*range(6), *range(6), *range(6, 11), *range(6, 11)]


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_each_line_stands_in_the_code_that_it_shows_in_this_order(player):
    source = inspect.getsource(getattr(steps, f"{player}_step"))
    lines = [line for line in LINES if line[0] == f"{player[0].upper()}'s turn"]
    assert all(code in source + inspect.getsource(Game.turns) for _, code, *_ in lines)
    assert all(math.startswith("<math") and words.endswith(".") for *_, math, words in lines)
    found = [place for _, code, *_ in lines if (place := source.find(code)) >= 0]
    assert found == sorted(found)
    assert len(found) >= 5


def test_only_the_optimisers_lines_move_a_player():
    play = game()
    before = [p.clone() for p in weights(play)]
    for index, _ in slow_step(play):
        moved = [not torch.equal(a, b) for a, b in zip(before, weights(play), strict=True)]
        assert any(moved) == (index in (5, 10))
        before = [p.clone() for p in weights(play)]


def test_a_slow_step_that_is_given_up_leaves_d_able_to_learn():
    play = game()
    for _ in itertools.islice(slow_step(play), 9):
        pass
    gc.collect()
    assert all(p.requires_grad for p in play.discriminator.parameters())


def test_a_whole_step_is_the_games_own():
    pace = StepPlayer(game())
    assert pace.move() == {**game().step(), "sub_step": None}
    assert pace.line == -1


def test_changing_the_pace_does_not_change_the_game():
    plain, changed = game(), StepPlayer(game())
    rows = [plain.step() for _ in range(3)]
    slow, lines = zip(*((changed.move(slow=k < 14), changed.line) for k in range(16)), strict=True)
    whole = [row for row in slow if row["g_loss"] is not None]
    assert [row["sub_step"] for row in slow] == [*range(1, 12), 1, 2, 3, None, None]
    assert lines == (*range(len(LINES)), 0, 1, 2, -1, -1)
    assert [{**row, "sub_step": None} for row in whole] == [{**r, "sub_step": None} for r in rows]
    assert all(map(torch.equal, weights(plain), weights(changed.game)))


@pytest.mark.parametrize(("player", "waits"), [("D", "g_loss"), ("G", "d_loss")])
def test_a_player_alone_plays_a_whole_step_after_what_was_begun(player, waits):
    pace = StepPlayer(game())
    pace.move(slow=True)
    row = pace.move(player, slow=True)
    assert (row["step"], row[waits], row["sub_step"]) == (2, None, None)
    assert pace.line == -1


def test_an_unknown_player_is_refused():
    with pytest.raises(ValueError, match="players must be one of both, D, G, got 'E'"):
        StepPlayer(game()).move("E")


def test_a_step_that_fails_in_slow_motion_is_given_up(monkeypatch):
    def failing(game):
        yield 0, None
        raise FloatingPointError("the loss is not finite")

    monkeypatch.setattr("msgan_lessons.lessons.l01_the_game.game.slow_step", failing)
    fresh = StepPlayer(game())
    assert fresh.move(slow=True)["sub_step"] == 1
    with pytest.raises(FloatingPointError, match="not finite"):
        fresh.move(slow=True)
    monkeypatch.undo()
    assert fresh.move(slow=True)["sub_step"] == 1
