"""A sweep: every point of a grid on a worker of Dask; the only module that imports Dask."""

import logging
import queue
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask
from distributed import CancelledError, Client, Future, KilledWorker, LocalCluster, get_worker
from distributed.comm import get_address_host

from msgan_lessons.base.places import usable_cores
from msgan_lessons.runs.grid import Point
from msgan_lessons.runs.lessons import choose_lessons, find_lessons
from msgan_lessons.runs.plan import Request
from msgan_lessons.runs.point import PointFailedError, run_point

__all__ = ["PointResult", "cluster", "sweep"]

CONNECT_SECONDS = 10
BUSY_SECONDS = 120  # how long a worker of this machine may take to answer
GONE = "the connection to the scheduler was lost"
LOST = 3  # workers that a point may lose before it counts as failed
SETTINGS = {
    "distributed.scheduler.allowed-failures": LOST,
    "distributed.scheduler.worker-ttl": None,  # a machine that slept has lost nobody
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.limit": "1h",  # a busy machine is no news
    "distributed.comm.timeouts.connect": f"{BUSY_SECONDS}s",
    # Ctrl-C is for the sweep, which then closes its workers
    "distributed.worker.preload": ["import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"],
}
QUIET = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # else port 8787, or a warning


@dataclass(frozen=True)
class PointResult:
    """How one point ended.

    Parameters
    ----------
    name : str
        The point's folder.
    state : str
        'done', 'skipped' or 'failed'.
    seconds : float
        Wall time of the run that counts.
    cause : str
        Why it failed, in one sentence; else empty.
    """

    name: str
    state: str
    seconds: float = 0.0
    cause: str = ""


@contextmanager
def cluster(workers: int, scheduler: str = "") -> Iterator[Client]:
    """Start workers on this machine, or connect to a scheduler that has some.

    Parameters
    ----------
    workers : int
        Processes on this machine, at least 1; without a meaning where `scheduler` is given.
    scheduler : str
        Address of a scheduler of Dask, as in 'tcp://10.0.0.1:8786'; empty for this machine.

    Yields
    ------
    Client
        Connected. A local cluster listens on the loopback address and ends with the context.

    Raises
    ------
    ValueError
        If the scheduler's address has another form.
    ConnectionError
        If the scheduler cannot be reached within 10 s.
    """
    for name in ("distributed", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS):
        if scheduler:
            with _connect(scheduler) as client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                scheduler_kwargs=QUIET,
                memory_limit=None,  # the kernel has the memory, not the worker
                silence_logs=logging.CRITICAL,
            ) as local,
            Client(local, timeout=BUSY_SECONDS) as client,
        ):
            yield client


def sweep(
    client: Client,
    points: Mapping[str, Point],
    out: Path,
    *,
    threads: int = 0,
    gpus: Sequence[str] = (),
    waiting: Callable[[int], None] = lambda workers: None,
) -> Iterator[PointResult]:
    """Run points on the workers; yield each as it ends.

    A point whose lesson fails is tried once more, on any worker. A point whose worker is lost
    starts on another one, where its trainings go on from their last checkpoint.

    Parameters
    ----------
    client : Client
        As from `cluster`.
    points : mapping
        Name of the folder to point.
    out : Path
        The sweep's folder, absolute, on a disk that all workers see.
    threads : int
        For the training of one point; 0 shares a machine's cores among what it runs at once.
    gpus : sequence of str
        Of this machine, shared out among workers that `cluster` started.
    waiting : callable
        Gets how many points can run at once, about once a second while nothing ends.

    Yields
    ------
    PointResult
        'done' or 'failed'.

    Raises
    ------
    ConnectionError
        If the scheduler is lost.
    """
    ended: queue.Queue[Future] = queue.Queue()
    left, running = list(points.items()), {}
    while left or running:
        slots = _slots(client)
        while left and len(running) < sum(slots.values()):  # a worker holds what it runs, no more
            name, point = left.pop(0)
            told = (point.request.lesson.name, point.request.given, point.request.preset)
            share = _Share(slots, threads, tuple(gpus))
            key = f"{name}-{secrets.token_hex(8)}"
            running[key] = client.submit(_task, *told, out / name, share, key=key, retries=1)
            running[key].add_done_callback(ended.put)
        try:
            future = running.pop(ended.get(timeout=1.0).key)
        except queue.Empty:
            waiting(sum(slots.values()))
        else:
            yield _result(future.key.rpartition("-")[0], future)


@dataclass(frozen=True)
class _Share:
    """What a point may use of its machine: `slots` are the points that run on each at once."""

    slots: Mapping[str, int]
    threads: int
    gpus: tuple[str, ...]


def _task(lesson: str, given: dict, preset: str, folder: Path, share: _Share) -> float:
    """Run a point on the worker's own copy of the course."""
    worker = get_worker()
    host = get_address_host(worker.address)
    threads = share.threads or max(1, usable_cores() // share.slots.get(host, 1))
    gpu = share.gpus[worker.name % len(share.gpus)] if share.gpus else ""
    request = Request(choose_lessons([lesson], find_lessons())[0], given, preset)
    return run_point(request, folder, threads=threads, gpu=gpu)


def _result(name: str, future: Future) -> PointResult:
    try:
        return PointResult(name, "done", future.result())
    except CancelledError as error:
        raise ConnectionError(GONE) from error
    except KilledWorker:
        cause = f"{LOST + 1} workers were lost with it: out of memory, or ended from outside"
    except (PointFailedError, ValueError, OSError) as error:
        cause = str(error)
    except Exception as error:  # whatever is amiss on another machine
        cause = f"{type(error).__name__}: {error}"
    return PointResult(name, "failed", cause=" ".join(cause.split()))


def _slots(client: Client) -> dict[str, int]:
    """How many points each machine can run at once."""
    found = Counter()
    try:
        workers = client.scheduler_info()["workers"].values()
    except OSError as error:
        raise ConnectionError(GONE) from error
    if client.status != "running":
        raise ConnectionError(GONE)
    for worker in workers:
        found[worker["host"]] += worker["nthreads"]
    return dict(found)


def _connect(scheduler: str) -> Client:
    try:
        return Client(scheduler, timeout=CONNECT_SECONDS)
    except OSError as error:
        raise ConnectionError(
            f"--scheduler {scheduler} cannot be reached within {CONNECT_SECONDS} s."
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"--scheduler must be an address as in tcp://10.0.0.1:8786, got {scheduler!r}."
        ) from error
