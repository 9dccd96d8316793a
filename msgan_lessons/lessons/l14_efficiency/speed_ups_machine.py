"""Before and after, outside the networks: threads, a busy neighbour, a compiler (lesson 14)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from msgan_lessons.base.places import usable_cores
from msgan_lessons.family import Model
from msgan_lessons.lessons.l14_efficiency.speed_ups import fresh_game
from msgan_lessons.lessons.l14_efficiency.stopwatch import Step, seconds_a_call, take_turns

__all__ = ["busy_neighbour", "compare_compiled", "compare_threads", "compiled", "threads"]

COMPILERS = ("g++", "c++", "clang++")


def threads(model: Model, batch: Tensor, counts: Sequence[int]) -> dict[str, Step]:
    """Steps with several numbers of threads.

    Parameters
    ----------
    model, batch
        As for `layouts`.
    counts : sequence of int
        Threads; the number before is set again after each step.

    Returns
    -------
    dict
        The number, as text, to a step.
    """
    game = fresh_game(model, batch)
    return {str(n): _with_threads(game.step, n) for n in counts}


@contextmanager
def busy_neighbour() -> Iterator[None]:
    """Keep one core busy with a process that does nothing, as a browser that draws would."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        time.sleep(0.2)  # until it runs
        yield
    finally:
        process.kill()
        process.wait()


def compiled(model: Model, batch: Tensor) -> tuple[dict[str, Step], float]:
    """Steps as they are, and with both networks compiled by `torch.compile`.

    Parameters
    ----------
    model, batch
        As for `layouts`.

    Returns
    -------
    tuple
        'eager' and 'compiled', and the seconds that the first compiled step took.

    Raises
    ------
    OSError
        If this machine has no C++ compiler, which torch's own compiler calls.
    """
    if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), *COMPILERS) if name):
        raise OSError(f"torch.compile needs a C++ compiler, found none of {', '.join(COMPILERS)}.")
    eager, fast = fresh_game(model, batch), fresh_game(model, batch)
    for network in (fast.generator, fast.discriminator):
        network.compile()
    return {"eager": eager.step, "compiled": fast.step}, seconds_a_call(fast.step, 1)


def compare_threads(
    model: Model, batch: Tensor, rounds: int = 3
) -> dict[str, dict[str, list[float]]]:
    """Time steps with one thread and with one a core, alone and beside a busy process.

    Parameters
    ----------
    model, batch
        As for `speed_ups.layouts`.
    rounds : int
        Turns of each, of one step: beside a busy process it may be long.

    Returns
    -------
    dict
        What was changed to seconds with one thread and with many, as `take_turns` gives them;
        where the process may use one core alone, two threads share it.
    """
    many = max(2, usable_cores())
    steps, name = threads(model, batch, (1, many)), f"{many} threads for 1"
    found = {name: take_turns(steps, rounds=rounds, calls=1)}
    with busy_neighbour():
        found[f"{name}, beside a busy process"] = take_turns(steps, rounds=rounds, calls=1)
    return found


def compare_compiled(
    compiler: str, model: Model, batch: Tensor, **turns: int
) -> dict[str, dict[str, list[float]]]:
    """Time steps as they are and compiled; say how long the first compiled step took.

    Parameters
    ----------
    compiler : str
        'inductor', or 'none': then nothing is done.
    model, batch
        As for `speed_ups.layouts`.
    **turns
        'rounds' and 'calls' of `stopwatch.take_turns`.

    Returns
    -------
    dict
        One change; nothing where it was not asked for, or where there is no C++ compiler, which
        is said in one sentence.
    """
    if compiler == "none":
        return {}
    try:
        steps, first = compiled(model, batch)
    except OSError as error:
        print(error)
        return {}
    print(f"the first compiled step took {first:.0f} s")
    return {"compiled for eager": take_turns(steps, **turns)}


def _with_threads(step: Step, count: int) -> Step:
    def call() -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(count)
        step()
        torch.set_num_threads(before)

    return call
