"""Is a training in several processes the same training? Measured (lesson 14_efficiency)."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.family import build
from msgan_lessons.parallel.launching import can_fork, check_count, launched
from msgan_lessons.parallel.processes import Processes, check_shares
from msgan_lessons.training import Game

__all__ = ["ProcessComparison", "compare_processes"]

SECONDS = 300.0  # for each start of several processes
NO_GPU = {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": ""}


@dataclass(frozen=True)
class ProcessComparison:
    """How far the parameters of a training in several processes are from those in one.

    Parameters
    ----------
    synced : float
        Largest absolute difference of a parameter of G or D, with batch norm over all processes,
        in double precision: what is left is rounding. In single precision Adam and ReLU make more
        of it, since both decide by the sign of numbers that may be near 0.
    local : float
        The same, with batch norm over each process's own share.
    seconds_one, seconds_many : float
        Wall time of the steps in one process, and in several (batch norm over all of them) with
        one thread each, in single precision; the first step, which sets up memory and
        connections, is left out.
    count, steps, threads : int
        Processes; steps, the first included; threads of the one process.
    """

    synced: float
    local: float
    seconds_one: float
    seconds_many: float
    count: int
    steps: int
    threads: int


def compare_processes(
    model: str = "dcgan", *, count: int = 2, steps: int = 5, batch_size: int = 32,
    resolution: int = 16, width: int = 8, seed: int = 0,
) -> ProcessComparison:  # fmt: skip
    """Train a small member of the family in one process and in several, and compare.

    Parameters
    ----------
    model : str
        Key in `presets.MODELS`.
    count : int
        Processes, at least 2.
    steps : int
        D+G updates, at least 2.
    batch_size : int
        Real images in one update, of all processes together.
    resolution, width, seed : int
        As for `presets.build` and `Streams`.

    Returns
    -------
    ProcessComparison

    Raises
    ------
    ValueError
        If an argument is out of range or the batch cannot be shared.
    RuntimeError, TimeoutError
        If one of the processes failed, or all of them together took more than five minutes.

    Examples
    --------
    >>> found = compare_processes("dcgan", steps=2, batch_size=8)  # doctest: +SKIP
    >>> found.synced < 1e-9 < found.local  # doctest: +SKIP
    True
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 2:
        raise ValueError(f"steps must be an int of at least 2, got {steps!r}.")
    check_count(count)
    judge = build(model, resolution=resolution, width=width).discriminator
    check_shares(judge, batch_size, count)  # refused here, not in the processes
    game = {"model": model, "resolution": resolution, "width": width, "seed": seed}
    task = {**game, "steps": steps, "batch_size": batch_size}
    seconds_one, threads = _play({**task, "precise": False})[1], torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = _play({**task, "precise": True})[0]
    finally:
        torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:  # last: the forks inherit what is loaded by now
        played = {
            name: _play_together({**task, **kind}, count, Path(folder) / f"{name}.safetensors")
            for name, kind in _KINDS.items()
        }
    synced, local = (_distance(whole, played[name][0]) for name in ("synced", "local"))
    return ProcessComparison(synced, local, seconds_one, played["timed"][1], count, steps, threads)


_KINDS = {
    "synced": {"precise": True},
    "local": {"precise": True, "local_batch_norm": True},
    "timed": {"precise": False},
}


def _play_together(task: dict, count: int, path: Path) -> tuple[dict[str, Tensor], float]:
    """Play a task in several processes; where this one cannot be forked, in fresh ones."""
    task = {**task, "path": str(path)}
    if can_fork():
        launched(_play_share, task, count=count, seconds=SECONDS)
    else:
        _launch_fresh(task, count)
    tensors = load_file(path)
    return tensors, tensors.pop("seconds").item()


def _launch_fresh(task: dict, count: int) -> None:
    """The same through torch's own launcher: slower to start, but nothing is inherited."""
    python = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = [*python, f"--nproc-per-node={count}", "-m", __name__, json.dumps(task)]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    launcher = subprocess.Popen(command, env={**os.environ, **NO_GPU}, **pipes)
    try:
        said = launcher.communicate(timeout=SECONDS)[1]
    except subprocess.TimeoutExpired:
        for process in (*psutil.Process(launcher.pid).children(recursive=True), launcher):
            process.kill()
        raise TimeoutError(f"{count} processes were ended after {SECONDS:g} s.") from None
    if launcher.returncode:
        lines = [line for line in said.splitlines() if "Error: " in line]
        raise RuntimeError((lines or [f"the launcher ended with {launcher.returncode}."])[0])


def _play_share(task: dict) -> None:
    """What each of the processes does; process 0 keeps the result."""
    processes = Processes(cpu=True, local_batch_norm=task.get("local_batch_norm", False))
    weights, seconds = _play(task, processes)
    if processes.is_main:
        save_file({**weights, "seconds": torch.tensor(seconds)}, task["path"])
    processes.wait()


def _play(task: dict, processes: Processes | None = None) -> tuple[dict[str, Tensor], float]:
    """Play the steps; the parameters of both players, and the seconds after the first step."""
    dtype = torch.float64 if task["precise"] else torch.float32
    streams = Streams(task["seed"])
    with torch.random.fork_rng(devices=[]):
        streams.seed_weights()
        pair = build(task["model"], resolution=task["resolution"], width=task["width"])
    players = {"G": pair.generator.to(dtype), "D": pair.discriminator.to(dtype)}
    data = open_images("fashion_mnist", resolution=task["resolution"], split="test")
    batches = data.batches(task["batch_size"], streams["data"])
    config = pair.with_(batch_size=task["batch_size"]).config
    real = (images.to(dtype) for images in batches)
    game = Game(*players.values(), real, config, streams=streams, device="cpu", processes=processes)
    game.step()
    start = time.perf_counter()
    for _ in range(task["steps"] - 1):
        game.step()
    seconds = time.perf_counter() - start
    named = [(f"{n}.{k}", w) for n, net in players.items() for k, w in net.named_parameters()]
    return {name: weight.detach().contiguous() for name, weight in named}, seconds


def _distance(first: dict[str, Tensor], second: dict[str, Tensor]) -> float:
    return max((first[name] - second[name]).abs().max().item() for name in first)


if __name__ == "__main__":
    _play_share(json.loads(sys.argv[1]))
