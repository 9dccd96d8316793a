"""What many functions ask of their arguments, with one sentence for each refusal."""

import math
from collections.abc import Iterable, Sequence, Sized
from numbers import Integral, Real


def check_choice(name: str, value: object, allowed: Iterable[str], also: str = "") -> None:
    """Refuse a value that is not one of the names; `also` ends their list, as ' or PATH'."""
    if value not in (names := list(allowed)):
        raise ValueError(f"{name} must be one of {', '.join(names)}{also}, got {value!r}.")


def check_alike(names: str, first: Sequence[int], second: Sequence[int], what="one shape") -> None:
    """Refuse two shapes that differ; `names` begins the sentence, as 'real and fake'."""
    if tuple(first) != tuple(second):
        raise ValueError(f"{names} must have {what}, got {tuple(first)} and {tuple(second)}.")


def check_some(name: str, held: Sized, what: str) -> None:
    """Refuse what holds nothing; `what` is one of the things, as 'method'."""
    if not len(held):
        raise ValueError(f"{name} must hold at least one {what}, got none.")


def check_least(least: float, **values: float) -> None:
    """Refuse numbers, by their names, that are below the least one."""
    for name, value in values.items():
        if not value >= least:
            raise ValueError(f"{name} must be at least {least}, got {value!r}.")


def check_positive(**values: float) -> None:
    """Refuse numbers, by their names, that are not above 0."""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be > 0, got {value!r}.")


def check_whole(least: int, **values: object) -> None:
    """Refuse what is no whole number, or one that is below the least."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
            raise ValueError(f"{name} must be an int of at least {least}, got {value!r}.")


def check_finite(**values: object) -> None:
    """Refuse what is no number, and numbers without an end."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, got {value!r}.")
