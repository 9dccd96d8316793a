"""A sweep: every point of a grid on a worker of Dask; the only module that imports Dask."""

import logging
import os
import queue
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dask
import psutil
import torch
from distributed import CancelledError, Client, Future, KilledWorker, LocalCluster, get_worker
from distributed.comm import get_address_host

from msgan_lessons.base.places import usable_cores
from msgan_lessons.runs.folder import Slot
from msgan_lessons.runs.gallery import write_gallery
from msgan_lessons.runs.grid import SWEEP, Point
from msgan_lessons.runs.lessons import Request, choose_lessons, find_lessons
from msgan_lessons.runs.runner import Outcome, run_lesson

MEMORY = 2 * 2**30  # bytes that one lesson needs, with room to spare


def default_workers(n_points: int, gpus: Sequence[str] = ()) -> int:
    """Return how many points run at once: as many as GPUs or else cores, memory permitting."""
    memory = psutil.virtual_memory().available // MEMORY
    return max(1, min(n_points, len(gpus) or usable_cores(), memory))


def usable_gpus() -> tuple[str, ...]:
    """Return this machine's GPUs, as CUDA_VISIBLE_DEVICES takes them or already names them."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = given.split(",") if given else map(str, range(count))
    return tuple(names)[:count]


def threads_per_point(n_workers: int) -> int:
    """Return each point's threads: OMP_NUM_THREADS, else the cores shared out, at least 1."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    users = int(asked) if asked.isdecimal() else 0
    return users or max(1, usable_cores() // n_workers)


THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
ORPHAN_SECONDS = 10


class PointFailedError(RuntimeError):
    """A lesson stopped before its end."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)


def run_point(request: Request, folder: Path, *, threads: int, gpu: str = "") -> float:
    """Run a point's lesson, or go on where an earlier try was lost; return the wall time in s."""
    os.environ |= {name: str(threads) for name in THREADS}
    if gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    if not (folder.parent / SWEEP).is_file():
        raise PointFailedError(
            f"the worker on {socket.gethostname()} does not see {folder.parent}; "
            "a sweep's folder must lie on a disk that all its machines share"
        )
    end_orphans(folder, request.lesson.name)
    outcome = _run(request, folder)
    write_gallery(folder)
    if outcome.done:
        return outcome.seconds
    failure = outcome.failure
    place = f"in cell {failure['cell']}: " if failure["cell"] else ""
    raise PointFailedError(place + failure["cause"].rstrip("."))


def end_orphans(folder: Path, lesson: str) -> int:
    """End kernels of this machine that outlived their worker; return how many, without waiting."""
    slot = Slot(folder, lesson)
    if not slot.take():
        return 0  # another process runs the lesson there
    try:
        orphans = [p for p in psutil.process_iter() if _runs_in(p, folder)]
        for orphan in orphans:
            orphan.kill()
        psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
    finally:
        slot.free()
    return len(orphans)


def _runs_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.environ().get("MSGAN_RUN_DIR", "")).parent == folder
    except (psutil.Error, OSError):
        return False


def _run(request: Request, folder: Path) -> Outcome:
    """Continue what is there; what cannot be continued and is not finished starts anew."""
    try:
        return run_lesson(request, folder, resume=True)
    except ValueError:  # of other versions, another device, damaged; or taken
        slot = Slot(folder, request.lesson.name)
        if slot.final.exists() or not slot.take():
            raise
        slot.free()
        return run_lesson(request, folder)


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
    """How one point ended."""

    name: str  # of its folder
    state: str  # 'done', 'skipped' or 'failed'
    seconds: float = 0.0  # wall time of the run that counts
    cause: str = ""  # why it failed, in one sentence; else empty


@contextmanager
def cluster(workers: int, scheduler: str = "") -> Iterator[Client]:
    """Start workers on this machine, or connect to a scheduler that has some."""
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
    points: Mapping[str, Point],  # by folder's name
    out: Path,  # absolute, on a disk that all workers see
    *,
    threads: int = 0,  # of one point; 0 shares a machine's cores among what it runs at once
    gpus: Sequence[str] = (),  # of this machine, shared out among its workers
    waiting: Callable[[int], None] = lambda workers: None,  # told how many run at once
) -> Iterator[PointResult]:
    """Run points on the workers; yield each as it ends. One that fails gets one more try."""
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
