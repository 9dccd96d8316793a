"""Exercises: their kinds, the bank of all lessons, and what a check says to an answer."""

import copy
import ctypes
import html
import io
import random
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import FrameType, FunctionType

import numpy as np
import torch

from msgan_lessons.base.places import rooms
from msgan_lessons.classroom.answers import answers_agree, format_answer, is_nan


@dataclass(frozen=True)
class Value:
    """An exercise whose answer is a number or a word.

    Parameters
    ----------
    right : object
        The answer.
    because : str
        One sentence, shown with a right answer.
    hints : mapping
        Wrong answer to a sentence that names the mistake.
    clues : tuple of str
        Two hints that fold out: where to look, then how.
    also : sequence
        Other spellings of the answer.
    choices : sequence of str
        Where the answer is one of a few words: these words.
    solution : str
        The answer as the answer key writes it, an expression; empty for the answer itself.
    """

    right: object
    because: str
    hints: Mapping[object, str] = field(default_factory=dict)
    clues: tuple[str, ...] = ()
    also: Sequence[object] = ()
    choices: Sequence[str] = ()
    solution: str = ""


@dataclass(frozen=True)
class Function:
    """An exercise whose answer is a function.

    Parameters
    ----------
    reference : callable
        A right one.
    cases : sequence of tuple
        Arguments to compare on.
    mistakes : mapping
        Hint to a function that makes that mistake.
    clues : tuple of str
        Two hints that fold out: where to look, then how.
    laws : mapping
        Sentence to a law, which is given the answer and tells whether it holds; the sentence is
        said where it does not.
    solution : str
        Source of a right answer under the name that the lesson's stub has.
    """

    reference: Callable
    cases: Sequence[tuple]
    mistakes: Mapping[str, Callable] = field(default_factory=dict)
    clues: tuple[str, ...] = ()
    laws: Mapping[str, Callable[[Callable], bool]] = field(default_factory=dict)
    solution: str = ""


@cache
def bank() -> dict[str, Value | Function]:
    """Return the exercises of all lessons by number, such as '05.3', each from its room."""
    found = [import_module(f"{room}.exercises").BANK for room in rooms().values()]
    return {number: entry for lesson in found for number, entry in lesson.items()}


class Verdict:
    """True or false; a notebook shows the hints beneath an answer that is not right."""

    def __init__(self, is_right: bool, clues: Sequence[str] = ()) -> None:
        self.is_right, self.clues = is_right, () if is_right else tuple(clues)

    def __bool__(self) -> bool:
        return self.is_right

    def __repr__(self) -> str:
        return repr(self.is_right)

    def _ipython_display_(self) -> None:
        if self.clues:
            from IPython.display import display

            plain = f"[{len(self.clues)} hints fold out in a notebook]"
            display({"text/html": folded(self.clues), "text/plain": plain}, raw=True)


def folded(clues: Sequence[str]) -> str:
    """Write hints so that each unfolds by itself, the second inside the first."""
    inner = ""
    for i, clue in reversed(list(enumerate(clues))):
        title = "Another hint" if i else "Hint"
        text = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(clue))
        inner = f"<details><summary>{title}</summary><p>{text}</p>{inner}</details>"
    return inner


NOT_YET = "not yet: replace ... by your answer, and run this cell again."
ASK_RELATIVE = 0.01  # a number that was read off or worked out by hand


def check(number: str, mine: object) -> Verdict:
    """Check an answer against the bank.

    Parameters
    ----------
    number : str
        The exercise, for instance '05.3'.
    mine : object
        The student's value or function.

    Returns
    -------
    Verdict
        True where it is right. A sentence is printed either way, nothing a student wrote can raise
        here, and where it is not right a notebook shows two hints that fold out.

    Raises
    ------
    KeyError
        If there is no such exercise.

    Examples
    --------
    >>> check("05.1", ...)
    not yet: replace ... by your answer, and run this cell again.
    False
    """
    entry = bank()[number]
    if mine is None or mine is Ellipsis:
        said = NOT_YET
    else:
        said = (_said_of_function if isinstance(entry, Function) else _said_of_value)(mine, entry)
    print(said)
    return Verdict(said.startswith("right: "), entry.clues)


def _said_of_value(mine: object, entry: Value) -> str:
    outcome = run_guarded(lambda: _value_problem(mine, entry))
    problem = outcome.problem or outcome.value
    return f"not right: {problem}" if problem else f"right: {entry.because}"


def _value_problem(mine: object, entry: Value) -> str:
    """Return what is wrong with a value; empty where nothing is."""
    if isinstance(mine, torch.Tensor) and mine.numel() == 1:
        mine = mine.item()
    if callable(mine):
        return "that is a function; write its value, for instance f(2) and not f."
    if is_nan(mine):
        return "that is NaN, not a number; a logarithm or a root of a number below 0, or 0 / 0?"
    answers = (entry.right, *entry.also)
    if not any(answers_agree(mine, answer) for answer in answers):  # a count that is off by one
        for wrong, hint in entry.hints.items():
            if answers_agree(mine, wrong):
                return hint
    if any(answers_agree(mine, answer, ASK_RELATIVE) for answer in answers):
        return ""
    for wrong, hint in entry.hints.items():
        if answers_agree(mine, wrong, ASK_RELATIVE):
            return hint
    if entry.choices:
        known = ", ".join(repr(choice) for choice in entry.choices)
        return f"{format_answer(mine)} is none of the answers: write one of {known}."
    if isinstance(entry.right, int | float) and isinstance(mine, str):
        return f"{format_answer(mine)} is a word; the answer is a number, without quotes."
    return f"{format_answer(mine)} is not it; look at the formula once more."


def _said_of_function(mine: object, entry: Function) -> str:
    if not callable(mine):
        what = format_answer(mine)
        return f"not right: {what} is not a function; give its name, without brackets."
    outcomes = []
    for case in entry.cases:
        outcomes.append(call_student(mine, case))
        if outcomes[-1].problem:
            return f"not right: {outcomes[-1].problem}"
        if outcomes[-1].value is Ellipsis:
            return NOT_YET
    results = [outcome.value for outcome in outcomes]
    if any(result is None for result in results):
        return "not right: it returns nothing (None); end it with 'return' and the result."
    judged = run_guarded(lambda: _function_problem(mine, results, entry))
    if problem := judged.problem or judged.value:
        return f"not right: {problem}"
    count = f"{len(results)} case{'s' if len(results) > 1 else ''}"
    laws = f" and keeps {len(entry.laws)} law{'s' if len(entry.laws) > 1 else ''}"
    prints = any(outcome.prints for outcome in outcomes)
    also = " It also prints; leave that to whoever calls it." if prints else ""
    return f"right: it agrees with the package in {count}{laws if entry.laws else ''}.{also}"


def _function_problem(mine: Callable, results: Sequence[object], entry: Function) -> str:
    """Return what is wrong with a function's results; empty where nothing is."""
    expected = [entry.reference(*copy.deepcopy(case)) for case in entry.cases]
    wrong = [i for i, r in enumerate(results) if not answers_agree(r, expected[i])]
    for i in wrong:
        if is_nan(results[i]) and not is_nan(expected[i]):
            return _no_number(i, expected[i])
    for hint, mistake in entry.mistakes.items() if wrong else ():
        made = (mistake(*copy.deepcopy(case)) for case in entry.cases)
        if all(answers_agree(r, m) for r, m in zip(results, made, strict=True)):
            return hint
    for sentence, law in entry.laws.items():
        kept = run_guarded(lambda law=law: law(mine))
        if kept.problem or not kept.value:
            return sentence
    return _first_difference(wrong[0], results[wrong[0]], expected[wrong[0]]) if wrong else ""


def _no_number(case: int, expected: object) -> str:
    return (
        f"case {case + 1} gives NaN; a logarithm or a root of a number below 0, "
        f"0 / 0, or infinity minus infinity? Expected: {format_answer(expected)}."
    )


def _first_difference(case: int, mine: object, expected: object) -> str:
    shapes = [getattr(x, "shape", ()) for x in (mine, expected)]
    if isinstance(mine, torch.Tensor) and shapes[0] != torch.Size(shapes[1]):
        return f"case {case + 1} has the shape {tuple(shapes[0])}, expected {tuple(shapes[1])}."
    return f"case {case + 1} gives {format_answer(mine)}, expected {format_answer(expected)}."


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
