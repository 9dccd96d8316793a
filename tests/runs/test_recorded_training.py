"""The recorded trainings that ship with the course are whole and small."""

import json

import pytest
import torch

from msgan_lessons.base.places import data_folder
from msgan_lessons.runs.recordings import TRACES, recorded_generator, recorded_trace
from msgan_lessons.runs.trace import MAX_BYTES


@pytest.mark.parametrize("name", TRACES)
def test_a_shipped_trace_is_small_and_says_what_it_is(name):
    trace = recorded_trace(name)
    path = data_folder() / f"{name}_trace.npz"
    entry = json.loads((data_folder() / "manifest.json").read_text())[f"{name}_trace"]
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
