"""One point of a sweep, as a worker runs it: its threads, its GPU, no kernel left behind."""

import os
import socket
from pathlib import Path

import psutil

from msgan_lessons.runs.plan import Request
from msgan_lessons.runs.report import write_gallery
from msgan_lessons.runs.runner import Outcome, run_lesson
from msgan_lessons.runs.slots import Slot
from msgan_lessons.runs.sweep_folder import SWEEP

__all__ = ["PointFailedError", "end_orphans", "run_point"]

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
ORPHAN_SECONDS = 10


class PointFailedError(RuntimeError):
    """A lesson stopped before its end.

    Parameters
    ----------
    cause : str
        In one sentence.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)


def run_point(request: Request, folder: Path, *, threads: int, gpu: str = "") -> float:
    """Run a point's lesson; go on where an earlier try was lost.

    Parameters
    ----------
    request : Request
        The lesson and its parameters.
    folder : Path
        The point's folder, in that of the sweep.
    threads : int
        For the kernel, at least 1.
    gpu : str
        The one that the kernel sees; empty leaves the choice to the environment.

    Returns
    -------
    float
        Wall time in seconds.

    Raises
    ------
    PointFailedError
        If the lesson fails, or the folder is not to be seen from here.
    ValueError
        If a run lies there that cannot be continued or replaced.
    OSError
        If the disk is full or cannot be written.
    """
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
    """End kernels of this machine that outlived the worker they belonged to.

    A kernel ends by itself within seconds of its worker; this does not wait for it.

    Parameters
    ----------
    folder : Path
        The point's folder; nothing is ended where another process runs the lesson in it.
    lesson : str
        Its name.

    Returns
    -------
    int
        How many were ended.
    """
    slot = Slot(folder, lesson)
    if not slot.take():
        return 0
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
