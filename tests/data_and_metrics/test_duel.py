"""The duel is fair: same batches, same allowance, same judge; and it counts what it spends."""

import itertools
import math
import time
from types import SimpleNamespace

import pytest
import torch
from seeded import batches
from seeded import data as noise

from msgan_lessons import family
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.metrics.contest import Judge, duel, step_flops
from msgan_lessons.training import Game, draw

BATCH = 4


@pytest.fixture(scope="module")
def data():
    return noise(40)


@pytest.fixture
def judge():
    """A judge that is quick: one number of one picture."""
    z = torch.ones(2, 1)
    look = lambda g: draw(g, z.expand(2, g.latent_dim))[-1].std().item()  # noqa: E731
    return SimpleNamespace(score=lambda generator: {"frechet": look(generator), "swd": {}})


@pytest.fixture(scope="module")
def true_judge():
    return Judge(noise(100, seed=1).images(), count=100)


@pytest.fixture
def clock(monkeypatch):
    """Every look at the clock is one second later: a step takes one second."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(ticks)))


def play(names, data, judge, **settings):
    models = {}
    for name in names:
        torch.manual_seed(0)
        models[name] = family.build(name, resolution=8, width=1).with_(batch_size=BATCH)
    return list(duel(models, data, judge, device="cpu", **settings))


def test_a_row_holds_the_expense_the_scores_and_eight_pictures(data, true_judge):
    (row,) = play(["msggan"], data, true_judge, unit="images", amount=12, moments=1)
    assert {"model", "share", "step", "n_images", "seconds", "flops"} <= set(row)
    assert [tuple(x.shape) for x in row["scales"]] == [(8, 1, 4, 4), (8, 1, 8, 8)]
    assert set(row["swd"]) == {4, 8}
    assert all(math.isfinite(value) for value in (row["frechet"], *row["swd"].values()))


def test_all_five_get_the_same_seconds(data, judge, clock):
    rows = play(family.MODELS, data, judge, unit="seconds", amount=5.0, moments=1)
    assert {(row["seconds"], row["step"]) for row in rows} == {(5.0, 5)}


def test_all_five_get_the_same_flops_up_to_their_last_step(data, judge):
    rows = play(family.MODELS, data, judge, unit="flops", amount=1e6, moments=1)
    for row in rows:
        a_step = row["flops"] / row["step"]
        # the last step of a grown model is its dearest: at most twice the mean
        assert 1e6 <= row["flops"] < 1e6 + (2 if row["model"] == "progan" else 1.01) * a_step
    assert len({row["step"] for row in rows}) > 1  # a FLOP is not a step


def test_all_five_meet_the_same_images_in_the_same_order(data, judge, monkeypatch):
    rounds, batches = [], ImageData.batches

    def watched(self, batch_size, generator):
        rounds.append([])
        for batch in batches(self, batch_size, generator):
            rounds[-1].append(batch)
            yield batch

    monkeypatch.setattr(ImageData, "batches", watched)
    rows = play(family.MODELS, data, judge, unit="images", amount=22, moments=1)
    assert [row["model"] for row in rows] == list(family.MODELS)
    assert {(row["n_images"], row["step"]) for row in rows} == {(24, 6)}  # whole batches
    assert all(row["share"] == pytest.approx(24 / 22) for row in rows)
    assert [len(met) for met in rounds] == [6] * 5
    for met in rounds[1:]:
        assert all(map(torch.equal, met, rounds[0]))


@pytest.mark.parametrize(("unit", "amount"), [("images", 80), ("flops", 2e6), ("seconds", 20.0)])
def test_a_growing_model_has_all_its_scales_after_half_of_its_allowance(
    data, judge, clock, unit, amount
):
    pair, stages, sides = family.progan(resolution=8, width=1).with_(batch_size=BATCH), {}, {}
    for row in duel({"p": pair}, data, judge, unit=unit, amount=amount, moments=20, device="cpu"):
        stages[row["share"]] = pair.generator.stage.tolist()
        sides[row["share"]] = row["scales"][-1].shape[-1]
    assert min(sides.values()) == 4
    assert {tuple(stage) for share, stage in stages.items() if share > 0.6} == {(2, 1)}
    fading = [share for share, (depth, alpha) in stages.items() if depth == 2 and alpha < 1]
    assert 0.4 < max(fading) < 0.6
    assert {side for share, side in sides.items() if share > 0.6} == {8}


def test_steps_end_a_duel_whatever_the_allowance(data, judge):
    rows = play(["dcgan", "msggan"], data, judge, unit="seconds", amount=1e9, steps=3, moments=1)
    assert [(row["step"], row["share"]) for row in rows] == [(3, 1.0)] * 2


def test_moments_are_spread_evenly_take_no_time_and_change_nothing(data, judge, clock):
    told = {"unit": "seconds", "amount": 6.0}
    (few,), often = (play(["msggan"], data, judge, **told, moments=m) for m in (1, 6))
    assert [row["seconds"] for row in often] == [1, 2, 3, 4, 5, 6]
    assert [row["share"] for row in often] == pytest.approx([k / 6 for k in range(1, 7)])
    assert few["frechet"] == often[-1]["frechet"]
    assert all(map(torch.equal, few["scales"], often[-1]["scales"]))


def test_a_seed_gives_its_numbers_whoever_played_before(data, judge):
    def numbers(names, seed):
        row = play(names, data, judge, unit="images", amount=24, moments=1, seed=seed)[-1]
        return row["model"], row["step"], row["frechet"]

    alone = numbers(["multiscale_d"], 0)
    assert alone == numbers(["dcgan", "multiscale_d"], 0)
    assert alone != numbers(["multiscale_d"], 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "hours"}, "unit must be one of seconds, images, flops, got 'hours'"),
        ({"amount": 0}, "amount must be > 0, got 0"),
        ({"amount": math.nan}, "amount must be > 0, got nan"),
        ({"steps": 0}, "steps must be > 0, got 0"),
        ({"moments": 0}, "moments must be > 0, got 0"),
    ],
)
def test_settings_that_make_no_duel_are_refused(data, judge, change, message):
    with pytest.raises(ValueError, match=message):
        play(["dcgan"], data, judge, **change)


def test_the_judge_finds_nothing_between_images_and_themselves(true_judge):
    scores = true_judge.compare(true_judge.real)
    assert scores["frechet"] == pytest.approx(0, abs=1e-6)
    assert scores["swd"] == {4: 0.0, 8: 0.0}


def test_the_judge_says_the_same_twice_and_takes_nothing_from_the_run(true_judge):
    g = family.progan(resolution=8, width=1).generator
    g.grow_to(1)  # it is enlarged
    state = torch.get_rng_state()
    scores = true_judge.score(g)
    assert scores == true_judge.score(g)
    assert set(scores["swd"]) == {4, 8}
    assert torch.equal(state, torch.get_rng_state())
    with pytest.raises(ValueError, match="count must be at least 100, got 99"):
        Judge(torch.zeros(200, 1, 8, 8), count=99)


def test_twice_the_batch_costs_twice_the_flops():
    costs = []
    for size in (4, 8):
        pair = family.dcgan(resolution=8, width=1)
        game = Game(pair.generator, pair.discriminator, batches(size), pair.config, device="cpu")
        game.steps = 1  # the first step probes D once more
        costs.append(step_flops(game))
    assert costs[1] == 2 * costs[0]
