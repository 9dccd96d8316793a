"""The recorded study of modes: how it is played, the script that makes it, what reading gives."""

import json

import pytest
import torch

from msgan_lessons.lessons.l15_stability import modes
from msgan_lessons.lessons.l15_stability.modes import CURES, StudyGame, read_study, run_study


@pytest.fixture(scope="module")
def build(script):
    return script("build_modes_study")


@pytest.fixture
def there(build, tmp_path, monkeypatch):
    """Two cures, of which one is measured in the other's run; two steps each."""
    entry = {"settings": build.settings(2), "machine": build.machine()}
    for cure, seeds in (("R1", [1]), ("non-saturating", [0, 1]), ("R1", [0])):
        rows, shown = build.play(cure, "ring of 8", seeds, 2)
        build.write(tmp_path, entry, rows, shown if seeds[0] == 0 else {})
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    return tmp_path


def test_a_short_play_brings_points_near_to_every_mode():
    game = StudyGame("R1 + R2", "grid of 25", steps=100)

    def distance():
        return float(torch.cdist(game.mixture.modes, game.points()[0]).min(1).values.mean())

    before = distance()
    for _ in range(100):
        game.step()
    assert distance() < 0.8 * before


def test_modes_are_counted_at_intervals_and_at_the_end():
    rows = list(run_study("R1", "grid of 25", steps=5, score_interval=2))
    assert [row["step"] for row in rows if row["modes"] is not None] == [2, 4, 5]


def test_a_run_is_the_same_twice_and_its_points_take_nothing_from_it():
    def end(looks):
        game = StudyGame("EMA", "ring of 8", [3], steps=4)
        for _ in range(4):
            game.step()
            for _ in range(looks):
                game.points(10)
        return game.points(10)[0]

    assert torch.equal(end(0), end(2))


def test_learning_rates_stay_and_then_fall_to_a_hundredth(monkeypatch):
    monkeypatch.setattr(modes, "CHANGE_EVERY", 1)
    game = StudyGame("non-saturating", "ring of 8", steps=8)
    rates = []
    for _ in range(8):
        game.step()
        rates.append(game.game.config.g_lr / 2e-3)
    assert rates == pytest.approx([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
    assert game.game.d_optimizer.param_groups[0]["lr"] == pytest.approx(0.25 * 2e-3)
    game.step()
    assert game.game.config.g_lr == pytest.approx(0.01 * 2e-3)


def test_the_game_plays_by_a_gamma_that_falls(monkeypatch):
    monkeypatch.setattr(modes, "CHANGE_EVERY", 1)
    game = StudyGame("together annealed", "ring of 8", steps=4)
    gammas = []
    for _ in range(4):
        game.step()
        gammas.append(game.game.config.r2_gamma)
    share = [1, 1 - 0.25 / 0.8, 1 - 0.5 / 0.8, 1 - 0.75 / 0.8]
    assert gammas == pytest.approx([0.2**s * 5e-5 ** (1 - s) for s in share])


def test_ema_is_measured_on_the_average_of_the_baselines_own_run():
    game = StudyGame("non-saturating", "ring of 8", steps=3)
    for _ in range(3):
        game.step()
    ema = StudyGame("EMA", "ring of 8", steps=3)
    for _ in range(3):
        ema.step()
    assert torch.equal(game.points(9, averaged=True)[0], ema.points(9)[0])
    assert not torch.equal(game.points(9)[0], ema.points(9)[0])


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


def test_a_damaged_recording_is_refused_with_the_way_back(there):
    path = there / "modes_study.json"
    whole = path.read_text()
    path.write_text(whole.replace("R1", "R9"))
    with pytest.raises(ValueError, match="git checkout -- data/modes_study.json"):
        read_study()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="restore it with: git checkout"):
        read_study()


def test_rows_that_cannot_be_are_refused_even_if_the_sum_is_right(there, build):
    found = json.loads((there / "modes_study.json").read_text())
    wrong = {**found["rows"][0], "modes": 9}
    build.write(there, {k: found[k] for k in ("settings", "machine")}, [wrong], {})
    with pytest.raises(ValueError, match="holds a row that cannot be"):
        read_study()


def test_other_settings_are_not_mixed(there, build):
    found = json.loads((there / "modes_study.json").read_text())
    entry = {**found, "settings": {**found["settings"], "steps": 3}}
    with pytest.raises(SystemExit, match="other settings; use --fresh"):
        build.merged(found, entry, found["rows"], {})


def test_the_seal_follows_the_manifest_where_there_is_one(there, build):
    (there / "manifest.sha256").write_text("stale")
    found = json.loads((there / "modes_study.json").read_text())
    build.write(there, {k: found[k] for k in ("settings", "machine")}, found["rows"][:1], {})
    assert read_study().rows[0]["cure"] == "non-saturating"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cure": "prayer"}, "cure must be one of"),
        ({"target": "line"}, "target must be one of"),
        ({"steps": 0}, "steps must be an int of at least 1"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        list(run_study(**({"cure": "R1", "target": "ring of 8"} | arguments)))
