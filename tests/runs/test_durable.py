import json
import os

import pytest
import torch
from torch import nn

from msgan_lessons import family
from msgan_lessons.base import whole_files
from msgan_lessons.runs import checkpoints


def whole(folder, value):
    whole_files.save_tensors(folder, {"a": {"x": torch.full((2,), value)}}, {"value": value})


@pytest.mark.parametrize("moved", [0, 1])
def test_a_commit_that_was_interrupted_after_its_moment_is_finished_by_the_reader(tmp_path, moved):
    whole(tmp_path / "new", 2.0)
    whole(tmp_path / "old", 1.0)
    ready = tmp_path / "old" / whole_files.READY
    ready.mkdir()
    for name in ("a.safetensors", whole_files.INDEX)[moved:]:
        os.replace(tmp_path / "new" / name, ready / name)
    if moved:
        os.replace(tmp_path / "new/a.safetensors", tmp_path / "old/a.safetensors")
    assert whole_files.describe(tmp_path / "old")["value"] == 2.0
    assert whole_files.tensors(tmp_path / "old", "a")["x"].tolist() == [2.0, 2.0]
    assert not ready.exists()


def test_a_commit_that_was_interrupted_before_its_moment_leaves_the_old(tmp_path):
    whole(tmp_path, 1.0)
    (tmp_path / whole_files.STAGED).mkdir()
    (tmp_path / whole_files.STAGED / "a.safetensors").write_bytes(b"half a fi")
    assert whole_files.describe(tmp_path)["value"] == 1.0
    whole(tmp_path, 3.0)
    assert whole_files.tensors(tmp_path, "a")["x"].tolist() == [3.0, 3.0]


def test_a_full_disk_leaves_the_old(tmp_path, monkeypatch):
    whole(tmp_path, 1.0)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        whole(tmp_path, 2.0)
    assert whole_files.describe(tmp_path)["value"] == 1.0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.safetensors", "checkpoint.json"]


def test_a_seal_sees_every_change(tmp_path):
    path = tmp_path / "x.json"
    whole_files.write_sealed(path, {"step": 3, "names": ["a"]})
    assert whole_files.read_sealed(path) == {"step": 3, "names": ["a"]}
    text = path.read_text()
    for wrong in (text.replace("3", "4"), text.replace('"a"', '"b"'), "{}", "[]", ""):
        path.write_text(wrong)
        with pytest.raises(ValueError, match=r"x\.json is damaged: it"):
            whole_files.read_sealed(path)
    with pytest.raises(FileNotFoundError):
        whole_files.read_sealed(tmp_path / "y.json")


def test_a_checkpoint_of_version_0_4_is_still_read(tmp_path):
    checkpoints.save(tmp_path, {"generator_ema": nn.Linear(2, 1)}, {"model": "x"})
    index = json.loads((tmp_path / whole_files.INDEX).read_text())
    index.pop(whole_files.SEAL)
    (tmp_path / whole_files.INDEX).write_text(json.dumps({**index, "format": 1}))
    assert whole_files.describe(tmp_path)["model"] == "x"
    (tmp_path / whole_files.INDEX).write_text(json.dumps({**index, "format": 3}))
    with pytest.raises(ValueError, match="has checkpoint format 3, expected 2"):
        whole_files.describe(tmp_path)


def test_saving_a_model_leaves_the_trainings_beside_it(tmp_path):
    (tmp_path / "training_01").mkdir()
    for bias in (True, False):
        checkpoints.save(tmp_path, {"generator_ema": nn.Linear(2, 1, bias=bias)}, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "checkpoint.json", "generator_ema.safetensors", "training_01",
    ]  # fmt: skip


def test_a_model_comes_back_to_the_last_bit_replaces_an_older_one_and_is_no_pickle(tmp_path):
    for width in (2, 4):
        model = family.build("msggan", resolution=8, width=width)
        checkpoints.save(tmp_path / "c", {"generator": model.generator}, {"width": width})
    other = family.build("msggan", resolution=8, width=4).generator
    checkpoints.load(tmp_path / "c", "generator", other)
    for name, value in model.generator.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
    assert whole_files.describe(tmp_path / "c")["width"] == 4
    assert [p.name for p in tmp_path.iterdir()] == ["c"]
    assert {p.suffix for p in (tmp_path / "c").iterdir()} == {".safetensors", ".json"}


def test_a_damaged_or_foreign_checkpoint_is_one_sentence(tmp_path):
    make = lambda width: family.build("dcgan", resolution=8, width=width).generator  # noqa: E731
    folder = checkpoints.save(tmp_path / "c", {"generator": make(2)}, {})
    with pytest.raises(ValueError, match="holds generator, but no 'generator_ema'"):
        checkpoints.load(folder, "generator_ema", make(2))
    with pytest.raises(ValueError, match="does not fit this network"):
        checkpoints.load(folder, "generator", make(4))
    (folder / "checkpoint.json").write_text("{")
    with pytest.raises(ValueError, match="not a checkpoint's JSON"):
        whole_files.describe(folder)
    with pytest.raises(FileNotFoundError, match="holds no checkpoint"):
        whole_files.describe(tmp_path)
