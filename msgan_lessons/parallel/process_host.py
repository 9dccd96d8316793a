"""What this machine lets several processes do: fork, compute, find each other (lesson 14)."""

import os
import socket
import sys

import torch

__all__ = ["can_fork", "check_count", "free_port", "has_no_gpu", "stay_here"]

MOST = 64  # processes of one machine


def can_fork() -> bool:
    """Tell whether a process that has used torch, such as a notebook's, can become several.

    Returns
    -------
    bool
        False where there is a GPU, whose threads do not survive a fork, and outside Linux.
    """
    return sys.platform == "linux" and not torch.cuda.is_available()


def check_count(count: object) -> None:
    """Refuse a number of processes that is not one.

    Parameters
    ----------
    count : object
        What was given.

    Raises
    ------
    ValueError
        If it is not an int from 2 to 64.
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= MOST:
        raise ValueError(f"count must be an int from 2 to {MOST}, got {count!r}.")


def free_port() -> int:
    """Return a port of this machine that nobody listens on.

    Returns
    -------
    int
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_no_gpu() -> bool:
    """Tell whether several processes compute on the CPU.

    Returns
    -------
    bool
        Where ACCELERATE_USE_CPU asks for it, where there is no GPU, and where it is Apple's, whose
        processes cannot talk to each other.
    """
    gpu = torch.accelerator.current_accelerator(check_available=True)
    asked = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
    return asked or gpu is None or gpu.type == "mps"


def stay_here() -> None:
    """Let processes of one machine talk within it, whatever it is called in its network."""
    loopback = [name for _, name in socket.if_nameindex() if name.startswith("lo")]
    if loopback:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback[0])
