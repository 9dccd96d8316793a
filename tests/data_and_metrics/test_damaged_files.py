"""A hundred random damages of each kind of file: each is seen, and named in one sentence."""

import contextlib
import json
import random
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from msgan_lessons.base.places import data_folder
from msgan_lessons.base.record import Run, read_record, seal_record
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.images import open_images
from msgan_lessons.datasets.speech import open_speech
from msgan_lessons.lessons.l10_style_transfer import scores
from msgan_lessons.lessons.l11_class_conditional import game
from msgan_lessons.lessons.l12_video.scores import load_clip_reader, recorded_judges
from msgan_lessons.metrics import features
from msgan_lessons.runs import checkpoints, recordings
from msgan_lessons.runs.recordings import shipped_facts
from msgan_lessons.runs.trace import TraceWriter, read_trace

COUNT = 100
OTHER_FILES = (b"", b"{}", b"[]\n", b"PK\5\6" + bytes(18), b"\x89PNG\r\n\x1a\n", b"fLaC", bytes(64))


def flipped(content, dice):
    place = dice.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << dice.randrange(8)]) + content[place + 1 :]


def cut_off(content, dice):
    return content[: dice.randrange(len(content))]


def zeroed(content, dice):
    start = dice.randrange(len(content))
    end = min(len(content), start + dice.randint(1, 4096))
    return content[:start] + bytes(end - start) + content[end:]


def swapped(content, dice):
    size = dice.randint(1, max(1, min(512, len(content) // 2)))
    a = dice.randrange(len(content) - 2 * size + 1)
    b = dice.randrange(a + size, len(content) - size + 1)
    parts = content[:a], content[a : a + size], content[a + size : b], content[b : b + size]
    return parts[0] + parts[3] + parts[2] + parts[1] + content[b + size :]


def lacking(content, dice):
    start = dice.randrange(len(content))
    return content[:start] + content[start + dice.randint(1, 64) :]


def longer(content, dice):
    return content + dice.randbytes(dice.randint(1, 512))


def other(content, dice):
    return dice.choice([*OTHER_FILES, dice.randbytes(1000), content + content])


DAMAGES = (flipped, cut_off, zeroed, swapped, lacking, longer, other)


def damaged(content, dice):
    """The content with one random damage; never the content itself."""
    while (worse := dice.choice(DAMAGES)(content, dice)) == content:
        pass
    return worse


def all_refused(files, read, seed):
    """Damage one file after the other, read it, mend it: each damage is seen, in one sentence."""
    dice = random.Random(seed)
    for number in range(COUNT):
        path = files[number % len(files)]
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, dice))
        with pytest.raises((ValueError, FileNotFoundError), match=path.name) as caught:
            read(path)
        path.write_bytes(whole)
        assert len(str(caught.value).splitlines()) == 1


OPENERS = {
    "fashion_mnist": lambda: open_images("fashion_mnist"),
    "emoji_noto": lambda: open_images("emoji_noto"),
    "emoji_twemoji": lambda: open_images("emoji"),
    "emoji_list": lambda: open_images("emoji_noto"),
    "speech_train": open_speech,
    "speech_test": lambda: open_speech(split="test"),
    "fashion_classifier": features.load_classifier,
    "style_classifier": scores.load_style_classifier,
    "clip_reader": load_clip_reader,
    "duel": lambda: recordings.recorded_duel("family"),
    "duel_samples": lambda: recordings.recorded_samples("family"),
    "video_judges": recorded_judges,
    "conditional_ablation": game.recorded_ablation,
    "long_training_generator": recordings.recorded_generator,
}


def open_shipped(name):
    """Open a shipped file as the course does."""
    kind = name.rpartition("_")
    if name in OPENERS:
        return OPENERS[name]()
    if kind[2] == "trace":
        return recordings.recorded_trace(kind[0])
    return shipped_facts(kind[0]) if kind[2] == "generator" else shipped.check(name)


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder, ignore=shutil.ignore_patterns("*.py", "*.md"))
    monkeypatch.setenv("MSGAN_DATA", str(folder))
    return folder


def test_every_damage_of_a_shipped_file_is_seen(data):
    names = {entry["file"]: name for name, entry in
             json.loads((data / "manifest.json").read_text()).items()}  # fmt: skip
    for name in names.values():
        open_shipped(name)
    files = [data / file for file in names]
    all_refused(files, lambda path: open_shipped(names[path.name]), seed=1)


def test_every_damage_of_the_manifest_is_seen_whatever_is_opened(data):
    assert shipped.check("duel")
    files = [data / "manifest.json"]
    all_refused(files, lambda path: shipped.check("duel"), seed=2)


def test_every_damage_of_a_checkpoint_is_seen_and_no_network_is_filled(tmp_path):
    torch.manual_seed(0)
    make = lambda: nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Linear(5, 2))  # noqa: E731
    networks, target = {"generator_ema": make(), "discriminator": make()}, make()
    folder = checkpoints.save(tmp_path / "checkpoint", networks, {"model": "toy", "step": 3})
    before = {name: value.clone() for name, value in target.state_dict().items()}
    files = sorted(p for p in folder.iterdir() if p.is_file())
    assert len(files) == 3

    def read(path):
        checkpoints.load(folder, "generator_ema", target)

    all_refused(files, read, seed=3)
    assert all(torch.equal(before[name], value) for name, value in target.state_dict().items())
    read(folder)


def make_record(folder):
    run = Run(folder)
    for step in range(1, 31):
        run.row({"step": step, "d_loss": 1 / step, "g_loss": float("nan")})
    run.figure(b"png", "a dot", "Look.")
    run.checked("one is one", True)
    return folder / "record.jsonl"


def test_every_damage_of_a_finished_record_is_seen(tmp_path):
    path = make_record(tmp_path)
    Run(tmp_path).metrics(status="done", **seal_record(tmp_path))
    assert len(read_record(tmp_path, "row")) == 30
    all_refused([path], lambda _: read_record(tmp_path, "row"), seed=4)
    path.unlink()
    with pytest.raises(ValueError, match="record.jsonl is damaged"):
        read_record(tmp_path, "row")


def test_of_a_run_that_did_not_end_no_damage_gives_other_rows(tmp_path):
    path, dice = make_record(tmp_path), random.Random(5)
    whole, rows = path.read_bytes(), read_record(tmp_path, "row")
    seen = 0
    for _ in range(COUNT):
        path.write_bytes(damaged(whole, dice))
        with contextlib.suppress(ValueError):
            found = read_record(tmp_path, "row")
            assert found == rows[: len(found)]
            seen += 1
    assert seen < COUNT / 2  # cut off at the end, as a crash does


def same(first, second):
    return (first["pixels"] == second["pixels"]).all()


def make_trace(path):
    noise = np.random.default_rng(0)
    frame = lambda: {"pixels": noise.integers(0, 256, 50).astype(np.uint8)}  # noqa: E731
    writer = TraceWriter(path, {"seed": 0}, frame)
    for step in range(1, 21):
        writer.see({"step": step, "d_loss": 1 / step})
    return writer.close()


def test_every_damage_of_a_trace_is_seen(tmp_path):
    path = make_trace(tmp_path / "trace.npz")
    assert len(read_trace(path)) == 20
    all_refused([path], read_trace, seed=6)


def test_a_trace_of_an_earlier_version_is_read_and_its_damages_never_give_other_frames(tmp_path):
    path, dice = make_trace(tmp_path / "trace.npz"), random.Random(7)
    with np.load(path) as arrays:
        np.savez_compressed(tmp_path / "old.npz", **arrays)
    whole, frames = (tmp_path / "old.npz").read_bytes(), read_trace(path)
    for _ in range(COUNT):
        (tmp_path / "old.npz").write_bytes(damaged(whole, dice))
        with contextlib.suppress(ValueError):
            found = read_trace(tmp_path / "old.npz")
            assert found.rows == frames.rows
            assert all(map(same, map(found.frame, range(20)), map(frames.frame, range(20))))
