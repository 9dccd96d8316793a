"""The duel is fair: same batches, same allowance, same judge; and it counts what it spends."""

import itertools
import math
import time

import pytest
import torch

from msgan_lessons import family
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.family import Model, dcgan
from msgan_lessons.metrics.contest import Judge, duel, step_flops
from msgan_lessons.training import Game, draw

BATCH = 4


def pixels(count, side=8, seed=0):
    stream = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 1, side, side), generator=stream, dtype=torch.uint8)


@pytest.fixture(scope="module")
def data():
    return ImageData("noise", pixels(40))


class Glance:
    """A judge that is quick: one number of one picture."""

    def score(self, generator):
        z = torch.ones(2, generator.latent_dim)
        return {"frechet": draw(generator, z)[-1].std().item(), "swd": {}}


@pytest.fixture
def judge():
    return Glance()


@pytest.fixture(scope="module")
def true_judge():
    return Judge(ImageData("held out", pixels(100, seed=1)).images(), count=100)


@pytest.fixture
def clock(monkeypatch):
    """Every look at the clock is one second later: a step takes one second."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(ticks)))


def models(*names, resolution=8):
    torch.manual_seed(0)
    built = {name: family.build(name, resolution=resolution, width=1) for name in names}
    return {name: pair.with_(batch_size=BATCH) for name, pair in built.items()}


def play(names, data, judge, **settings):
    return list(duel(models(*names), data, judge, device="cpu", **settings))


def last(rows):
    return {row["model"]: row for row in rows}


def test_a_row_holds_the_expense_the_scores_and_eight_pictures(data, true_judge):
    (row,) = play(["msggan"], data, true_judge, unit="images", amount=12, moments=1)
    assert {"model", "share", "step", "n_images", "seconds", "flops"} <= set(row)
    assert [tuple(x.shape) for x in row["scales"]] == [(8, 1, 4, 4), (8, 1, 8, 8)]
    assert set(row["swd"]) == {4, 8}
    assert all(math.isfinite(value) for value in (row["frechet"], *row["swd"].values()))


def test_all_five_get_the_same_images(data, judge):
    rows = play(family.MODELS, data, judge, unit="images", amount=22, moments=1)
    assert list(last(rows)) == list(family.MODELS)
    assert {row["n_images"] for row in rows} == {24}  # whole batches
    assert {row["step"] for row in rows} == {6}
    assert all(row["share"] == pytest.approx(24 / 22) for row in rows)


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


def test_judging_takes_no_time_from_the_contestants(data, judge, clock):
    rows = play(["dcgan"], data, judge, unit="seconds", amount=6.0, moments=6)
    assert [row["seconds"] for row in rows] == [1, 2, 3, 4, 5, 6]


def test_everyone_meets_the_same_batches_in_the_same_order(data, judge, monkeypatch):
    rounds = []

    def watched(self, batch_size, generator):
        rounds.append([])
        for batch in ImageData._batches(self, batch_size, generator):
            rounds[-1].append(batch)
            yield batch

    monkeypatch.setattr(ImageData, "batches", watched)
    play(family.MODELS, data, judge, unit="images", amount=32, moments=1)
    assert [len(batches) for batches in rounds] == [8] * 5
    for batches in rounds[1:]:
        assert all(map(torch.equal, batches, rounds[0]))


@pytest.mark.parametrize("unit", ["images", "flops", "seconds"])
def test_a_growing_model_has_all_its_scales_after_half_of_its_allowance(data, judge, unit, clock):
    amount = {"images": 80, "flops": 2e6, "seconds": 20.0}[unit]
    pair, stages, sides = models("progan")["progan"], {}, {}
    for row in duel({"p": pair}, data, judge, unit=unit, amount=amount, moments=20):
        stages[row["share"]] = pair.generator.stage.tolist()
        sides[row["share"]] = row["scales"][-1].shape[-1]
    assert min(sides.values()) == 4
    assert {tuple(stage) for share, stage in stages.items() if share > 0.6} == {(2, 1)}
    fading = [share for share, (depth, alpha) in stages.items() if depth == 2 and alpha < 1]
    assert 0.4 < max(fading) < 0.6
    assert {side for share, side in sides.items() if share > 0.6} == {8}


def test_moments_are_spread_evenly_and_the_end_is_one_of_them(data, judge):
    rows = play(["dcgan", "lapgan"], data, judge, unit="images", amount=64, moments=4)
    assert [row["share"] for row in rows] == [0.25, 0.5, 0.75, 1.0] * 2


def test_steps_end_a_duel_whatever_the_allowance(data, judge):
    rows = play(["dcgan", "msggan"], data, judge, unit="seconds", amount=1e9, steps=3, moments=1)
    assert [(row["step"], row["share"]) for row in rows] == [(3, 1.0)] * 2


def test_looking_more_often_changes_nothing(data, judge):
    few, often = (
        play(["msggan"], data, judge, unit="images", amount=32, moments=m)[-1] for m in (1, 8)
    )
    assert few["frechet"] == often["frechet"]
    assert all(map(torch.equal, few["scales"], often["scales"]))


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(data, judge):
    def numbers(seed):
        rows = play(["lapgan", "progan"], data, judge, unit="images", amount=24, seed=seed)
        return [(row["step"], row["frechet"]) for row in rows]

    assert numbers(0) == numbers(0)
    assert numbers(0) != numbers(1)


def test_a_contestant_does_not_depend_on_who_played_before(data, judge):
    alone = play(["multiscale_d"], data, judge, unit="images", amount=24)[-1]
    torch.manual_seed(0)
    both = {"dcgan": models("dcgan")["dcgan"], **models("multiscale_d")}
    after = list(duel(both, data, judge, unit="images", amount=24, device="cpu"))[-1]
    assert (after["model"], after["frechet"]) == ("multiscale_d", alone["frechet"])


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
    g = dcgan(resolution=8, width=1).generator
    state = torch.get_rng_state()
    assert true_judge.score(g) == true_judge.score(g)
    assert torch.equal(state, torch.get_rng_state())


def test_the_judge_enlarges_a_g_that_has_not_grown_up(true_judge):
    g = family.progan(resolution=8, width=1).generator
    g.grow_to(1)
    assert g.eval()(torch.zeros(1, g.latent_dim))[-1].shape[-1] == 4
    band = true_judge.score(g)["swd"]
    assert set(band) == {4, 8}


def test_a_judge_of_too_few_images_is_refused():
    with pytest.raises(ValueError, match="count must be at least 100, got 99"):
        Judge(torch.zeros(200, 1, 8, 8), count=99)


def game_on(batch: int) -> Game:
    pair: Model = dcgan(resolution=8, width=1)
    players = (pair.generator, pair.discriminator)
    return Game(*players, iter(lambda: torch.zeros(batch, 1, 8, 8), None), device="cpu")


def test_twice_the_batch_costs_twice_the_flops():
    one, two = game_on(4), game_on(8)
    for game in (one, two):
        game.steps = 1  # the first step probes D once more
    assert step_flops(two) == 2 * step_flops(one)
