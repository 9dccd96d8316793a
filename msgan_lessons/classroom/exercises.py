"""Exercises: their kinds, the bank of all lessons, and what a check says to an answer."""

import copy
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module

import torch

from msgan_lessons.base.places import rooms
from msgan_lessons.classroom.answers import answers_agree, format_answer, is_nan
from msgan_lessons.classroom.sandbox import call_student, run_guarded


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
