"""The recorded duel: its files, the script that makes them, and what reading gives."""

import argparse
import json

import pytest
from seeded import data

from msgan_lessons.runs import recordings


@pytest.fixture(scope="module")
def build(script):
    return script("build_duel")


@pytest.fixture(scope="module")
def written(build, tmp_path_factory):
    """Both contests with seed 0, and the family with seed 2: two steps each, 8x8 or 32x32."""
    folder = tmp_path_factory.mktemp("data")
    args = argparse.Namespace(images=4, seconds=1e-9, out=folder)
    small = {"width": 1, "batch_size": 2, "moments": 1, "count": 100}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "FIXED", build.FIXED | small)
        patch.setattr(build, "open_images", lambda **kw: data(120, side=32, seed=len(kw["split"])))
        for contest, seed in (("family", 2), ("connections", 0), ("family", 0)):
            build.record(contest, seed, args, fresh=False)
    return folder


@pytest.fixture
def there(written, monkeypatch):
    monkeypatch.setenv("MSGAN_DATA", str(written))
    return written


def test_pieces_are_merged_in_the_order_of_the_seeds(there):
    family = recordings.recorded_duel("family")
    assert family.seeds == [0, 2]
    assert [row["seed"] for row in family.last()] == [0] * 5 + [2] * 5
    assert [row["model"] for row in family.last()][:3] == ["dcgan", "lapgan", "progan"]
    connections = recordings.recorded_duel("connections").last()
    assert [row["model"] for row in connections] == ["none", "coarse", "middle", "fine", "all"]
    assert {row["n_images"] for row in connections} == {4}


def test_a_recording_says_what_was_played_where_and_when(there):
    found = recordings.recorded_duel("connections")
    assert found.title.startswith("4 images each, seeds 0\nprocessor ")
    assert all(word in found.title for word in ("threads", "torch", "date 20"))
    assert found.settings["configs"]["all"]["batch_size"] == 2
    assert list(found.floor["swd"]) == [4, 8, 16, 32]
    assert list(found.rows[0]["swd"]) == [4, 8, 16, 32]
    assert "scales" not in found.rows[0]


def test_samples_are_those_of_seed_0_at_every_scale(there):
    family = recordings.recorded_samples("family")
    assert list(family) == ["dcgan", "lapgan", "progan", "msggan", "multiscale_d"]
    assert [tuple(x.shape) for x in family["msggan"]] == [(8, 1, s, s) for s in (4, 8, 16, 32)]
    assert all(x.abs().max() <= 1 for scales in family.values() for x in scales)
    assert len(recordings.recorded_samples("connections")["coarse"]) == 2


def test_numbers_and_rows_are_kept_one_a_line(there):
    lines = (there / "duel.json").read_text().splitlines()
    assert sum('"frechet"' in line and '"step"' in line for line in lines) == len(
        recordings.recorded_duel("family").rows + recordings.recorded_duel("connections").rows
    )


def test_the_same_seed_replaces_its_rows_and_another_setting_is_refused(build):
    def entry(seed, value, amount=60.0):
        rows = [{"seed": seed, "model": "dcgan", "frechet": value}]
        return {"settings": {"amount": amount}, "machine": {"date": str(seed)}, "rows": rows}

    found = build.merge({}, "family", entry(1, 5.0))
    found = build.merge(found, "family", entry(0, 7.0))
    found = build.merge(found, "family", entry(1, 6.0))
    assert [(r["seed"], r["frechet"]) for r in found["family"]["rows"]] == [(0, 7.0), (1, 6.0)]
    with pytest.raises(SystemExit, match="the recording of family has another amount; .* --fresh"):
        build.merge(found, "family", entry(2, 1.0, amount=2.0))
    fresh = build.merge(found, "family", entry(2, 1.0, amount=2.0), fresh=True)
    assert len(fresh["family"]["rows"]) == 1


def test_damage_and_absence_are_named_with_their_cure(there, tmp_path, monkeypatch):
    for name in ("manifest.json", "duel.json", "duel_samples.npz"):
        (tmp_path / name).write_bytes((there / name).read_bytes())
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    (tmp_path / "duel.json").write_text("{}")
    with pytest.raises(ValueError, match="duel.json is damaged: its sha256 is .*git checkout"):
        recordings.recorded_duel("family")
    (tmp_path / "duel_samples.npz").unlink()
    with pytest.raises(FileNotFoundError, match="duel_samples.npz is missing; restore it with"):
        recordings.recorded_samples("family")


def test_a_contest_that_is_not_there_is_refused(there, build, tmp_path, monkeypatch):
    for read in (recordings.recorded_duel, recordings.recorded_samples):
        with pytest.raises(ValueError, match="contest must be one of family, connections, got"):
            read("cup")
    found = json.loads((there / "duel.json").read_text())
    build.write(tmp_path, {"family": found["family"]}, {})
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    with pytest.raises(
        ValueError, match="contest must be recorded \\(family\\), got 'connections'"
    ):
        recordings.recorded_duel("connections")


def test_the_recording_that_ships_is_whole():
    for contest, models in (("family", 5), ("connections", 5)):
        found = recordings.recorded_duel(contest)
        assert len(found.last()) == models * len(found.seeds)
        assert len(found.seeds) >= 3
        assert set(recordings.recorded_samples(contest)) == {row["model"] for row in found.rows}
