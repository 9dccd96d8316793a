"""Shipped generators: each is described, small enough and whole; a run becomes one by a script."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from msgan_lessons.base.places import data_folder
from msgan_lessons.family import Model
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.recordings import shipped_facts, shipped_generator
from msgan_lessons.training import TrainConfig

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((data_folder() / "manifest.json").read_text())
NAMES = ("super_resolution", "style_transfer", "class_conditional", "video", "speech")


def tiny(channels: int = 2) -> Model:
    return Model("tiny", {"channels": channels}, nn.Conv2d(1, channels, 1), None, TrainConfig())


@pytest.fixture
def script(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("add", ROOT / "data" / "add_checkpoint.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DATA", tmp_path / "data")
    (tmp_path / "data").mkdir()
    return module


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    facts = {"lesson": "09", "parameters": {}, "started": "now", "versions": {"torch": "2"}}
    (folder / "params.json").write_text(json.dumps(facts))
    model = tiny(3)
    about = {"model": model.name, "arguments": model.arguments, "step": 7, "seed": 0}
    checkpoints.save(folder / "checkpoint", {"generator_ema": model.generator}, about)
    return folder, model


def test_a_run_becomes_a_shipped_generator(script, run, tmp_path, monkeypatch):
    entry = script.add(run[0], "toy")
    assert entry["toy_generator"]["step"] == 7
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(entry))
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path / "data"))
    loaded = shipped_generator("toy", tiny)
    assert torch.equal(loaded.weight, run[1].generator.weight)
    assert not loaded.training
    assert not loaded.weight.requires_grad
    (tmp_path / "data" / "toy_generator.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match="toy_generator.safetensors is damaged"):
        shipped_generator("toy", tiny)


def test_too_large_a_checkpoint_is_refused(script, run, monkeypatch):
    monkeypatch.setattr(script, "MAX_BYTES", 10)
    with pytest.raises(SystemExit, match="at most 10 bytes"):
        script.add(run[0], "toy")


def test_an_unknown_application_is_refused():
    with pytest.raises(ValueError, match="does not describe nothing_generator"):
        shipped_facts("nothing")


@pytest.mark.parametrize("name", NAMES)
def test_every_application_ships_a_generator_of_at_most_5_mb(name):
    facts = shipped_facts(name)
    path = data_folder() / facts["file"]
    assert path.stat().st_size == facts["bytes"] <= 5_000_000
    assert facts["run"]["lesson"].endswith(name)
    assert facts["step"] > 0


def test_every_shipped_file_is_in_the_readme_and_the_manifest():
    readme = (ROOT / "data" / "README.md").read_text()
    listed = {entry["file"] for entry in MANIFEST.values()}
    data = {
        p.name for p in (ROOT / "data").iterdir()
        if p.suffix in (".npz", ".png", ".flac", ".safetensors", ".json") and p.stem != "manifest"
    }  # fmt: skip
    assert data == listed
    assert [name for name in sorted(data) if name not in readme] == []


def test_no_shipped_file_is_a_pickle():
    for path in data_folder().iterdir():
        assert path.suffix not in (".pt", ".pth", ".pkl", ".pickle", ".ckpt")
