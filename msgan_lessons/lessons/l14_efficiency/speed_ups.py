"""Before and after: what makes a step faster on this machine (lesson 14_efficiency)."""

import copy
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from msgan_lessons.base.checks import check_positive
from msgan_lessons.base.places import usable_cores
from msgan_lessons.base.streams import Streams
from msgan_lessons.family import Model, build
from msgan_lessons.lessons.l14_efficiency.costs import predict_step
from msgan_lessons.lessons.l14_efficiency.roofline import (
    Roofline,
    Step,
    seconds_a_call,
    time_interleaved,
)
from msgan_lessons.pyramid import box_downsample
from msgan_lessons.training import Game


def amdahl(share: float, factor: float) -> float:
    """Formula (43), Amdahl's law: a share p of the time gets f times faster."""
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, got {share!r}.")
    check_positive(factor=factor)
    return 1 / ((1 - share) + share / factor)


def lazy_factor(cost: float, interval: int) -> float:
    """Formula (43): mean cost 1 + c / k of a step with a penalty every k (Karras 2020, 2.2)."""
    if interval < 1:
        raise ValueError(f"interval must be an int of at least 1, got {interval!r}.")
    return 1 + cost / interval


def layouts(model: Model, batch: Tensor) -> dict[str, Step]:
    """Steps with images in memory channel by channel, and with the channels of a pixel together."""
    plain, last = benchmark_game(model, batch), benchmark_game(model, batch)
    for network in (plain.generator, plain.discriminator):
        network.to(memory_format=torch.contiguous_format)
    return {"contiguous": plain.step, "channels_last": last.step}


def precisions(model: Model, batch: Tensor) -> dict[str, Step]:
    """Steps in float32, and with autocast to bfloat16 (8 bits of precision, the same range)."""
    full, half = benchmark_game(model, batch), benchmark_game(model, batch)
    full.dtype, half.dtype = torch.float32, torch.bfloat16
    return {"float32": full.step, "bfloat16": half.step}


def compare_formats(model: Model, batch: Tensor, **turns: int) -> dict[str, dict[str, list[float]]]:
    """Time steps before and after a change of memory layout, and of precision.

    Parameters
    ----------
    model : Model
        Copies of its networks play.
    batch : Tensor
        Real images (B, C, R, R); precision is compared on eight of them, because bfloat16 may be
        slow.
    **turns
        'rounds' and 'calls' of `time_interleaved`, which gives the rounds of each change.
    """
    pairs = {
        "channels_last for contiguous": layouts(model, batch),
        "bfloat16 for float32": precisions(model, batch[:8]),
    }
    return {name: time_interleaved(pair, **turns) for name, pair in pairs.items()}


def benchmark_game(model: Model, batch: Tensor) -> Game:
    """Make a game of copies that meets one batch again and again, to be timed.

    Parameters
    ----------
    model : Model
        Its own networks are not touched.
    batch : Tensor
        Real images (B, C, R, R).
    """
    players = copy.deepcopy((model.generator, model.discriminator))
    config = model.config.with_(batch_size=len(batch))
    return Game(*players, iter(lambda: batch, None), config)


COMPILERS = ("g++", "c++", "clang++")


def threads(model: Model, batch: Tensor, counts: Sequence[int]) -> dict[str, Step]:
    """Steps with several numbers of threads; the number before is set again after each."""
    game = benchmark_game(model, batch)
    return {str(n): _with_threads(game.step, n) for n in counts}


@contextmanager
def background_load() -> Iterator[None]:
    """Keep one core busy with a process that does nothing, as a browser that draws would."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.2)  # until it runs
        yield
    finally:
        process.kill()
        process.wait()


def compiled(model: Model, batch: Tensor) -> tuple[dict[str, Step], float]:
    """Steps as they are and by `torch.compile`, and the seconds of the first compiled step."""
    if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), *COMPILERS) if name):
        raise OSError(f"torch.compile needs a C++ compiler, found none of {', '.join(COMPILERS)}.")
    eager, fast = benchmark_game(model, batch), benchmark_game(model, batch)
    for network in (fast.generator, fast.discriminator):
        network.compile()
    return {"eager": eager.step, "compiled": fast.step}, seconds_a_call(fast.step, 1)


def compare_threads(
    model: Model, batch: Tensor, rounds: int = 3
) -> dict[str, dict[str, list[float]]]:
    """Time steps with one thread and with one a core, alone and beside a busy process.

    Where the process may use one core alone, two threads share it.

    Parameters
    ----------
    model, batch
        As for `compare_formats`.
    rounds : int
        Turns of each, of one step: beside a busy process it may be long.
    """
    many = max(2, usable_cores())
    steps, name = threads(model, batch, (1, many)), f"{many} threads for 1"
    found = {name: time_interleaved(steps, rounds=rounds, calls=1)}
    with background_load():
        found[f"{name}, beside a busy process"] = time_interleaved(steps, rounds=rounds, calls=1)
    return found


def compare_compiled(
    compiler: str, model: Model, batch: Tensor, **turns: int
) -> dict[str, dict[str, list[float]]]:
    """Time steps as they are and compiled; say how long the first compiled step took.

    Where there is no C++ compiler, that is said in one sentence, and nothing is timed.

    Parameters
    ----------
    compiler : str
        'inductor', or 'none': then nothing is done.
    model, batch, **turns
        As for `compare_formats`.
    """
    if compiler == "none":
        return {}
    try:
        steps, first = compiled(model, batch)
    except OSError as error:
        print(error)
        return {}
    print(f"the first compiled step took {first:.0f} s")
    return {"compiled for eager": time_interleaved(steps, **turns)}


def _with_threads(step: Step, count: int) -> Step:
    def call() -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        step()
        torch.set_num_threads(before)

    return call


def batch_sizes(model: Model, images: Tensor, sizes: Sequence[int]) -> dict[str, Step]:
    """Steps with batches of several sizes, by the size as text.

    Parameters
    ----------
    model : Model
        Copies of its networks play.
    images : Tensor
        Real images (N, C, R, R), at least as many as the largest batch.
    sizes : sequence of int
        Images a batch.

    Raises
    ------
    ValueError
        If there are fewer images than the largest batch takes.
    """
    if max(sizes) > len(images):
        raise ValueError(f"images must hold at least {max(sizes)}, got {len(images)}.")
    return {str(n): benchmark_game(model, images[:n]).step for n in sizes}


def lazy_r1_steps(model: Model, batch: Tensor, intervals: Sequence[int]) -> dict[str, Step]:
    """Rows of steps without R1, and with R1 every k steps: as many steps in a row as the largest k.

    Parameters
    ----------
    model, batch
        As for `compare_formats`.
    intervals : sequence of int
        Values of k, each a divisor of the largest; 'none' and each k, as text, become a callable
        that plays a whole row.

    Raises
    ------
    ValueError
        If a k does not divide the largest.
    """
    longest = max(intervals)
    if odd := [k for k in intervals if longest % k]:
        raise ValueError(f"intervals must divide the largest, {longest}, got {odd[0]}.")
    never = {"none": benchmark_game(model, batch)}
    games = never | {
        str(k): benchmark_game(model.with_(r1_gamma=1.0, reg_interval=k), batch) for k in intervals
    }
    return {name: _row(game, longest) for name, game in games.items()}


def contestants_by_scale(
    model: str, resolution: int, width: int, batch_size: int, seed: int
) -> dict[str, Model]:
    """Build a model with two scales fewer, with one fewer, with all; and with two other batches.

    Parameters
    ----------
    model : str
        Key in `family.MODELS`.
    resolution, width : int
        As for `family.build`; scales below 8x8 are left out.
    batch_size : int
        Real images in one update of D; the other two take a quarter and four times as many.
    seed : int
        Of the weights.

    Examples
    --------
    >>> list(contestants_by_scale("dcgan", 16, 1, 8, 0))
    ['8x8, batch 8', '16x16, batch 8', '16x16, batch 2', '16x16, batch 32']
    """
    kinds = [(resolution // 4, 4), (resolution // 2, 4), *((resolution, n) for n in (4, 1, 16))]
    found = {}
    for size, quarters in kinds:
        if size >= 8:
            Streams(seed).seed_weights()
            images = max(2, quarters * batch_size // 4)
            pair = build(model, resolution=size, width=width).with_(batch_size=images)
            found[f"{size}x{size}, batch {images}"] = pair
    return found


def shortest_steps(models: Mapping[str, Model], images: Tensor, roof: Roofline) -> dict[str, float]:
    """Predict the shortest time of a step, in seconds: all its operations at the machine's peak.

    Parameters
    ----------
    models : mapping
        Name to model.
    images : Tensor
        Some real images (N, C, R, R), of at least the resolution of each model; operations grow
        with the batch as a straight line.
    roof : Roof
        Of this machine.
    """
    found = {}
    for name, model in models.items():
        batch = images
        while batch.shape[-1] > model.arguments["resolution"]:
            batch = box_downsample(batch)
        an_image = predict_step(model, batch).step / len(batch)
        found[name] = model.config.batch_size * an_image / roof.peak
    return found


def _row(game: Game, count: int) -> Step:
    return lambda: [game.step() for _ in range(count)]
