"""A time limit for code that may swallow every exception (see `sandbox`)."""

import ctypes
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

__all__ = ["TooLongError", "limited"]

AGAIN = 0.2  # s until code that caught the alarm is told once more


class TooLongError(BaseException):
    """Time is over; no `except Exception` of a student catches it. Made as for BaseException."""


def limited(action: Callable[[], object], seconds: float) -> object:
    """Do something, and end it when time is up.

    Parameters
    ----------
    action : callable
        Called without arguments; what it raises is passed on.
    seconds : float
        Wall time, s. By a signal in the main thread; elsewhere, and on Windows, an answer that
        sleeps or computes in one long call of a library ends only with that call.

    Returns
    -------
    object
        What the action returns.

    Raises
    ------
    TooLongError
        If it had not ended by then.
    """
    on_main = threading.current_thread() is threading.main_thread()
    timed = _by_signal if on_main and hasattr(signal, "setitimer") else _by_thread
    return timed(action, seconds)


def _by_signal(action: Callable[[], object], seconds: float) -> object:
    """Ring by a signal, which wakes a sleep too."""
    armed = True

    def ring(_: int, frame: FrameType | None) -> None:
        if armed:
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
            _stop_for_good(frame)
            raise TooLongError

    before, tracer = signal.signal(signal.SIGALRM, ring), sys.gettrace()
    outer, _ = signal.getitimer(signal.ITIMER_REAL)  # of a limit around this one
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            return action()
        finally:
            armed = False
    finally:  # also where it rang on the way out
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, outer)
        sys.settrace(tracer)


def _stop_for_good(frame: FrameType | None) -> None:
    """Raise at the next line of a frame too: in its `except:`, where one swallowed the alarm."""

    def again(_frame: FrameType, event: str, _value: object) -> Callable:
        if event == "line":  # raising at 'exception' would only switch the tracing off
            raise TooLongError
        return again

    if frame is not None and frame.f_code.co_filename != __file__:
        frame.f_trace = again
        sys.settrace(lambda *_: None)


def _by_thread(action: Callable[[], object], seconds: float) -> object:
    """Ring from another thread: on Windows, and in a thread that is not the main one."""
    over, lock = threading.Event(), threading.Lock()
    ident = ctypes.c_ulong(threading.get_ident())

    def watch() -> None:
        wait = seconds
        while not over.wait(wait):
            wait = AGAIN
            with lock:
                if not over.is_set():
                    error = ctypes.py_object(TooLongError)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, error)

    threading.Thread(target=watch, daemon=True).start()
    try:
        try:
            return action()
        finally:
            over.set()
    finally:  # also where it rang on the way out
        over.set()
        with lock:
            pass  # from here on it cannot ring
        for _ in range(9):  # what has rung is raised here; taking it back (an exception of NULL)
            pass  # would leave CPython 3.11's breaker set, and a traced loop would never end
