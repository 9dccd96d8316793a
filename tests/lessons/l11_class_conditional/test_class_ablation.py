"""The recorded ablation of lesson 11: the script that makes it, and what reading gives."""

import json

import pytest
import torch

from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l11_class_conditional.game import VARIANTS, recorded_ablation
from msgan_lessons.lessons.l11_class_conditional.scores import ClassJudge


@pytest.fixture(scope="module")
def build(script):
    return script("build_conditional_ablation")


@pytest.fixture
def there(build, tmp_path, monkeypatch):
    """Two variants with seeds 1 and 0, two steps each."""
    monkeypatch.setattr(build, "FIXED", build.FIXED | {"width": 4, "batch_size": 4, "count": 100})
    stream = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (200, 1, 32, 32), generator=stream).byte()
    data = ImageData("few", pixels, torch.arange(200) % 10)
    judge = ClassJudge(data, judged=100, count=100)
    entry = {
        "settings": {"unit": "images", "amount": 8, **build.FIXED},
        "machine": build.machine(),
        "floor": judge.ceiling(),
    }
    for name, seed in (("half width", 1), ("full", 1), ("full", 0), ("full", 1)):
        build.write(tmp_path, entry, build.play(name, seed, 8, data, judge), fresh=False)
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    return tmp_path


def test_pieces_are_merged_in_order_and_the_same_seed_gives_the_same_scores(there):
    record = recorded_ablation()
    assert [(r["model"], r["seed"]) for r in record.rows] == [
        ("full", 0), ("full", 1), ("half width", 1),
    ]  # fmt: skip
    assert {(r["step"], r["n_images"]) for r in record.rows} == {(2, 8)}
    assert record.seeds == [0, 1]
    assert record.title.startswith("8 images each, seeds 0, 1\nprocessor ")
    assert {"accuracy", "frechet", "precision", "recall", "coverage"} <= record.floor.keys()
    names = ["conditional_ablation.json", "manifest.json", "manifest.sha256"]
    assert sorted(p.name for p in there.iterdir()) == names


def test_a_damaged_recording_is_refused_with_the_way_back(there):
    path = there / "conditional_ablation.json"
    path.write_text(path.read_text().replace("full", "fool"))
    with pytest.raises(ValueError, match="git checkout -- data/conditional_ablation.json"):
        recorded_ablation()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="restore it with: git checkout"):
        recorded_ablation()


def test_other_settings_are_not_mixed(there, build):
    found = json.loads((there / "conditional_ablation.json").read_text())
    entry = {**found, "settings": {**found["settings"], "amount": 16}}
    with pytest.raises(SystemExit, match="other settings; use --fresh"):
        build.merged(found, entry, found["rows"][0])


def test_the_shipped_recording_holds_every_variant_with_the_same_images():
    record = recorded_ablation()
    assert {row["model"] for row in record.rows} <= set(VARIANTS)
    assert {"full", "no labels"} <= {row["model"] for row in record.rows}
    assert len({row["n_images"] for row in record.rows}) == 1
    for name in {row["model"] for row in record.rows}:
        assert [r["seed"] for r in record.rows if r["model"] == name] == record.seeds
    assert record.floor["accuracy"] > 0.9
