"""A grid of parameters: NAME=V1,V2 and NAME=A:B in, checked points out."""

import hashlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from msgan_lessons.runs.lessons import Lesson, LessonParameter
from msgan_lessons.runs.parameters import PARAMETERS, nearest
from msgan_lessons.runs.plan import Request, plan

__all__ = ["MOST_POINTS", "Point", "grid_points", "parse_grid", "point_name", "written_value"]

MOST_POINTS = 2000  # each is checked before the first starts
MOST_LETTERS = 120  # of a folder's name; file systems allow 255 bytes
RANGE = re.compile(r"(-?\d{1,18}):(-?\d{1,18})(?::(-?\d{1,18}))?")
Value = int | float | str | bool


@dataclass(frozen=True)
class Point:
    """One point of a grid.

    Parameters
    ----------
    values : dict
        The grid's names, in its order, with this point's values.
    request : Request
        The lesson with these and the fixed parameters, checked.
    """

    values: dict[str, Value]
    request: Request


def parse_grid(words: Sequence[str], lesson: Lesson) -> dict[str, list[str]]:
    """Read the words behind --grid.

    NAME=V1,V2 lists values, NAME=A:B and NAME=A:B:STEP are the ints of Python's range (0:5 is
    0, 1, 2, 3, 4), and both may stand in one list. A value that is itself a list joins its parts
    by '+': losses=hinge,hinge+wgan has two values.

    Parameters
    ----------
    words : sequence of str
        At least one.
    lesson : Lesson
        It must know each name.

    Returns
    -------
    dict
        Name to values as they are given to -p, in the order of the words.

    Raises
    ------
    ValueError
        If a word has another form, a name is unknown or repeated, a value or a range is empty,
        or the grid has more points than `MOST_POINTS`.
    """
    known = {p.name: p for p in lesson.parameters}
    grid: dict[str, list[str]] = {}
    n_points = 1
    for word in words:
        name, equals, text = (part.strip() for part in word.partition("="))
        if not equals or not name:
            raise ValueError(f"--grid must be NAME=V1,V2 or NAME=A:B, got {word!r}.")
        if name not in known:
            raise ValueError(_unknown(name, lesson))
        if name in grid:
            raise ValueError(f"--grid {name} is given twice.")
        if not text:
            raise ValueError(f"--grid {name} must have at least one value, got {word!r}.")
        parts = [_values(known[name], part.strip(), word) for part in text.split(",")]
        n_points *= sum(map(_count, parts))
        if n_points > MOST_POINTS:
            raise ValueError(
                f"--grid must have at most {MOST_POINTS:,} points; {name} makes them {n_points:,}."
            )
        grid[name] = [str(value) for values in parts for value in values]
        if twins := [v for v in grid[name] if grid[name].count(v) > 1]:
            raise ValueError(f"--grid {name} has a value twice, got {twins[0]}.")
    if not grid:
        raise ValueError("--grid must name at least one parameter, got nothing.")
    return grid


def grid_points(
    lesson: Lesson, grid: dict[str, list[str]], pairs: Sequence[str] = (), preset: str = ""
) -> list[Point]:
    """Make and check every point of a grid.

    Parameters
    ----------
    lesson : Lesson
        What runs.
    grid : dict
        As `parse_grid` returns it.
    pairs : sequence of str
        'NAME=VALUE', the same at each point.
    preset : str
        As for `plan`.

    Returns
    -------
    list of Point
        The last name changes fastest.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        If a name is in the grid and fixed too, a value is given twice, or `plan` refuses a point.
    """
    fixed = {pair.partition("=")[0].strip() for pair in pairs} | ({"preset"} if preset else set())
    for name in grid:
        if name in fixed:
            option = "--preset" if preset and name == "preset" else "-p"
            raise ValueError(f"{name} is in --grid and in {option}; give one of them.")
    points, seen = [], {name: {} for name in grid}
    for texts in itertools.product(*grid.values()):
        own = [f"{name}={text}" for name, text in zip(grid, texts, strict=True)]
        request = plan([lesson], [*pairs, *own], preset)[0]
        points.append(Point({name: request.given[name] for name in grid}, request))
        for (name, value), text in zip(points[-1].values.items(), texts, strict=True):
            if (first := seen[name].setdefault(value, text)) != text:  # 0.1 and 1e-1
                raise ValueError(f"--grid {name} has a value twice, got {first} and {text}.")
    return points


def point_name(values: dict[str, Value]) -> str:
    """Return the name of a point's folder.

    Parameters
    ----------
    values : dict
        Name to value.

    Returns
    -------
    str
        Letters that any file system takes; a long name ends in a hash.

    Examples
    --------
    >>> point_name({"loss": "hinge", "seed": 0})
    'loss=hinge,seed=0'
    >>> point_name({"juries": "three scales,one scale"})
    'juries=three%20scales+one%20scale'
    """
    written = ((name, written_value(value).replace(",", "+")) for name, value in values.items())
    name = ",".join(f"{key}={quote(text, safe='+')}" for key, text in written)
    if len(name) <= MOST_LETTERS:
        return name
    exact = repr(list(values.items())).encode()
    return f"{name[:MOST_LETTERS].rstrip('%')}-{hashlib.sha256(exact).hexdigest()[:12]}"


def written_value(value: Value) -> str:
    """Write a value as -p takes it.

    Parameters
    ----------
    value : int, float, str or bool
        A parameter's value.

    Returns
    -------
    str
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(parameter: LessonParameter, part: str, word: str) -> Sequence[str] | range:
    """Read one part of a list: a value, or a range where the parameter is a number."""
    if not part:
        raise ValueError(f"--grid {parameter.name} has an empty value, got {word!r}.")
    match = RANGE.fullmatch(part) if parameter.kind in (int, float) else None
    if not match:
        known = PARAMETERS.get(parameter.name)
        return [part.replace("+", ",") if known and known.many else part]
    start, stop, step = (int(text or 1) for text in match.groups())
    if step == 0:
        raise ValueError(f"--grid {parameter.name} must have a step other than 0, got {part!r}.")
    if not (values := range(start, stop, step)):
        raise ValueError(f"--grid {parameter.name} has an empty range, got {part!r}.")
    return values


def _count(values: Sequence[str] | range) -> int:
    if isinstance(values, range):  # len() overflows beyond 2^63
        return -((values.start - values.stop) // values.step)
    return len(values)


def _unknown(name: str, lesson: Lesson) -> str:
    known = sorted(p.name for p in lesson.parameters)
    hint = nearest(name, known) or f"; known are {', '.join(known)}."
    return f"{name} is not a parameter of {lesson.name}{hint}"
