"""A grid of parameters, and the folder of a sweep: which points it has, which are finished."""

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import Timeout

from msgan_lessons.base.record import PARAMS, write_json
from msgan_lessons.runs.folder import describe_run, first_difference, locked, prepare_output
from msgan_lessons.runs.lessons import Lesson, LessonParameter, Request, build_requests
from msgan_lessons.runs.parameters import known_parameters, nearest

MOST_POINTS = 2000  # each is checked before the first starts
MOST_LETTERS = 120  # of a folder's name; file systems allow 255 bytes
RANGE = re.compile(r"(-?\d{1,18}):(-?\d{1,18})(?::(-?\d{1,18}))?")
Value = int | float | str | bool


@dataclass(frozen=True)
class Point:
    """One point of a grid."""

    values: dict[str, Value]  # the grid's names, in its order, with this point's values
    request: Request  # the lesson with these and the fixed parameters, checked


def parse_grid(words: Sequence[str], lesson: Lesson) -> dict[str, list[str]]:
    """Read the words of --grid: NAME=V1,V2, NAME=A:B, NAME=A:B:STEP; '+' joins a list's parts."""
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
    """Make and check every point of a grid; the last name changes fastest."""
    fixed = {pair.partition("=")[0].strip() for pair in pairs} | ({"preset"} if preset else set())
    for name in grid:
        if name in fixed:
            option = "--preset" if preset and name == "preset" else "-p"
            raise ValueError(f"{name} is in --grid and in {option}; give one of them.")
    points, seen = [], {name: {} for name in grid}
    for texts in itertools.product(*grid.values()):
        own = [f"{name}={text}" for name, text in zip(grid, texts, strict=True)]
        request = build_requests([lesson], [*pairs, *own], preset)[0]
        points.append(Point({name: request.given[name] for name in grid}, request))
        for (name, value), text in zip(points[-1].values.items(), texts, strict=True):
            if (first := seen[name].setdefault(value, text)) != text:  # 0.1 and 1e-1
                raise ValueError(f"--grid {name} has a value twice, got {first} and {text}.")
    return points


def point_name(values: dict[str, Value]) -> str:
    """Name a point's folder, as in 'loss=hinge,seed=0'; a long name is cut and ends in a hash."""
    written = ((name, written_value(value).replace(",", "+")) for name, value in values.items())
    name = ",".join(f"{key}={quote(text, safe='+')}" for key, text in written)
    if len(name) <= MOST_LETTERS:
        return name
    exact = repr(list(values.items())).encode()
    return f"{name[:MOST_LETTERS].rstrip('%')}-{hashlib.sha256(exact).hexdigest()[:12]}"


def written_value(value: Value) -> str:
    """Write a value as -p takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(parameter: LessonParameter, part: str, word: str) -> Sequence[str] | range:
    """Read one part of a list: a value, or a range where the parameter is a number."""
    if not part:
        raise ValueError(f"--grid {parameter.name} has an empty value, got {word!r}.")
    match = RANGE.fullmatch(part) if parameter.kind in (int, float) else None
    if not match:
        known = known_parameters().get(parameter.name)
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


SWEEP = "sweep.json"
KINDS = {"lesson": str, "fixed": dict, "grid": dict, "names": list, "points": dict}


@contextmanager
def sweep_lock(out: Path) -> Iterator[Path]:
    """Make a sweep's folder, keep it to this process, and yield it as an absolute path."""
    folder = prepare_output(out, [])
    lock = locked(folder, SWEEP)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ValueError(
            f"another sweep is at work in {out}; wait for it, or give another --out."
        ) from error
    try:
        yield folder
    finally:
        lock.release()


def begin_sweep(out: Path, points: Sequence[Point]) -> tuple[dict[str, Point], set[str]]:
    """Note what is asked for, and make a folder for each point that is still to run."""
    named = write_sweep(out, points)
    done = finished_points(out, named)
    for name in named.keys() - done:
        prepare_output(out / name, [points[0].request.lesson])
    return named, done  # point by folder's name, and the names of the finished


def write_sweep(out: Path, points: Sequence[Point]) -> dict[str, Point]:
    """Write down what a sweep was told, beside what an earlier start was, whose names stay."""
    asked = points[0].request
    fixed = {k: v for k, v in asked.given.items() if k not in points[0].values}
    if asked.preset:
        fixed["preset"] = asked.preset
    told = {"lesson": asked.lesson.name, "fixed": fixed}
    earlier = read_sweep(out) or {**told, "grid": {}, "names": list(points[0].values), "points": {}}
    for key, value in told.items():
        if earlier[key] != value:
            raise ValueError(
                f"{out} holds a sweep with {_words(earlier[key])}, not {_words(value)}; "
                "give another --out."
            )
    grid, names = earlier["grid"], earlier["names"]
    for name in points[0].values:
        own = dict.fromkeys(point.values[name] for point in points)
        grid[name] = list(dict.fromkeys([*grid.get(name, []), *own]))
    named = {point_name(_shown(point.request, grid, names)): point for point in points}
    noted = {name: _shown(point.request, grid, list(grid)) for name, point in named.items()}
    write_json(out / SWEEP, {**earlier, "points": {**earlier["points"], **noted}})
    return named  # point by folder's name


def read_sweep(out: Path) -> dict | None:
    """Read what `write_sweep` wrote; None where there is no sweep."""
    path = out / SWEEP
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        whole = all(isinstance(found[key], kind) for key, kind in KINDS.items())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged; move it, or give another folder.") from error
    if not whole:
        raise ValueError(f"{path} is damaged; move it, or give another folder.")
    return found


def finished_points(out: Path, named: Mapping[str, Point]) -> set[str]:
    """Return the names of points whose run is done, and is the very run that is asked for."""
    asked: dict[object, dict] = {}  # by preset: to describe a run takes half a second
    done = set()
    for name, point in named.items():
        request = point.request
        found = _done_run(out / name / request.lesson.name)
        if not found:
            continue
        preset = request.parameters.get("preset")
        if preset not in asked:
            asked[preset] = describe_run(request)
        wanted = {**asked[preset], "parameters": request.parameters}
        if not first_difference(found, wanted, versions=False):
            done.add(name)
    return done


def _done_run(run: Path) -> dict:
    """Return what a finished run says of itself, else nothing."""
    try:
        status = json.loads((run / "metrics.json").read_text("utf-8"))["status"]
        return dict(json.loads((run / PARAMS).read_text("utf-8"))) if status == "done" else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _shown(request: Request, grid: dict, names: list[str]) -> dict[str, Value]:
    """Return the values that tell a point from the others of its sweep."""
    values, usual = request.parameters, request.lesson.defaults
    return {n: values[n] for n in grid if n in names or values[n] != usual[n]}


def _words(told: str | dict) -> str:
    if isinstance(told, str):
        return f"lesson {told}"
    return "fixed " + (", ".join(f"{k}={v}" for k, v in told.items()) or "nothing")
