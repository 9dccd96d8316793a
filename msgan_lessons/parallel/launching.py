"""Several processes from within a notebook, without a way to hang it (lesson 14_efficiency)."""

import contextlib
import io
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import torch
from accelerate import notebook_launcher
from torch.distributed.elastic.multiprocessing import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

MOST = 64  # processes of one machine


def can_fork() -> bool:
    """Tell whether a process that has used torch, such as a notebook's, can become several."""
    return sys.platform == "linux" and not torch.cuda.is_available()


def check_count(count: object) -> None:
    """Refuse a number of processes that is not an int from 2 to 64."""
    if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= MOST:
        raise ValueError(f"count must be an int from 2 to {MOST}, got {count!r}.")


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def has_no_gpu() -> bool:
    """Tell whether processes compute on the CPU; on Apple's GPU they cannot talk to each other."""
    gpu = torch.accelerator.current_accelerator(check_available=True)
    asked = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
    return asked or gpu is None or gpu.type == "mps"


def use_loopback() -> None:
    """Let processes of one machine talk within it, whatever it is called in its network."""
    loopback = [name for _, name in socket.if_nameindex() if name.startswith("lo")]
    if loopback:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback[0])


MOST_SECONDS = 1_000_000
HANDLED = [
    getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)
]


def launched(function: Callable, *args: object, count: int = 2, seconds: float = 300.0) -> None:
    """Call a function in several processes at once, through Accelerate's `notebook_launcher`.

    They are forks with one thread each, since torch's threads do not survive a fork; all are ended
    after `seconds`. The function makes its own `Processes(cpu=True)` and hands back files.
    """
    check_count(count)
    if not 0 < seconds <= MOST_SECONDS:
        raise ValueError(f"seconds must be > 0 and at most {MOST_SECONDS:,}, got {seconds!r}.")
    if not can_fork():
        raise RuntimeError(
            "this process cannot be forked (it has a GPU, or is not on Linux); "
            "use accelerate launch."
        )
    with tempfile.TemporaryDirectory() as folder, _quiet(), _watched(seconds) as ended:
        target = _target(function, args, Path(folder), seconds)
        try:
            notebook_launcher(target, num_processes=count, use_port=str(free_port()))
        except SignalException as error:
            raise KeyboardInterrupt from error
        except ChildFailedError as error:
            if ended.is_set():
                raise TimeoutError(f"{count} processes were ended after {seconds:g} s.") from None
            raise RuntimeError(_cause(Path(folder), error)) from None


def _target(function: Callable, args: tuple, folder: Path, seconds: float) -> Callable:
    """What each process does: never outlive its time, say what went wrong."""

    def play() -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds + 5)  # where this notebook is gone
        torch.set_num_threads(1)
        try:
            function(*args)
        except BaseException as error:
            said = f"process {os.environ['RANK']}: {type(error).__name__}: {error}"
            (folder / f"{os.environ['RANK']}.txt").write_text(said)
            os._exit(1)

    return play


def _cause(folder: Path, error: ChildFailedError) -> str:
    """The first complaint that is not about the absence of another process."""
    files = sorted(folder.glob("*.txt"), key=lambda path: path.stat().st_mtime_ns)
    said = [text for text in (path.read_text() for path in files) if "peer" not in text]
    if said:
        return said[0]
    rank, failure = error.get_first_failure()
    silent = f"process {rank} ended with exit status {failure.exitcode}."
    return "a process ended from outside, or out of memory." if files else silent


@contextlib.contextmanager
def _watched(seconds: float) -> Iterator[threading.Event]:
    """End all new child processes when time is up; tell whether it was."""
    ended, this = threading.Event(), psutil.Process()
    before = {child.pid for child in this.children()}

    def end() -> None:
        ended.set()
        for child in this.children():
            if child.pid not in before:
                with contextlib.suppress(psutil.Error):
                    child.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield ended
    finally:
        timer.cancel()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep this process as it was: its signals, its environment, and nothing printed."""
    alone = threading.current_thread() is threading.main_thread()
    handlers = {which: signal.getsignal(which) for which in HANDLED if alone}
    environment, level = dict(os.environ), logging.root.manager.disable
    os.environ |= {"OMP_NUM_THREADS": "1"}
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(level)
        for which, handler in handlers.items():
            signal.signal(which, handler)
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ |= environment
