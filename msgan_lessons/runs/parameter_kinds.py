"""What may be allowed of a parameter - kind, range, choices - and the sentence that refuses."""

import difflib
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from msgan_lessons.pyramid import is_power_of_two

__all__ = ["FOLDER", "Parameter", "nearest", "shown"]

FOLDER = "folder:"
LONGEST = 80  # characters of a value that a sentence repeats


def nearest(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean ...?' for a word that resembles a known one, else nothing.

    Parameters
    ----------
    word : str
        What was given.
    known : iterable of str
        What is allowed.

    Returns
    -------
    str

    Examples
    --------
    >>> nearest("hinje", ["hinge", "wgan"])
    "; did you mean 'hinge'?"
    """
    found = difflib.get_close_matches(word[:LONGEST], list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def shown(value: object) -> str:
    """Repeat a value in a sentence, shortened where it is long.

    Parameters
    ----------
    value : object
        What was given.

    Returns
    -------
    str

    Examples
    --------
    >>> shown("a" * 1000)
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaaaaaaaaaaaaaaaaa'"
    """
    if type(value) is int and value.bit_length() > 256:  # Python refuses to print the longest
        return f"{'-' if value < 0 else ''}2**{value.bit_length() - 1} or more"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:30]}...{text[-30:]}"


@dataclass(frozen=True)
class Parameter:
    """The kind and range of one parameter.

    Parameters
    ----------
    kind : type
        int, float, str or bool; an int passes for a float.
    low, high : float
        Range of a number, both ends allowed.
    choices : callable, optional
        Returns the strings that are allowed; read at each check, so that a new loss is known.
    many : bool
        The string is a comma-separated list of choices, each at most once.
    power_of_two : bool
        Only 1, 2, 4, 8, ...
    folder : bool
        Besides the choices, 'folder:PATH' is allowed.

    Examples
    --------
    >>> Parameter(int, 1, 4).words()
    'an int from 1 to 4'
    """

    kind: type
    low: float = -math.inf
    high: float = math.inf
    choices: Callable[[], Iterable[str]] | None = None
    many: bool = False
    power_of_two: bool = False
    folder: bool = False

    def check(self, name: str, value: object) -> None:
        """Refuse a wrong value.

        Parameters
        ----------
        name : str
            For the sentence.
        value : object
            What was given.

        Raises
        ------
        TypeError
            If it is of another type.
        ValueError
            If it is out of range, not among the choices, or names one of them twice.
        """
        kinds = (int, float) if self.kind is float else self.kind
        if not isinstance(value, kinds) or (isinstance(value, bool) and self.kind is not bool):
            raise TypeError(f"{name} must be {self.words()}, got {shown(value)}.")
        if self.choices:
            self._check_choice(name, value)
        if self.kind in (int, float) and not self.low <= value <= self.high:
            raise ValueError(f"{name} must be {self.words()}, got {shown(value)}.")
        if self.power_of_two and not is_power_of_two(value):
            raise ValueError(f"{name} must be {self.words()}, got {shown(value)}.")

    def words(self) -> str:
        """Say what is allowed, as in 'an int from 0 to 9'.

        Returns
        -------
        str
        """
        if self.choices:
            listed = ", ".join(self.choices()) + (f" or {FOLDER}PATH" if self.folder else "")
            return f"a comma-separated list of {listed}" if self.many else f"one of {listed}"
        noun = {int: "an int", float: "a number", str: "a string", bool: "true or false"}[self.kind]
        noun = "a power of two" if self.power_of_two else noun
        low, high = math.isfinite(self.low), math.isfinite(self.high)
        if low and high:
            return f"{noun} from {self.low:,} to {self.high:,}"
        bound = f" of at least {self.low:,}" if low else f" of at most {self.high:,}"
        return noun + (bound if low or high else "")

    def _check_choice(self, name: str, value: str) -> None:
        if self.folder and value.startswith(FOLDER) and value != FOLDER:
            return
        given, known = value.split(",") if self.many else [value], tuple(self.choices())
        for place, word in enumerate(given):
            if word not in known:
                hint = self._hint(word, known)
                raise ValueError(f"{name} must be {self.words()}, got {shown(word)}{hint}")
            if word in given[:place]:
                raise ValueError(f"{name} must name each at most once, got {shown(word)} twice.")

    def _hint(self, word: str, known: Iterable[str]) -> str:
        """How a sentence ends: with what may be meant, a folder that is there among it."""
        if self.folder and word.isprintable() and os.path.isdir(word):
            return f"; did you mean {shown(FOLDER + word)}?"
        return nearest(word, known) or "."
