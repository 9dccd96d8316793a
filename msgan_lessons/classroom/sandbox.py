"""A student's function, called with care: in limited time, on copies, its prints swallowed."""

import copy
import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import FunctionType

import numpy as np
import torch

from msgan_lessons.classroom.sandbox_time import TooLongError, limited

__all__ = ["SECONDS", "Outcome", "call", "guarded"]

SECONDS = 5.0  # of one call; a right answer takes milliseconds


@dataclass(frozen=True)
class Outcome:
    """What came of a call.

    Parameters
    ----------
    value : object
        What was returned; None where there is a problem.
    problem : str
        One sentence on what went wrong; empty where nothing did.
    prints : bool
        Whether something was printed.
    """

    value: object = None
    problem: str = ""
    prints: bool = False


def call(function: Callable, arguments: Sequence[object], seconds: float = SECONDS) -> Outcome:
    """Call a student's function on copies of the arguments, and say what is wrong with it.

    Parameters
    ----------
    function : callable
        Whatever a student wrote.
    arguments : sequence
        Copied; the originals stay as they are.
    seconds : float
        Time limit, s.

    Returns
    -------
    Outcome
        With a problem where it raises, takes too long or changes an argument. Nothing is raised.
    """
    given = copy.deepcopy(tuple(arguments))
    outcome = guarded(lambda: function(*given), seconds)
    if outcome.problem:
        return outcome
    changed = guarded(lambda: _first_change(function, arguments, given), seconds)
    if changed.problem or changed.value:
        name = changed.value or "an argument"
        sentence = (
            f"it changes {name} in place, which whoever calls it does not expect; "
            "compute a new value instead."
        )
        return Outcome(None, sentence, outcome.prints)
    return outcome


def guarded(action: Callable[[], object], seconds: float = SECONDS) -> Outcome:
    """Do something that may raise, print, loop or change torch's settings.

    Parameters
    ----------
    action : callable
        Called without arguments.
    seconds : float
        Time limit, s.

    Returns
    -------
    Outcome
        Nothing is raised.
    """
    heard = _Sink()
    try:
        with _settings_kept(), _kernel_kept(), redirect_stdout(heard), redirect_stderr(heard):
            value = limited(action, seconds)
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
