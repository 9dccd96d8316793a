"""The recorded ablation of lesson 11: the script that makes it, and what reading gives."""

import json
import shutil

import pytest
from seeded import data

from msgan_lessons.lessons.l11_class_conditional.game import VARIANTS, recorded_ablation
from msgan_lessons.lessons.l11_class_conditional.scores import ClassJudge


@pytest.fixture(scope="module")
def build(script):
    return script("build_conditional_ablation")


@pytest.fixture(scope="module")
def there(build, tmp_path_factory):
    """Two variants with seeds 1 and 0, two steps each."""
    build.FIXED |= {"width": 4, "batch_size": 4, "count": 100}
    place, few = tmp_path_factory.mktemp("data"), data(200, side=32, classes=10)
    judge = ClassJudge(few, judged=100, count=100)
    settings = {"unit": "images", "amount": 8, **build.FIXED}
    entry = {"settings": settings, "machine": build.machine(), "floor": judge.ceiling()}
    for name, seed in (("half width", 1), ("full", 1), ("full", 0), ("full", 1)):
        build.write(place, entry, build.play(name, seed, 8, few, judge), fresh=False)
    return place


def test_pieces_are_merged_in_order_with_their_scores(there, monkeypatch):
    monkeypatch.setenv("MSGAN_DATA", str(there))
    record = recorded_ablation()
    assert [(r["model"], r["seed"], r["step"], r["n_images"]) for r in record.rows] == [
        ("full", 0, 2, 8), ("full", 1, 2, 8), ("half width", 1, 2, 8),
    ]  # fmt: skip
    assert record.seeds == [0, 1]
    assert record.title.startswith("8 images each, seeds 0, 1\nprocessor ")
    assert {"accuracy", "frechet", "precision", "recall", "coverage"} <= record.floor.keys()
    names = ["conditional_ablation.json", "manifest.json", "manifest.sha256"]
    assert sorted(p.name for p in there.iterdir()) == names


def test_damage_and_other_settings_are_refused(there, build, tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_DATA", str(shutil.copytree(there, tmp_path / "data")))
    path = tmp_path / "data" / "conditional_ablation.json"
    found = json.loads(path.read_text())
    entry = {**found, "settings": {**found["settings"], "amount": 16}}
    with pytest.raises(SystemExit, match="other settings; use --fresh"):
        build.merged(found, entry, found["rows"][0])
    path.write_text(path.read_text().replace("full", "fool"))
    with pytest.raises(ValueError, match="git checkout -- data/conditional_ablation.json"):
        recorded_ablation()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="restore it with: git checkout"):
        recorded_ablation()


def test_the_shipped_recording_holds_every_variant_with_the_same_images():
    record = recorded_ablation()
    assert {row["model"] for row in record.rows} <= set(VARIANTS)
    assert {"full", "no labels"} <= {row["model"] for row in record.rows}
    assert len({row["n_images"] for row in record.rows}) == 1
    for name in {row["model"] for row in record.rows}:
        assert [r["seed"] for r in record.rows if r["model"] == name] == record.seeds
    assert record.floor["accuracy"] > 0.9
