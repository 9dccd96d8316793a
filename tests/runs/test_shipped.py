"""Shipped generators and recorded trainings: each is described, small enough and whole."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from msgan_lessons.base.places import data_folder
from msgan_lessons.family import Model
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.recordings import (
    TRACES,
    recorded_generator,
    recorded_trace,
    shipped_facts,
    shipped_generator,
)
from msgan_lessons.runs.trace import MAX_BYTES
from msgan_lessons.training import TrainConfig

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((data_folder() / "manifest.json").read_text())
NAMES = ("super_resolution", "style_transfer", "class_conditional", "video", "speech")


def tiny(channels: int = 2) -> Model:
    return Model("tiny", {"channels": channels}, nn.Conv2d(1, channels, 1), None, TrainConfig())


@pytest.fixture
def add(script, monkeypatch, tmp_path):
    module = script("add_checkpoint")
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(module, "DATA", tmp_path / "data")
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


def test_a_run_becomes_a_shipped_generator(add, run, tmp_path, monkeypatch):
    entry = add.add(run[0], "toy")
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
    with pytest.raises(ValueError, match="does not describe nothing_generator"):
        shipped_facts("nothing")
    monkeypatch.setattr(add, "MAX_BYTES", 10)
    with pytest.raises(SystemExit, match="at most 10 bytes"):
        add.add(run[0], "toy")


@pytest.mark.parametrize("name", NAMES)
def test_every_application_ships_a_generator_of_at_most_5_mb(name):
    facts = shipped_facts(name)
    path = data_folder() / facts["file"]
    assert path.stat().st_size == facts["bytes"] <= 5_000_000
    assert facts["run"]["lesson"].endswith(name)
    assert facts["step"] > 0


def test_every_shipped_file_is_in_the_readme_and_the_manifest_and_none_is_a_pickle():
    readme = (ROOT / "data" / "README.md").read_text()
    listed = {entry["file"] for entry in MANIFEST.values()}
    data = {p.name for p in data_folder().iterdir() if p.suffix not in (".py", ".md", ".txt")}
    assert data - {"manifest.json", "manifest.sha256"} == listed
    assert [name for name in sorted(listed) if name not in readme] == []
    assert not {Path(name).suffix for name in data} & {".pt", ".pth", ".pkl", ".pickle", ".ckpt"}


@pytest.mark.parametrize("name", TRACES)
def test_a_shipped_trace_is_small_and_says_what_it_is(name):
    trace = recorded_trace(name)
    path = data_folder() / f"{name}_trace.npz"
    entry = MANIFEST[f"{name}_trace"]
    assert path.stat().st_size == entry["bytes"] <= MAX_BYTES
    assert len(trace) == entry["moments"] >= 40
    assert trace.row(-1)["step"] == entry["steps"]
    assert trace.about == entry["about"]
    assert "seed" in trace.about
    steps = [trace.row(i)["step"] for i in range(len(trace))]
    assert steps == sorted(steps)


def test_the_long_training_gets_better():
    scores = [r["frechet"] for r in recorded_trace("long_training").rows if r["frechet"]]
    assert len(scores) >= 20
    assert min(scores) < scores[0] / 2


def test_the_shipped_generator_draws_four_scales():
    g = recorded_generator()
    with torch.no_grad():
        images = g(torch.zeros(2, g.latent_dim))
    assert [tuple(x.shape) for x in images] == [(2, 1, r, r) for r in (4, 8, 16, 32)]
    assert not g.training


def test_unknown_names_and_damaged_files_get_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="name must be one of long_training, collapse, got 'x'"):
        recorded_trace("x")
    with pytest.raises(ValueError, match="name must be 'long_training', got 'collapse'"):
        recorded_generator("collapse")
    manifest = (data_folder() / "manifest.json").read_text()
    (tmp_path / "manifest.json").write_text(manifest)
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="long_training_trace.npz is missing; restore it"):
        recorded_trace("long_training")
    (tmp_path / "long_training_trace.npz").write_bytes(b"x")
    with pytest.raises(ValueError, match="is damaged: its sha256"):
        recorded_trace("long_training")
