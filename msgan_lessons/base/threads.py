"""How many threads a kernel trains with: all cores, or one fewer where something else runs."""

import os

__all__ = ["busy_cores", "training_threads", "usable_cores"]


def usable_cores() -> int:
    """Return how many processor cores this process may use.

    Returns
    -------
    int
        At least 1; fewer than the machine has where the process is confined.
    """
    confined = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if confined else os.cpu_count() or 1


def busy_cores(seconds: float = 0.5) -> float:
    """Measure how many cores the machine keeps busy just now.

    Parameters
    ----------
    seconds : float
        How long to look, > 0.

    Returns
    -------
    float
        From 0 to the number of cores.
    """
    import psutil  # here alone: `msgan doctor` must run where it is missing

    return psutil.cpu_percent(interval=seconds) / 100 * (os.cpu_count() or 1)


def training_threads() -> dict[str, str]:
    """Return the environment that gives a kernel as many threads as serve it.

    torch's threads spin while they wait for each other. Alone on a machine, all cores are best;
    beside one busy process, two threads on two cores are slower than one (`make bench`).

    Returns
    -------
    dict
        OMP_NUM_THREADS: the usable cores, or one less where a quarter of a core is busy already.
    """
    cores = usable_cores()
    return {"OMP_NUM_THREADS": str(max(1, cores - (busy_cores() > 0.25)))}
