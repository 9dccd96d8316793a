import inspect
import itertools

import pytest
import torch

from msgan_lessons import steps
from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.game import LINES, slow_step
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


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[1])
def test_each_line_stands_in_the_code_that_it_shows(line):
    source = inspect.getsource(
        {"D's turn": steps.discriminator_step, "G's turn": steps.generator_step}[line[0]]
    )
    lines = source + inspect.getsource(Game.turns)
    assert line[1] in lines
    assert line[2].startswith("<math")
    assert line[3].endswith(".")


def test_the_lines_stand_in_the_code_in_this_order():
    for heading, function in (
        ("D's turn", steps.discriminator_step), ("G's turn", steps.generator_step)
    ):  # fmt: skip
        source = inspect.getsource(function)
        places = [source.find(code) for turn, code, *_ in LINES if turn == heading]
        found = [place for place in places if place >= 0]
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
    import gc

    gc.collect()
    assert all(p.requires_grad for p in play.discriminator.parameters())
