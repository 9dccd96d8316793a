"""What a block costs as measured, and whether several processes train the same (lesson 14)."""

import copy
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from msgan_lessons.base.checks import check_whole
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.family import build
from msgan_lessons.lessons.l14_efficiency.costs import Block, tracing
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline, repeated
from msgan_lessons.parallel.launching import can_fork, check_count, launched
from msgan_lessons.parallel.processes import Processes, check_shares
from msgan_lessons.training import Game


@dataclass(frozen=True)
class BlockCost:
    """One block: what the formulas say, and what was measured."""

    network: str  # 'G' or 'D'
    name: str  # of the block in its network
    resolution: int  # its scale
    predicted: dict[str, float]  # 'parameters', 'flops', 'backward_flops', 'kept', 'seconds'
    measured: dict[str, float]  # the same, counted and timed; 'step_seconds' (both ways)


def counted_flops(call: Callable[[], object]) -> int:
    """Floating-point operations of a call, as torch's counter has it: 2 for each multiply-add.

    Parameters
    ----------
    call : callable
        Without arguments; its convolutions and matrix products are counted.

    Examples
    --------
    >>> layer, x = nn.Conv2d(3, 8, 3, padding=1), torch.zeros(1, 3, 4, 4)
    >>> counted_flops(lambda: layer(x))  # 2 * 3 * 3 * 3 * 8 * 4 * 4
    6912
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def saved_tensor_sizes(network: nn.Module, *inputs: object) -> dict[str, int]:
    """Numbers that autograd keeps for backward, by block, parameters and buffers left out."""
    own = {x.untyped_storage().data_ptr() for x in (*network.parameters(), *network.buffers())}
    held, found = [], {}

    def pack(x: Tensor) -> Tensor:
        place = x.untyped_storage().data_ptr()
        if place not in own:
            own.add(place)
            name = "" if not blocks or blocks[-1].over else blocks[-1].name  # "": between blocks
            found[name] = found.get(name, 0) + x.numel()
        held.append(x)  # else another tensor might take its place
        return x

    with tracing(network) as blocks, saved_tensors_hooks(pack, lambda x: x):
        network(*inputs)
    return found


def predict_blocks(
    label: str, network: nn.Module, *inputs: object, roof: Roofline
) -> list[BlockCost]:
    """Say what the formulas say of each block; on torch's meta device nothing is computed."""
    with tracing(network) as blocks:
        network(*inputs)
    return [BlockCost(label, b.name, b.resolution, _predicted(b, roof), {}) for b in blocks]


def measure_blocks(
    label: str, network: nn.Module, *inputs: object, roof: Roofline, repeats: int = 30
) -> list[BlockCost]:
    """Set what the formulas say of each block beside what is counted and timed on it alone."""
    network = copy.deepcopy(network)
    kept = saved_tensor_sizes(network, *inputs)
    with tracing(network) as blocks:
        network(*inputs)
    return [
        BlockCost(label, b.name, b.resolution, _predicted(b, roof), _measured(b, kept, repeats))
        for b in blocks
    ]


def measure_pair(
    generator: nn.Module, discriminator: nn.Module, z: Tensor, *, roof: Roofline, repeats: int = 30
) -> list[BlockCost]:
    """Measure the blocks of G on latents, and those of D on the images that G draws from them.

    Parameters
    ----------
    generator, discriminator : nn.Module
        In training mode; copies of both are run.
    z : Tensor
        Shape (B, latent_dim).
    roof : Roof
        Of this machine, which predicts the time.
    repeats : int
        Timings of each block; the fastest counts, which is the least disturbed.
    """
    found = measure_blocks("G", generator, z, roof=roof, repeats=repeats)
    with torch.no_grad():
        fake = copy.deepcopy(generator)(z)
    return found + measure_blocks("D", discriminator, fake, roof=roof, repeats=repeats)


def _predicted(block: Block, roof: Roofline) -> dict[str, float]:
    """By formula; the time as the roof allows it, with every byte from the main memory."""
    found = {k: block.total(k) for k in ("parameters", "flops", "backward_flops", "kept")}
    return found | {"seconds": sum(roof.seconds(x.operations, x.moved) for x in block.layers)}


def _measured(block: Block, kept: dict[str, int], repeats: int) -> dict:
    """Count and time one block alone."""
    given = block.given.requires_grad_(block.layers[0].wants_input)
    wanted = [x for x in (given, *block.module.parameters()) if x.requires_grad]
    slope = torch.ones_like(block.module(given))

    def forward() -> Tensor:
        return block.module(given)

    def both() -> None:
        for x in wanted:
            x.grad = None  # else a sum would be timed too
        forward().backward(slope)

    def timed(call: Callable[[], object]) -> float:
        return min(repeated(call, repeats))

    flops = counted_flops(forward)
    return {
        "parameters": sum(p.numel() for p in block.module.parameters()),
        "flops": flops,
        "backward_flops": counted_flops(both) - flops,
        "kept": kept.get(block.name, 0),
        "seconds": timed(forward),
        "step_seconds": timed(both),
    }


SECONDS = 300.0  # for each start of several processes
NO_GPU = {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": ""}


@dataclass(frozen=True)
class ProcessComparison:
    """How far the parameters of a training in several processes are from those in one."""

    # largest difference of a parameter, in double precision, so that what is left is rounding: in
    # single precision Adam and ReLU, which decide by the sign of numbers near 0, make more of it
    synced: float  # with batch norm over all processes
    local: float  # with batch norm over each process's own share
    seconds_one: float  # wall time in single precision, the first step left out
    seconds_many: float  # the same with one thread a process
    count: int  # processes
    steps: int  # the first included
    threads: int  # of the one process


def compare_processes(
    model: str = "dcgan", *, count: int = 2, steps: int = 5, batch_size: int = 32,
    resolution: int = 16, width: int = 8, seed: int = 0,
) -> ProcessComparison:  # fmt: skip
    """Train a small member of the family in one process and in several, and compare.

    Parameters
    ----------
    model : str
        Key in `family.MODELS`.
    count : int
        Processes, at least 2.
    steps : int
        D+G updates, at least 2.
    batch_size : int
        Real images in one update, of all processes together.
    resolution, width, seed : int
        As for `family.build` and `Streams`.

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
    check_whole(2, steps=steps)
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
