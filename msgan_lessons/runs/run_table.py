"""Runs gathered into a table: a row a run, a column a parameter or number; nothing left out."""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgan_lessons.base.record import PARAMS
from msgan_lessons.runs.run_row import COLUMNS, METRICS, RunRow, read_row
from msgan_lessons.runs.sweep_folder import SWEEP, read_sweep

__all__ = ["columns", "gather", "write_csv"]

REPLACED = re.compile(r"\.(.+)\.old")


def gather(folders: Iterable[Path]) -> list[RunRow]:
    """Find all runs in folders, at any depth, and the points that a sweep has not run.

    Parameters
    ----------
    folders : iterable of Path
        Runs, sweeps, or folders around them.

    Returns
    -------
    list of RunRow
        Each run once, in the order of the folders and then of the names.

    Raises
    ------
    FileNotFoundError
        If a folder is not there.
    """
    rows: dict[Path, RunRow] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a folder.")
        for row in _walk(folder.absolute()):
            rows.setdefault(row.folder.resolve(), row)
    return list(rows.values())


def columns(rows: Sequence[RunRow]) -> list[str]:
    """Return the names of all columns: those of every run, parameters, numbers.

    Parameters
    ----------
    rows : sequence of RunRow
        At least one.

    Returns
    -------
    list of str
    """
    given = dict.fromkeys(name for row in rows for name in row.parameters)
    found = dict.fromkeys(name for row in rows for name in row.cells())
    fixed = [name for name in COLUMNS if name in found or name == "wall_seconds"]
    return list(dict.fromkeys([*fixed, *(n for n in given if n not in COLUMNS), *found]))


def write_csv(rows: Sequence[RunRow], path: Path) -> None:
    """Write the table as CSV, whole or not at all; an empty cell is what a run does not have.

    Parameters
    ----------
    rows : sequence of RunRow
        At least one; 'run' is written as seen from the file's folder.
    path : Path
        Where to.
    """
    temporary = path.with_name(f".{path.name}.partial")
    with temporary.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.DictWriter(file, columns(rows), restval="")
        writer.writeheader()
        for row in rows:
            run = os.path.relpath(row.folder, path.parent.absolute())
            writer.writerow({**row.cells(), "run": run})
    os.replace(temporary, path)


def _walk(folder: Path) -> Iterator[RunRow]:
    for place, inner, files in os.walk(folder):
        path = Path(place)
        old = REPLACED.fullmatch(path.name)
        if old and (path.parent / old[1]).exists():  # being replaced by a newer run
            inner.clear()
        elif PARAMS in files or METRICS in files:
            yield read_row(path)
            inner.clear()
        else:
            inner.sort()
            if SWEEP in files:
                yield from _not_run(path)


def _not_run(out: Path) -> Iterator[RunRow]:
    """The points of a sweep whose folder holds no run."""
    try:
        told = read_sweep(out)
        points = {out / name: dict(values) for name, values in told["points"].items()}
    except (ValueError, TypeError) as error:
        yield RunRow(out, "", "damaged", str(error))
        return
    for folder, values in points.items():
        if not any((p / PARAMS).exists() for p in (folder.iterdir() if folder.is_dir() else ())):
            given = {**told["fixed"], **values}
            run = folder / told["lesson"]
            preset = str(given.get("preset", ""))
            yield RunRow(run, told["lesson"], "not run", preset=preset, parameters=given)
