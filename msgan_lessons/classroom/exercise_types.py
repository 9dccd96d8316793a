"""The two kinds of exercise: a value, and a function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Function", "Value"]


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
        Wrong answer to a sentence.
    """

    right: object
    because: str
    hints: Mapping[object, str] = field(default_factory=dict)


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
    """

    reference: Callable
    cases: Sequence[tuple]
    mistakes: Mapping[str, Callable] = field(default_factory=dict)
