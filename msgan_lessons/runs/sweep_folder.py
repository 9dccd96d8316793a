"""The folder of a sweep: what it was told, a folder for each point, which points are finished."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from msgan_lessons.base.record import PARAMS, write_json
from msgan_lessons.runs.description import describe_run, difference
from msgan_lessons.runs.grid import Point, Value, point_name
from msgan_lessons.runs.plan import Request, prepare_output
from msgan_lessons.runs.slots import locked

__all__ = ["SWEEP", "begin_sweep", "finished", "held", "note_sweep", "read_sweep"]

SWEEP = "sweep.json"
KINDS = {"lesson": str, "fixed": dict, "grid": dict, "names": list, "points": dict}


@contextmanager
def held(out: Path) -> Iterator[Path]:
    """Make a sweep's folder and keep it to this process.

    Parameters
    ----------
    out : Path
        Made where it is missing.

    Yields
    ------
    Path
        The folder, absolute.

    Raises
    ------
    ValueError
        If it cannot be written, or another sweep is at work in it.
    """
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
    """Note what is asked for, and make a folder for each point that is still to run.

    Parameters
    ----------
    out : Path
        The sweep's folder, held by this process.
    points : sequence of Point
        At least one.

    Returns
    -------
    tuple
        Name of the folder to point, and the names of those that are finished.

    Raises
    ------
    ValueError
        As `note_sweep`; or a folder cannot be made, or holds what is not a run.
    """
    named = note_sweep(out, points)
    done = finished(out, named)
    for name in named.keys() - done:
        prepare_output(out / name, [points[0].request.lesson])
    return named, done


def note_sweep(out: Path, points: Sequence[Point]) -> dict[str, Point]:
    """Write down what a sweep was told, beside what an earlier start was told.

    A later start may have other values and more names. Names of the first start stand in every
    folder's name; later ones only where a value is not the lesson's default: so a point that is
    the same has the same folder.

    Parameters
    ----------
    out : Path
        The sweep's folder.
    points : sequence of Point
        At least one.

    Returns
    -------
    dict
        Name of the folder to point.

    Raises
    ------
    ValueError
        If the folder holds a sweep of another lesson or with other fixed parameters, or its
        sweep.json is damaged. Nothing is written then.
    """
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
    return named


def read_sweep(out: Path) -> dict | None:
    """Read a sweep.json.

    Parameters
    ----------
    out : Path
        The sweep's folder.

    Returns
    -------
    dict or None
        'lesson', 'fixed', 'grid', 'names', 'points'; None where there is no sweep.

    Raises
    ------
    ValueError
        If it is damaged.
    """
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


def finished(out: Path, named: Mapping[str, Point]) -> set[str]:
    """Return the points whose run is done, and is the very run that is asked for.

    Parameters
    ----------
    out : Path
        The sweep's folder.
    named : mapping
        Name of the folder to point.

    Returns
    -------
    set of str
        Their names; a point with a damaged file is not among them.
    """
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
        if not difference(found, wanted, versions=False):
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
