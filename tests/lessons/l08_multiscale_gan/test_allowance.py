import itertools
import time

import pytest
import torch

from msgan_lessons.family import CONNECTIONS, MODELS, dcgan
from msgan_lessons.lessons.l08_multiscale_gan.duel import allowance, contestants, last_rows, ranking
from msgan_lessons.metrics.contest import step_flops, step_seconds
from msgan_lessons.runs.parameters import budget
from msgan_lessons.training import Game

SIZES = {"resolution": 8, "width": 1, "batch_size": 4}
BATCH = torch.zeros(4, 1, 8, 8)
LIMITS = budget("class", max_seconds=60.0)


@pytest.fixture
def clock(monkeypatch):
    """Every look at the clock is a quarter of a second later, so a step takes as long."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks) / 4)


def ask(unit, amount=0.0, names=("dcgan", "msggan")):
    models = contestants("family", 0, **SIZES)
    return allowance(unit, amount, {n: models[n] for n in names}, BATCH, LIMITS)


def test_the_contestants_of_a_contest_are_the_presets_by_name():
    family = contestants("family", 0, **SIZES)
    assert list(family) == list(MODELS)
    assert [pair.name for pair in family.values()] == list(family)
    ablation = contestants("connections", 0, resolution=32, width=1)
    assert [pair.arguments["connections"] for pair in ablation.values()] == list(ablation)
    assert tuple(ablation) == CONNECTIONS
    assert {pair.config.batch_size for pair in family.values()} == {4}


def test_the_same_seed_gives_the_same_weights_and_other_seeds_others():
    def weights(seed):
        return contestants("family", seed, **SIZES)["lapgan"].generator.state_dict()

    assert all(torch.equal(v, weights(1)[k]) for k, v in weights(1).items())
    assert not torch.equal(weights(1)["to_rgb.0.weight"], weights(2)["to_rgb.0.weight"])


def test_seconds_are_shared_out_evenly_and_what_was_asked_for_is_kept():
    assert ask("seconds") == 30
    assert ask("seconds", names=MODELS) == 12
    assert [ask(unit, 7) for unit in ("seconds", "images", "flops")] == [7, 7, 7]


def test_all_together_take_the_time_limit_in_images(clock):
    images = ask("images")
    assert images / 4 * 0.25 * 2 == pytest.approx(60)  # steps, seconds a step, models


def test_all_together_take_the_time_limit_in_flops(clock):
    flops = ask("flops")
    steps = {}
    for name in ("dcgan", "msggan"):
        pair = contestants("family", 0, **SIZES)[name]
        players = (pair.generator, pair.discriminator)
        steps[name] = flops / step_flops(Game(*players, iter(lambda: BATCH, None)))
    assert steps["dcgan"] > steps["msggan"]  # its step costs less
    assert sum(steps.values()) * 0.25 == pytest.approx(60)


def test_measuring_leaves_the_contestants_as_they_are():
    models = contestants("family", 0, **SIZES)
    before = {n: [p.clone() for p in m.generator.parameters()] for n, m in models.items()}
    allowance("flops", 0.0, models, BATCH, LIMITS)
    for name, model in models.items():
        assert all(map(torch.equal, before[name], model.generator.parameters()))


def test_the_first_step_is_not_timed(monkeypatch):
    looks = iter([0.0, 100.0, 200.0, 203.0, 300.0, 302.0, 400.0, 404.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(looks))
    pair = dcgan(resolution=8, width=1)
    players = (pair.generator, pair.discriminator)
    assert step_seconds(Game(*players, iter(lambda: BATCH, None))) == 2.0


def rows() -> list[dict]:
    """Two rows for each model and seed, the second with its end."""
    ends = {("slow", 0): 40.0, ("fast", 0): 10.0, ("slow", 1): 50.0, ("fast", 1): 20.0}
    return [
        {"model": model, "seed": seed, "step": step, "frechet": frechet}
        for (model, seed), end in ends.items()
        for step, frechet in ((1, 90.0), (2, end))
    ]


def test_the_ranking_takes_the_end_of_each_seed_and_orders_by_the_mean():
    assert ranking(rows()) == {"fast": [10.0, 20.0], "slow": [40.0, 50.0]}
    assert list(last_rows(rows())) == ["slow", "fast"]
    assert [row["step"] for row in last_rows(rows())["slow"]] == [2, 2]
    unnamed = [{k: v for k, v in row.items() if k != "seed"} for row in rows()[:4]]
    assert ranking(unnamed) == {"fast": [10.0], "slow": [40.0]}
