"""Checks of a student's answers: by meaning, with a sentence for each known mistake."""

import copy
from collections.abc import Callable, Mapping, Sequence

import torch

from msgan_lessons.classroom.exercise_bank import BANK, Function

__all__ = ["check", "check_answer", "check_function"]

NOT_YET = "not yet: replace ... by your answer, and run this cell again."


def check(number: str, mine: object) -> bool:
    """Check an answer against the bank.

    Parameters
    ----------
    number : str
        The exercise, for instance '05.3'.
    mine : object
        The student's value or function.

    Returns
    -------
    bool
        Whether it is right; a sentence is printed either way.

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
    entry = BANK[number]
    if isinstance(entry, Function):
        return check_function(mine, entry.reference, entry.cases, entry.mistakes)
    return check_answer(mine, entry.right, entry.because, entry.hints)


def check_function(
    mine: Callable,
    reference: Callable,
    cases: Sequence[tuple],
    mistakes: Mapping[str, Callable] | None = None,
) -> bool:
    """Compare a student's function with the package's on a few cases, and say what is wrong.

    Parameters
    ----------
    mine : callable
        The student's; one that returns None or Ellipsis counts as unfinished.
    reference : callable
        The right one.
    cases : sequence of tuple
        Arguments; each is copied, so that an answer that changes them harms nothing.
    mistakes : mapping, optional
        Hint to a function that makes that mistake; the hint is shown where `mine` agrees with it.

    Returns
    -------
    bool
        Whether all cases agree; a sentence is printed either way, nothing is raised.

    Examples
    --------
    >>> check_function(lambda x: x + x, lambda x: 2 * x, [(torch.ones(2),)])
    right: all 1 cases agree with the package.
    True
    """
    results = []
    for case in cases:
        try:
            results.append(mine(*copy.deepcopy(case)))
        except NotImplementedError:  # a stub says so itself: not yet, and no mistake
            results.append(None)
        except Exception as error:  # whatever a student's code does becomes a sentence
            print(f"not right: it stops with {type(error).__name__}: {error}")
            return False
    if any(result is None or result is Ellipsis for result in results):
        print(NOT_YET)
        return False
    if all(_same(r, reference(*case)) for r, case in zip(results, cases, strict=True)):
        print(f"right: all {len(cases)} cases agree with the package.")
        return True
    for hint, mistake in (mistakes or {}).items():
        if all(_same(r, mistake(*case)) for r, case in zip(results, cases, strict=True)):
            print(f"not right: {hint}")
            return False
    wrong = next(
        i
        for i, (r, c) in enumerate(zip(results, cases, strict=True))
        if not _same(r, reference(*c))
    )
    print(
        f"not right: case {wrong + 1} gives {_short(results[wrong])}, "
        f"expected {_short(reference(*cases[wrong]))}."
    )
    return False


def check_answer(
    mine: object, right: object, because: str, hints: Mapping[object, str] | None = None
) -> bool:
    """Compare a student's value with the right one.

    Parameters
    ----------
    mine : object
        A number or a string; Ellipsis or None counts as unfinished.
    right : object
        The right one; numbers agree within one per cent.
    because : str
        One sentence, shown with a right answer.
    hints : mapping, optional
        Wrong value to a sentence.

    Returns
    -------
    bool
        Whether they agree; a sentence is printed either way, nothing is raised.

    Examples
    --------
    >>> check_answer(0.5, 0.5, "A coin has two sides.")
    right: A coin has two sides.
    True
    """
    if mine is None or mine is Ellipsis:
        print(NOT_YET)
        return False
    if _same(mine, right, relative=0.01):
        print(f"right: {because}")
        return True
    for wrong, hint in (hints or {}).items():
        if _same(mine, wrong, relative=0.01):
            print(f"not right: {hint}")
            return False
    print(f"not right: {_short(mine)} is not it; look at the formula once more.")
    return False


def _same(a: object, b: object, relative: float = 1e-4) -> bool:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        pairs = zip(a, b, strict=False)
        return len(a) == len(b) and all(_same(x, y, relative) for x, y in pairs)
    if isinstance(a, str) or isinstance(b, str):
        return str(a).strip().lower() == str(b).strip().lower()
    try:
        x, y = torch.as_tensor(a).double(), torch.as_tensor(b).double()
        return x.shape == y.shape and torch.allclose(x, y, rtol=relative, atol=1e-6)
    except (TypeError, ValueError, RuntimeError):
        return False


def _short(value: object) -> str:
    if isinstance(value, torch.Tensor):
        if value.numel() == 1:
            return f"{float(value):.4g}"
        return (
            f"a tensor of shape {tuple(value.shape)} with mean {float(value.double().mean()):.4g}"
        )
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
