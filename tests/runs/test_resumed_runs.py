"""`msgan run --resume` as a user meets it: killed runs, finished ones, four at once."""

import contextlib
import json
import os
import random
import shutil
import signal

import pytest
import torch
from made_runs import said, start, wait_until
from tiny_lessons import write_lesson

from msgan_lessons.base import keeping
from msgan_lessons.base.record import Run, read_record
from msgan_lessons.runs.folder import Slot, used_slots

PARAMETERS = """\
preset: str = "auto"  # how much to compute
steps: int = 40  # updates
seed: int = 0  # of all streams
loss: str = "hinge"  # a name in losses.LOSSES"""
TRAIN = """\
import copy, hashlib, torch
from msgan_lessons import family, training
from msgan_lessons.base.record import current_run
from msgan_lessons.base.streams import Streams
streams = Streams(seed)
streams.seed_weights()
pair = family.msggan(resolution=16, width=4).with_(batch_size=16, loss=loss)
def batches():
    while True:
        yield torch.randn(16, 1, 16, 16, generator=streams["data"]).clamp(-1, 1)
for row in training.train(pair.generator, pair.discriminator, batches(), pair.config,
                          steps=steps, streams=streams, device="cpu", run=current_run()):
    current_run().row({k: v for k, v in row.items() if k != "seconds"})
weights = b"".join(v.numpy().tobytes() for v in pair.generator.state_dict().values())
current_run().metrics(weights=hashlib.sha256(weights).hexdigest(), seed_seen=seed)"""


SHORT = """\
from msgan_lessons.base.record import current_run
for step in range(1, steps + 1):
    current_run().row({"step": step})
current_run().metrics(seed_seen=seed)"""


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    place = tmp_path_factory.mktemp("lessons")
    write_lesson(place, "01_train", TRAIN, parameters=PARAMETERS)
    write_lesson(place, "02_short", SHORT, parameters=PARAMETERS)
    return place


ENVIRONMENT = {"MSGAN_KEEP_SECONDS": "0", "OMP_NUM_THREADS": "1"}


def told(out, *arguments, lesson="1"):
    return ["run", lesson, "--preset", "smoke", "--out", out, *arguments]


def run(notebooks, out, *arguments):
    status, _, errors = said(notebooks, *told(out, *arguments), **ENVIRONMENT)
    return errors, status


def left_by(folder):
    """What a finished run holds of its training."""
    metrics = json.loads((folder / "metrics.json").read_text())
    return metrics["status"], metrics["weights"], read_record(folder, "row")


def trained(out):
    """Steps that the unfinished run has kept."""
    for left in Slot(out, "01_train").unfinished():
        with contextlib.suppress(TypeError, FileNotFoundError):
            return keeping.read_index(left / "checkpoint/training_01")["last"]["step"]
    return 0


@pytest.fixture(scope="module")
def whole(notebooks, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    assert run(notebooks, out)[1] == 0
    return out


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_run_that_is_killed_twice_ends_as_one_that_was_not(notebooks, whole, tmp_path):
    chance = random.Random(0)
    for _ in range(2):
        process = start(notebooks, *told(tmp_path, "--resume"), **ENVIRONMENT)
        before = trained(tmp_path)
        assert wait_until(lambda old=before: trained(tmp_path) > old + chance.randint(1, 8))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (tmp_path / "01_train").exists()
    message, status = run(notebooks, tmp_path, "--resume")
    assert (status, "finished in" in message) == (0, True)
    assert left_by(tmp_path / "01_train") == left_by(whole / "01_train")
    assert [s.name for s in used_slots(tmp_path, "01_train")] == ["01_train"]
    assert Slot(tmp_path, "01_train").unfinished() == []


def test_a_finished_run_is_left_as_it_is_and_other_parameters_are_refused(notebooks, whole):
    before = (whole / "01_train/metrics.json").stat()
    message, status = run(notebooks, whole, "--resume")
    assert (status, "finished already, and left as it is" in message) == (0, True)
    message, status = run(notebooks, whole, "--resume", "-p", "loss=wgan")
    sentence = message.strip().splitlines()[-1]
    assert status == 2
    assert sentence.startswith("msgan: ")
    assert "cannot be resumed: loss was 'hinge', asked for 'wgan'; ask for the same" in sentence
    assert (whole / "01_train/metrics.json").stat().st_mtime_ns == before.st_mtime_ns


def test_a_damaged_checkpoint_is_refused_and_left_as_it_is(notebooks, whole, tmp_path):
    place = Slot(tmp_path, "01_train").new_partial()
    shutil.copytree(whole / "01_train", place, dirs_exist_ok=True)
    path = next(place.glob("checkpoint/training_01/step_*/g_optimizer.safetensors"))
    path.write_bytes(path.read_bytes()[:-1])
    message, status = run(notebooks, tmp_path, "--resume")
    assert (status, "g_optimizer.safetensors is damaged: its sha256 is not" in message) == (2, True)
    assert place.exists()


def test_four_runs_at_once_into_one_folder_lose_and_mix_nothing(notebooks, tmp_path):
    calls = [told(tmp_path, "-p", f"seed={k}", "-p", "steps=3", lesson="2") for k in range(4)]
    processes = [start(notebooks, *call, **ENVIRONMENT) for call in calls]
    ends = [(p.communicate(timeout=400)[1], p.returncode) for p in processes]
    assert [status for _, status in ends] == [0] * 4
    folders, seeds = [slot.final for slot in used_slots(tmp_path, "02_short")], set()
    for folder in folders:
        params = json.loads((folder / "params.json").read_text())["parameters"]
        metrics = json.loads((folder / "metrics.json").read_text())
        assert params["seed"] == metrics["seed_seen"]
        assert [row["step"] for row in read_record(folder, "row")] == [1, 2, 3]
        seeds.add(params["seed"])
    assert (len(folders), seeds) == (4, set(range(4)))
    page = (tmp_path / "index.html").read_text()
    assert all(f'id="{folder.name}"' in page for folder in folders)


def test_a_place_that_is_held_is_not_given_twice(tmp_path):
    first, second = Slot(tmp_path, "01_train"), Slot(tmp_path, "01_train")
    assert first.take()
    assert not second.take()
    first.free()
    assert second.take()
    second.free()


def test_what_was_seen_in_a_training_is_seen_again(tmp_path):
    ones, zeros = ({"images": make(2)} for make in (torch.ones, torch.zeros))
    assert torch.equal(Run(tmp_path).once("film_3", lambda: ones)["images"], ones["images"])
    assert torch.equal(Run(tmp_path).once("film_3", lambda: zeros)["images"], ones["images"])
    assert Run().once("film_3", lambda: zeros) == zeros
