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
