"""How many points of a sweep this machine runs at once, and with how many threads each."""

import os
from collections.abc import Sequence

import psutil
import torch

from msgan_lessons.base.places import usable_cores

__all__ = ["default_workers", "threads_of_each", "usable_gpus"]

MEMORY = 2 * 2**30  # bytes that one lesson needs, with room to spare


def default_workers(n_points: int, gpus: Sequence[str] = ()) -> int:
    """Return how many points this machine runs at once where nobody says it.

    Parameters
    ----------
    n_points : int
        Points to run.
    gpus : sequence of str
        As from `usable_gpus`; each gets one point at a time.

    Returns
    -------
    int
        As many as there are GPUs or else cores, memory permitting, and no more than points.
    """
    memory = psutil.virtual_memory().available // MEMORY
    return max(1, min(n_points, len(gpus) or usable_cores(), memory))


def usable_gpus() -> tuple[str, ...]:
    """Return the names of this machine's GPUs, as CUDA_VISIBLE_DEVICES takes them.

    Returns
    -------
    tuple of str
        Those in CUDA_VISIBLE_DEVICES where that is set; empty where there is none.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = given.split(",") if given else map(str, range(count))
    return tuple(names)[:count]


def threads_of_each(n_workers: int) -> int:
    """Return how many threads each point trains with, so that none fights for a core.

    Parameters
    ----------
    n_workers : int
        Points that this machine runs at once, at least 1.

    Returns
    -------
    int
        OMP_NUM_THREADS where the user has set it; else the usable cores, shared out, at least 1.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    users = int(asked) if asked.isdecimal() else 0
    return users or max(1, usable_cores() // n_workers)
