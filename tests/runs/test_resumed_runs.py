"""`msgan run --resume` as a user meets it: killed runs, finished ones, eight at once."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from tiny_lessons import write_lesson

from msgan_lessons.base import keeping
from msgan_lessons.base.record import Run, read_record
from msgan_lessons.runs.folder import Slot, used_slots

MSGAN = [sys.executable, "-m", "msgan_lessons"]
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


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    place = tmp_path_factory.mktemp("lessons")
    write_lesson(place, "01_train", TRAIN, parameters=PARAMETERS)
    return place


def environment(notebooks):
    own = {"MSGAN_NOTEBOOKS": str(notebooks), "MSGAN_KEEP_SECONDS": "0", "OMP_NUM_THREADS": "1"}
    return {**os.environ, **own}


def start(notebooks, out, *arguments):
    command = [*MSGAN, "run", "1", "--preset", "smoke", "--out", str(out), *arguments]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment(notebooks), **pipes)


def run(notebooks, out, *arguments):
    process = start(notebooks, out, *arguments)
    return process.communicate(timeout=300)[1], process.returncode


def left_by(folder):
    """What a finished run holds of its training."""
    metrics = json.loads((folder / "metrics.json").read_text())
    return metrics["status"], metrics["weights"], read_record(folder, "row")


@pytest.fixture(scope="module")
def whole(notebooks, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole")
    assert run(notebooks, out)[1] == 0
    return out


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_run_that_is_killed_twice_ends_as_one_that_was_not(notebooks, whole, tmp_path):
    chance = random.Random(0)
    for _ in range(2):
        process = start(notebooks, tmp_path, "--resume")
        before = trained(tmp_path)
        wait_until(lambda old=before: trained(tmp_path) > old + chance.randint(1, 8))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (tmp_path / "01_train").exists()
    message, status = run(notebooks, tmp_path, "--resume")
    assert (status, "finished in" in message) == (0, True)
    assert left_by(tmp_path / "01_train") == left_by(whole / "01_train")
    assert [s.name for s in used_slots(tmp_path, "01_train")] == ["01_train"]
    assert Slot(tmp_path, "01_train").unfinished() == []


def trained(out):
    """Steps that the unfinished run has kept."""
    for left in Slot(out, "01_train").unfinished():
        try:
            return keeping.read_index(left / "checkpoint/training_01")["last"]["step"]
        except (TypeError, FileNotFoundError):
            continue
    return 0


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_finished_run_is_left_as_it_is(notebooks, whole):
    before = (whole / "01_train/metrics.json").stat()
    message, status = run(notebooks, whole, "--resume")
    assert (status, "finished already, and left as it is" in message) == (0, True)
    assert (whole / "01_train/metrics.json").stat().st_mtime_ns == before.st_mtime_ns


def test_other_parameters_are_refused_in_one_sentence(notebooks, whole):
    message, status = run(notebooks, whole, "--resume", "-p", "loss=wgan")
    sentence = message.strip().splitlines()[-1]
    assert status == 2
    assert sentence.startswith("msgan: ")
    assert "cannot be resumed: loss was 'hinge', asked for 'wgan'; ask for the same" in sentence
    assert left_by(whole / "01_train")[0] == "done"


def test_a_damaged_checkpoint_is_refused_and_left_as_it_is(notebooks, whole, tmp_path):
    place = Slot(tmp_path, "01_train").new_partial()
    subprocess.run(["cp", "-r", whole / "01_train", place], check=True)
    path = next(place.glob("checkpoint/training_01/step_*/g_optimizer.safetensors"))
    path.write_bytes(path.read_bytes()[:-1])
    message, status = run(notebooks, tmp_path, "--resume")
    assert (status, "g_optimizer.safetensors is damaged: its sha256 is not" in message) == (2, True)
    assert place.exists()


def test_eight_runs_at_once_into_one_folder_lose_and_mix_nothing(notebooks, tmp_path):
    processes = [start(notebooks, tmp_path, "-p", f"seed={k}", "-p", "steps=3") for k in range(8)]
    ends = [(p.communicate(timeout=400)[1], p.returncode) for p in processes]
    assert [status for _, status in ends] == [0] * 8
    folders = [slot.final for slot in used_slots(tmp_path, "01_train")]
    assert len(folders) == 8
    seeds = set()
    for folder in folders:
        params = json.loads((folder / "params.json").read_text())["parameters"]
        metrics = json.loads((folder / "metrics.json").read_text())
        assert params["seed"] == metrics["seed_seen"]
        assert [row["step"] for row in read_record(folder, "row")] == [1, 2, 3]
        assert keeping.verify(folder) == 1
        seeds.add(params["seed"])
    assert seeds == set(range(8))
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
    import torch

    ones, zeros = ({"images": make(2)} for make in (torch.ones, torch.zeros))
    assert torch.equal(Run(tmp_path).once("film_3", lambda: ones)["images"], ones["images"])
    assert torch.equal(Run(tmp_path).once("film_3", lambda: zeros)["images"], ones["images"])
    assert Run().once("film_3", lambda: zeros) == zeros
