"""A student's function, called so that it cannot hurt the notebook: time, prints, exits."""

import copy
import ctypes
import io
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import FrameType, FunctionType

import numpy as np
import torch

AGAIN = 0.2  # s until code that caught the alarm is told once more


class TooLongError(BaseException):
    """Time is over; no `except Exception` of a student catches it."""


def run_with_timeout(action: Callable[[], object], seconds: float) -> object:
    """Do something, and end it by a TooLongError when so many seconds are over."""
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

    own = (run_with_timeout.__code__, _by_signal.__code__)
    if frame is not None and frame.f_code not in own:
        frame.f_trace = again
        sys.settrace(lambda *_: None)


def _by_thread(action: Callable[[], object], seconds: float) -> object:
    """Ring from another thread, on Windows and off the main one; a sleep is not cut short."""
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


SECONDS = 5.0  # of one call; a right answer takes milliseconds


@dataclass(frozen=True)
class Outcome:
    """What came of a call."""

    value: object = None  # what was returned; None where there is a problem
    problem: str = ""  # one sentence on what went wrong; empty where nothing did
    prints: bool = False  # whether something was printed


def call_student(
    function: Callable, arguments: Sequence[object], seconds: float = SECONDS
) -> Outcome:
    """Call a student's function on copies of the arguments, and say what is wrong; never raise."""
    given = copy.deepcopy(tuple(arguments))
    outcome = run_guarded(lambda: function(*given), seconds)
    if outcome.problem:
        return outcome
    changed = run_guarded(lambda: _first_change(function, arguments, given), seconds)
    if changed.problem or changed.value:
        name = changed.value or "an argument"
        sentence = (
            f"it changes {name} in place, which whoever calls it does not expect; "
            "compute a new value instead."
        )
        return Outcome(None, sentence, outcome.prints)
    return outcome


def run_guarded(action: Callable[[], object], seconds: float = SECONDS) -> Outcome:
    """Do something that may raise, print, loop or change torch's settings; never raise."""
    heard = _Sink()
    try:
        with _settings_kept(), _kernel_kept(), redirect_stdout(heard), redirect_stderr(heard):
            value = run_with_timeout(action, seconds)
    except TooLongError:
        sentence = f"it has not ended after {seconds:g} s; does a loop never stop?"
        return Outcome(None, sentence, heard.used)
    except BaseException as error:  # also sys.exit() and the stop button
        if type(error) is NotImplementedError:  # a stub's 'raise'; input() raises a kind of it
            return Outcome(Ellipsis, "", heard.used)
        return Outcome(None, f"it stops with {_words(error)}", heard.used)
    return Outcome(value, "", heard.used)


class _Sink(io.TextIOBase):
    """Takes all that is printed, and keeps only whether there was anything."""

    used = False

    def write(self, text: str) -> int:
        self.used = self.used or bool(text.strip())
        return len(text)


@contextmanager
def _settings_kept() -> Iterator[None]:
    """Put random streams and torch's settings back as they were."""
    streams = random.getstate(), np.random.get_state()  # noqa: NPY002
    grad, kind = torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            yield
    finally:
        random.setstate(streams[0])
        np.random.set_state(streams[1])  # noqa: NPY002
        torch.set_default_dtype(kind)
        torch.set_grad_enabled(grad)


@contextmanager
def _kernel_kept() -> Iterator[None]:
    """In a notebook exit() and quit() ask the kernel to end; here they raise, as in a script."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        yield
        return

    def refuse() -> None:
        raise SystemExit

    kept = getattr(shell, "keepkernel_on_exit", None)
    asks, shell.ask_exit = shell.ask_exit, refuse
    try:
        yield
    finally:
        shell.ask_exit, shell.keepkernel_on_exit = asks, kept


def _first_change(function: Callable, before: Sequence[object], after: Sequence[object]) -> str:
    for i, (old, new) in enumerate(zip(before, after, strict=True)):
        if not _unchanged(old, new):
            names = getattr(getattr(function, "__code__", None), "co_varnames", ())
            return f"its argument {names[i]!r}" if i < len(names) else f"its argument {i + 1}"
    return ""


def _unchanged(old: object, new: object) -> bool:
    if isinstance(old, torch.Tensor):
        same = old.shape == new.shape and old.dtype == new.dtype
        return same and torch.equal(old.detach(), new.detach())
    if isinstance(old, Mapping):
        return list(old) == list(new) and all(_unchanged(old[k], new[k]) for k in old)
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(_unchanged, old, new))
    if callable(old) and callable(new):  # functions are not copied, networks not looked into
        return old is new or not isinstance(old, FunctionType)
    return True  # numbers and words cannot be changed


def _words(error: BaseException) -> str:
    kind = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:  # an error whose own text fails
        text = ""
    text = text if len(text) <= 200 else text[:197] + "..."
    return f"{kind}: {text}" if text else f"{kind}."
