"""The study of modes: its cures and targets, how it is played, how it is recorded and read."""

import itertools
import json
import math
import shutil
from itertools import repeat

import pytest
import torch
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.plane import (
    OneScaleDiscriminator,
    OneScaleGenerator,
    PlaneDiscriminator,
    PlaneGenerator,
    mode_coverage,
)
from msgan_lessons.lessons.l15_stability import modes
from msgan_lessons.lessons.l15_stability.modes import (
    BASELINE,
    CURES,
    GAMMA,
    TARGETS,
    SeedStreams,
    StackedEnsemble,
    StudyGame,
    find_cure,
    measure,
    paper_target,
    read_study,
    run_study,
)
from msgan_lessons.training import Game, TrainConfig


@pytest.fixture(scope="module")
def build(script):
    return script("build_modes_study")


@pytest.fixture(scope="module")
def written(build, tmp_path_factory):
    """Two cures, of which one is measured in the other's run; two steps each."""
    place = tmp_path_factory.mktemp("data")
    entry = {"settings": build.settings(2), "machine": build.machine()}
    for cure, seeds in (("R1", [1]), ("non-saturating", [0, 1]), ("R1", [0])):
        rows, shown = build.play(cure, "ring of 8", seeds, 2)
        build.write(place, entry, rows, shown if seeds[0] == 0 else {})
    return place


@pytest.fixture
def there(written, tmp_path, monkeypatch):
    """A copy of these that may be damaged."""
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path / "data"))
    return shutil.copytree(written, tmp_path / "data")


LOOKS = (lambda game: None, lambda game: game.points(10))


def after(cure, steps, watch=LOOKS[0], **options):
    """A game after some steps, and what was seen behind each."""
    game = StudyGame(cure, "ring of 8", steps=steps, **options)
    seen = []
    for _ in range(steps):
        game.step()
        seen.append(watch(game))
    return game, seen


def test_modes_are_counted_at_intervals_and_at_the_end():
    rows = list(run_study("R1", "grid of 25", steps=5, score_interval=2))
    assert [row["step"] for row in rows if row["modes"] is not None] == [2, 4, 5]


def test_points_take_nothing_from_a_run_and_ema_is_the_average_of_the_baselines_own():
    ema, looked = (after("EMA", 3, look, seeds=[3])[0] for look in LOOKS)
    assert torch.equal(ema.points(9)[0], looked.points(9)[0])
    game, _ = after("non-saturating", 3, seeds=[3])
    assert torch.equal(game.points(9, averaged=True)[0], ema.points(9)[0])
    assert not torch.equal(game.points(9)[0], ema.points(9)[0])


def test_the_game_plays_by_learning_rates_and_a_gamma_that_fall(monkeypatch):
    monkeypatch.setattr(modes, "CHANGE_EVERY", 1)
    game, rates = after("non-saturating", 8, lambda game: game.game.config.g_lr / 2e-3)
    assert rates == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
    assert game.game.d_optimizer.param_groups[0]["lr"] == pytest.approx(0.25 * 2e-3)
    game.step()
    assert game.game.config.g_lr == pytest.approx(0.01 * 2e-3)
    _, gammas = after("together annealed", 4, lambda game: game.game.config.r2_gamma)
    share = [1, 1 - 0.25 / 0.8, 1 - 0.5 / 0.8, 1 - 0.75 / 0.8]
    assert gammas == pytest.approx([0.2**s * 5e-5 ** (1 - s) for s in share])


def test_spectral_norm_is_played_one_seed_at_a_time(build):
    with pytest.raises(ValueError, match="seeds must be one for 'spectral norm', got 2"):
        StudyGame("spectral norm", "ring of 8", [0, 1])
    assert build.pieces("spectral norm", [0, 1]) == [[0], [1]]
    assert build.pieces("R1", [0, 1]) == [[0, 1]]
    assert build.pieces("R1", []) == []


@pytest.mark.parametrize("cure", CURES)
def test_every_cure_plays_a_step(cure):
    (row,) = run_study(cure, "ring of 8", steps=1)
    assert row["modes"] in range(9)
    assert 0 <= row["high_quality"] <= 1


def test_pieces_are_merged_in_order_and_one_training_serves_both_its_measures(there):
    study = read_study()
    assert [(r["cure"], r["seed"]) for r in study.rows] == [
        ("non-saturating", 0), ("non-saturating", 1), ("R1", 0), ("R1", 1), ("EMA", 0), ("EMA", 1),
    ]  # fmt: skip
    assert {r["step"] for r in study.rows} == {2}
    assert set(study.samples) == {f"ring of 8/{c}" for c in ("R1", "EMA", "non-saturating")}
    assert study.samples["ring of 8/R1"].shape == (250, 2)
    assert list(study.runs("ring of 8")) == ["non-saturating", "R1", "EMA"]
    assert study.runs("grid of 25") == {}


def test_damage_rows_that_cannot_be_and_other_settings_are_refused(there, build):
    path = there / "modes_study.json"
    whole = path.read_text()
    found = json.loads(whole)
    entry = {k: found[k] for k in ("settings", "machine")}
    with pytest.raises(SystemExit, match="other settings; use --fresh"):
        build.merged(found, {**entry, "settings": {**found["settings"], "steps": 3}}, [], {})
    (there / "manifest.sha256").write_text("stale")  # the seal follows the manifest
    build.write(there, entry, found["rows"][:1], {})
    assert read_study().rows[0]["cure"] == "non-saturating"
    build.write(there, entry, [{**found["rows"][0], "modes": 9}], {})
    with pytest.raises(ValueError, match="holds a row that cannot be"):
        read_study()
    path.write_text(whole.replace("R1", "R9"))
    with pytest.raises(ValueError, match="git checkout -- data/modes_study.json"):
        read_study()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="restore it with: git checkout"):
        read_study()


def test_the_geometry_is_the_papers_up_to_a_factor():
    """Ring: radius 1, 0.01 wide. Grid: -4 to 4 in steps of 2, 0.05 wide."""
    ring, grid = paper_target("ring of 8"), paper_target("grid of 25")
    torch.testing.assert_close(ring.modes.norm(dim=1), torch.ones(8))
    assert ring.std == 0.01
    whole = 4 * grid.modes
    assert sorted({round(x, 4) for x in whole.flatten().tolist()}) == [-4, -2, 0, 2, 4]
    assert len(torch.unique(whole.round(), dim=0)) == 25
    assert 4 * grid.std == pytest.approx(0.05)


@pytest.mark.parametrize("name", TARGETS)
def test_real_points_hit_every_mode_and_almost_all_are_of_high_quality(name):
    mixture = paper_target(name)
    found = measure(mixture, mixture.sample(20_000, torch.Generator().manual_seed(0)))
    assert found["modes"] == found["fair_modes"] == len(mixture.modes)
    assert found["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.003)
    assert found["kl"] < 0.01


def test_the_scale_changes_nothing():
    grid = paper_target("grid of 25")
    points = grid.sample(500, torch.Generator().manual_seed(1)) + 0.02
    large = type(grid)(4 * grid.centres, 4 * grid.std, modes=4 * grid.modes)
    assert measure(grid, points) == measure(large, 4 * points)


def test_one_point_captures_a_mode_as_in_the_papers_but_not_as_in_lesson_1():
    ring = paper_target("ring of 8")
    points = ring.modes[0].repeat(2500, 1)
    points[:1], points[1:3] = ring.modes[1], torch.zeros(2, 2)
    found = measure(ring, points)
    assert (found["modes"], found["fair_modes"]) == (2, 1)
    assert found["high_quality"] == pytest.approx(2498 / 2500)
    assert mode_coverage(ring, points)[0] == 1


def test_kl_is_zero_for_even_modes_and_log_k_for_one():
    ring = paper_target("ring of 8")
    assert measure(ring, ring.modes.repeat(9, 1))["kl"] == pytest.approx(0, abs=1e-12)
    assert measure(ring, ring.modes[:1].repeat(9, 1))["kl"] == pytest.approx(math.log(8))
    assert measure(ring, ring.modes[:4])["kl"] == pytest.approx(math.log(2))
    nothing = measure(ring, torch.zeros(5, 2))
    assert nothing == {"modes": 0, "fair_modes": 0, "high_quality": 0.0, "kl": None}


SINGLE = {  # what each cure alone changes
    "minimax": ("loss", "minimax"),
    "R1": ("r1_gamma", GAMMA),
    "relativistic": ("loss", "relativistic"),
}
LAYERS = ("pac 2", "minibatch_stddev", "spectral norm")


def drawn(name):
    return find_cure(name).networks(Streams(0))


def changes(cure):
    ours, base = cure.settings.as_dict(), BASELINE.as_dict()
    return {key: ours[key] for key in ours if ours[key] != base[key]}


@pytest.mark.parametrize("name", SINGLE)
def test_a_cure_of_the_loss_changes_one_setting_and_no_network(name):
    cure, (key, value) = CURES[name], SINGLE[name]
    assert changes(cure) == {key: value}
    assert not cure.averaged
    for ours, base in zip(drawn(name), drawn("non-saturating"), strict=True):
        states = zip(ours.state_dict().items(), base.state_dict().items(), strict=True)
        assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in states)


@pytest.mark.parametrize("name", LAYERS)
def test_a_cure_of_d_changes_d_alone(name):
    cure = CURES[name]
    assert changes(cure) == {}
    assert len(cure.discriminator) == 1
    (g, d), (base_g, base_d) = drawn(name), drawn("non-saturating")
    assert all(map(torch.equal, g.state_dict().values(), base_g.state_dict().values()))
    points = torch.randn(8, 2)
    assert len(d(points)) == (4 if name == "pac 2" else 8)
    linear = [[m for m in x.modules() if isinstance(m, nn.Linear)] for x in (d, base_d)]
    differ = [a.weight.shape != b.weight.shape for a, b in zip(*linear, strict=True)]
    assert differ == [name == "pac 2", name == "minibatch_stddev", False]


def test_together_is_the_sum_of_its_cures_and_annealed_lacks_pac_and_plays_longer():
    assert changes(CURES["R1 + R2"]) == changes(CURES["R1"]) | {"r2_gamma": GAMMA}
    ema, together, annealed = (CURES[n] for n in ("EMA", "together", "together annealed"))
    assert (changes(ema), dict(ema.discriminator), ema.averaged) == ({}, {}, True)
    parts = ("relativistic", "R1 + R2", "pac 2", "EMA")
    assert changes(together) == {k: v for n in parts for k, v in changes(CURES[n]).items()}
    assert together.discriminator == CURES["pac 2"].discriminator
    assert changes(annealed) == changes(together)
    assert (dict(annealed.discriminator), annealed.averaged, together.averaged) == ({}, True, True)
    assert [cure.longer for cure in CURES.values()] == [1] * 10 + [10]
    assert [name for name, cure in CURES.items() if cure.gamma_from] == ["together annealed"]


def test_gamma_falls_by_the_same_factor_and_then_stays():
    cure = CURES["together annealed"]
    gammas = [cure.settings_at(t)["r1_gamma"] for t in (0, 0.2, 0.4, 0.6, 0.8, 1, 1.1)]
    assert (gammas[0], gammas[4:]) == (pytest.approx(0.2), [pytest.approx(GAMMA)] * 3)
    factors = [late / early for early, late in itertools.pairwise(gammas[:5])]
    assert factors == pytest.approx([(GAMMA / 0.2) ** 0.25] * 4)
    assert cure.settings_at(0.3)["r2_gamma"] == cure.settings_at(0.3)["r1_gamma"]


def test_learning_rates_stay_as_long_as_the_cure_says():
    def rates(name):
        return [CURES[name].settings_at(t)["g_lr"] / 2e-3 for t in (0, 0.4, 0.5, 0.7, 0.75, 1, 2)]

    assert rates("R1") == pytest.approx([1, 1, 1, 0.6, 0.5, 0.01, 0.01])
    assert rates("together annealed")[:4] == pytest.approx([1, 1, 0.5 / 0.6, 0.5])
    assert CURES["R1"].settings_at(0.7)["d_lr"] == pytest.approx(0.6 * 2e-3)
    assert "r1_gamma" not in CURES["R1"].settings_at(0.7)


def networks(count, **options):
    torch.manual_seed(0)
    return [PlaneDiscriminator(8, **options) for _ in range(count)]


@pytest.mark.parametrize("options", [{}, {"minibatch_stddev": True}, {"waves": 2, "pac": 2}])
def test_each_network_judges_its_own_part(options):
    each, points = networks(3, **options), torch.randn(24, 2)
    alone = torch.cat([d(part) for d, part in zip(each, points.chunk(3), strict=True)])
    torch.testing.assert_close(StackedEnsemble(each)(points), alone)


def test_batch_norm_sees_the_part_of_its_network_alone():
    torch.manual_seed(0)
    each, z = [PlaneGenerator(2, 8, batch_norm=True) for _ in range(2)], torch.randn(20, 2)
    z[10:] += 5
    alone = torch.cat([g(part) for g, part in zip(each, z.chunk(2), strict=True)])
    torch.testing.assert_close(StackedEnsemble(each)(z), alone)


def test_a_game_side_by_side_moves_each_network_as_it_would_alone():
    def game(seeds, make):
        pairs = []
        for seed in seeds:
            Streams(seed).seed_weights()
            pairs.append((PlaneGenerator(2, 8), PlaneDiscriminator(8)))
        g, d = (make(list(side)) for side in zip(*pairs, strict=True))
        g, d = OneScaleGenerator(g), OneScaleDiscriminator(d)
        batches = repeat(torch.linspace(-1, 1, 256).reshape(128, 2).repeat(len(seeds), 1))
        config = TrainConfig(r1_gamma=0.1, r2_gamma=0.1, reg_interval=1, g_lr=1e-3, d_lr=1e-3)
        return Game(g, d, batches, config, streams=SeedStreams(seeds), device="cpu")

    both = game([3, 5], StackedEnsemble)
    alone = [game([seed], lambda side: side[0]) for seed in (3, 5)]
    for one in (both, *alone):
        for _ in range(5):
            one.step()
    z = torch.randn(6, 2)
    for k, one in enumerate(alone):
        made = both.generator(z.repeat(2, 1))[0].chunk(2)[k]
        torch.testing.assert_close(made, one.generator(z)[0], rtol=1e-3, atol=1e-4)


def test_latents_of_a_seed_do_not_depend_on_its_neighbours():
    both, three, five = SeedStreams([3, 5]), Streams(3), Streams(5)
    for _ in range(2):
        drawn = both.latents(6, 2).chunk(2)
        assert torch.equal(drawn[0], three.latents(3, 2))
        assert torch.equal(drawn[1], five.latents(3, 2))


def test_all_weights_of_all_networks_are_its_parameters():
    each = networks(3)
    assert StackedEnsemble([nn.Linear(2, 1)]).latent_dim is None
    count = sum(p.numel() for d in each for p in d.parameters())
    assert sum(p.numel() for p in StackedEnsemble(each).parameters()) == count
