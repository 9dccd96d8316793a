"""A small training in a process of its own that can be killed at any of its file operations."""

import copy
import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import torch

from msgan_lessons import family, training
from msgan_lessons.base.record import Run
from msgan_lessons.base.streams import Streams

OPERATIONS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree")
CONFIG = {"batch_size": 4, "growth_images": 12, "r1_gamma": 0.1, "reg_interval": 2, "d_steps": 2}


def batches(stream):
    while True:
        yield torch.randn(4, 1, 8, 8, generator=stream).clamp(-1, 1)


def play(folder, steps=12, **changes):
    """Train a growing pair in a run's folder; return a digest of all that came out."""
    streams = Streams(3)
    streams.seed_weights()
    pair = family.progan(resolution=8, width=2, latent_dim=4).with_(**{**CONFIG, **changes})
    average = copy.deepcopy(pair.generator)
    rows = training.train(
        pair.generator, pair.discriminator, batches(streams["data"]), pair.config, steps=steps,
        generator_ema=average, streams=streams, device="cpu", run=Run(folder),
    )  # fmt: skip
    numbers = [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
    return digest(numbers, pair.generator, pair.discriminator, average)


def digest(numbers, *networks):
    found = hashlib.sha256(json.dumps(numbers).encode())
    for network in networks:
        for tensor in network.state_dict().values():
            found.update(tensor.contiguous().numpy().tobytes())
    return found.hexdigest()


def in_a_child(folder, kill_at=0, counted=None, **changes):
    """Play in a forked process that is killed at its n-th file operation; its digest, or None.

    With `counted` the number of operations is written to that file.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            count = _kill_at(kill_at, str(folder))
            os.write(writing, play(folder, **changes).encode())
            if counted:
                counted.write_text(str(-count[0]))
        except BaseException as error:
            os.write(writing, f"error: {error}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert said or os.WTERMSIG(status) == signal.SIGKILL
    assert not said.startswith("error"), said
    return said or None


def _kill_at(count, folder):
    left = [count]  # goes on below 0 where nothing is to be killed

    def hook(event, arguments):
        if event in OPERATIONS and any(folder in str(a) for a in arguments):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return left


def checkpoint_of(folder):
    return Path(folder) / "checkpoint" / "training_01"
