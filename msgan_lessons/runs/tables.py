"""Runs gathered into a table: a row a run, means over seeds and how sure they are."""

import difflib
import json
import os
import re
import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pandas import DataFrame, Series

from msgan_lessons.base.record import PARAMS
from msgan_lessons.base.whole_files import write_whole
from msgan_lessons.runs.grid import SWEEP, read_sweep


def mean_and_interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean over seeds and half its 95 % interval (Student's t), None of one value."""
    from scipy.stats import t  # a second to import: only where an interval is asked for

    if not values:
        raise ValueError("values must hold at least one number, got none.")
    seeds = Series(values, dtype=float)
    half = None if len(seeds) == 1 else float(t.ppf(0.975, len(seeds) - 1) * seeds.sem())
    return float(seeds.mean()), half


METRICS = "metrics.json"
COLUMNS = ("run", "lesson", "status", "cause", "preset", "device", "wall_seconds")
UNFINISHED = re.compile(r"\..+\.partial")
WITHOUT_FAILURE = {
    "unfinished": "still running, or stopped",
    "damaged": "metrics.json does not say how the run ended",
}


@dataclass(frozen=True)
class RunRow:
    """One run."""

    folder: Path  # where it lies, or would lie
    lesson: str  # its name; empty where the run does not say
    status: str  # 'done', 'failed', 'unfinished', 'damaged', or 'not run' for a sweep's point
    cause: str = ""  # why it is not done; else empty
    preset: str = ""  # as it ran, as the device
    device: str = ""
    parameters: dict[str, object] = field(default_factory=dict)  # all of the lesson's
    numbers: dict[str, float] = field(default_factory=dict)  # in metrics.json: 'scores.frechet'

    def cells(self) -> dict[str, object]:
        """Return column to content; a number with a parameter's name is under 'metrics.NAME'."""
        own = {name: getattr(self, name) for name in COLUMNS[1:6]}
        given = {k: v for k, v in self.parameters.items() if k not in COLUMNS}
        taken = {*own, *given, "run"}
        found = {f"metrics.{k}" if k in taken else k: v for k, v in self.numbers.items()}
        return {"run": str(self.folder), **own, **given, **found}


def read_row(run: Path) -> RunRow:
    """Read the run of a folder with params.json or metrics.json."""
    unfinished = bool(UNFINISHED.fullmatch(run.name))
    try:
        params = _read(run / PARAMS)
        about = {key: str(params.get(key, "")) for key in ("lesson", "preset", "device")}
        parameters = dict(params["parameters"])
        metrics = _read(run / METRICS) if (run / METRICS).exists() or not unfinished else {}
        numbers = dict(_numbers({**metrics, "failure": None}))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return RunRow(run, run.name.split(".")[unfinished], "damaged", _words(error))
    status = "unfinished" if unfinished else str(metrics.get("status", "damaged"))
    return RunRow(
        run, status=status, cause=_cause(metrics, status), parameters=parameters,
        numbers=numbers, **about,
    )  # fmt: skip


def _read(path: Path) -> dict:
    if not path.exists():
        raise ValueError(f"{path.name} is missing")
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is damaged: it is not JSON") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} is damaged: it holds no JSON object")
    return found


def _numbers(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Flatten: dicts by key, lists by place; true is 1."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _numbers(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, bool):
        yield name, int(value)
    elif isinstance(value, int | float) and abs(value) <= sys.float_info.max:
        yield name, value


def _cause(metrics: dict, status: str) -> str:
    if status == "done":
        return ""
    failure = metrics.get("failure")
    if isinstance(failure, dict):
        place = f"cell {failure['cell']}: " if failure.get("cell") else ""
        return place + str(failure.get("cause", ""))
    return WITHOUT_FAILURE.get(status, "")


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"params.json is damaged: it has no {error.args[0]}"
    return str(error) or type(error).__name__


REPLACED = re.compile(r"\.(.+)\.old")


def collect_runs(folders: Iterable[Path]) -> list[RunRow]:
    """Find all runs in folders, at any depth, and the points that a sweep has not run."""
    rows: dict[Path, RunRow] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder} is not a folder.")
        for row in _walk(folder.absolute()):
            rows.setdefault(row.folder.resolve(), row)
    return list(rows.values())


def columns(rows: Sequence[RunRow]) -> list[str]:
    """Return the names of all columns: those of every run, parameters, numbers."""
    given = dict.fromkeys(name for row in rows for name in row.parameters)
    found = dict.fromkeys(name for row in rows for name in row.cells())
    fixed = [name for name in COLUMNS if name in found or name == "wall_seconds"]
    return list(dict.fromkeys([*fixed, *(n for n in given if n not in COLUMNS), *found]))


def write_csv(rows: Sequence[RunRow], path: Path) -> None:
    """Write the table as CSV, whole or not at all; an empty cell is what a run does not have."""
    table = DataFrame([row.cells() for row in rows], columns=columns(rows), dtype=object)
    base = path.parent.absolute()
    table["run"] = [os.path.relpath(row.folder, base) for row in rows]
    text = table.to_csv(index=False, lineterminator="\r\n")
    write_whole(path, text.encode("utf-8", "replace"))


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


SEED = "seed"
ROW, LESSON = "", " "  # no parameter's names
BOOKKEEPING = ("wall_seconds", "threads", "checks", "checks_held")  # drawn only if asked for
EFFORT = {"step", "steps", "n_images", "seconds", "updates", "training_seconds", "training_steps"}
Combination = tuple[Hashable, ...]


@dataclass(frozen=True)
class LessonGroups:
    """The runs of one lesson, put together where they differ in nothing but the seed."""

    lesson: str
    names: tuple[str, ...]  # parameters that vary, without the seed
    metrics: tuple[str, ...]  # numbers to look at
    seeds: dict[Combination, DataFrame]  # values of `names` to numbers, a finished seed a row
    n_runs: dict[Combination, int]  # values of `names` to how many runs there are, finished or not

    def values(self, combination: Combination, metric: str) -> list[float]:
        """Return one number a seed; none where no run has it."""
        return self.seeds[combination].get(metric, Series()).dropna().tolist()

    def lines(self, name: str, metric: str) -> dict[str, dict[Hashable, list[float]]]:
        """Return lines to draw: label to parameter's value ('' if none) to a number a seed."""
        found: dict[str, dict[Hashable, list[float]]] = {}
        for combination, seeds in self.seeds.items():
            told = dict(zip(self.names, combination, strict=True))
            place = told.pop(name) if name else f"{len(seeds)} seeds"
            label = ", ".join(f"{other}={value}" for other, value in told.items())
            if values := self.values(combination, metric):
                found.setdefault(label, {})[place] = values
        return found


def group_runs(rows: Sequence[RunRow], metrics: Sequence[str] = ()) -> list[LessonGroups]:
    """Group the runs of each lesson by all but the seed; of one seed the last run counts."""
    lessons = dict.fromkeys(row.lesson for row in rows if row.status == "done")
    return [_group(name, [r for r in rows if r.lesson == name], metrics) for name in lessons]


def check_metrics(rows: Sequence[RunRow], metrics: Sequence[str]) -> None:
    """Refuse a number that no finished run has."""
    known = list(dict.fromkeys(n for r in rows if r.status == "done" for n in r.numbers))
    for name in metrics:
        if name not in known:
            ends = [k for k in known if name and k.endswith(f".{name}")]
            near = ends[:5] or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            every = f"known are {', '.join(known)}." if known else "they have none."
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else every
            raise ValueError(f"--metric must be a number of these runs, got {name!r}; {hint}")


def _group(lesson: str, rows: Sequence[RunRow], metrics: Sequence[str]) -> LessonGroups:
    rows = [row for row in rows if row.status != "damaged"]
    done = DataFrame([row.numbers for row in rows if row.status == "done"])
    told = DataFrame([_told(row) for row in rows], dtype=object)
    # a point that never ran knows only the parameters of its grid: the others are not a number
    names = [name for name in told if name != SEED and told[name].nunique() > 1]
    told = told.reindex(columns=[*names, SEED]).assign(**{ROW: rows, LESSON: lesson})
    seeds, n_runs = {}, {}
    parts = told.groupby([LESSON, *names], sort=False)
    for (_, *combination), part in sorted(parts, key=lambda pair: [_rank(v) for v in pair[0]]):
        ended = part[[row.status == "done" for row in part[ROW]]]
        last = ended.drop_duplicates(SEED, keep="last")
        seeds[tuple(combination)] = DataFrame([row.numbers for row in last[ROW]])
        n_runs[tuple(combination)] = part[SEED].nunique(dropna=False)
    chosen = [m for m in metrics if m in done] if metrics else _differing(done)
    return LessonGroups(lesson, tuple(names), tuple(chosen), seeds, n_runs)


def _told(row: RunRow) -> dict[str, Hashable]:
    plain = {k: v if isinstance(v, Hashable) else json.dumps(v) for k, v in row.parameters.items()}
    return {**plain, **({"preset": row.preset} if row.preset else {})}


def _differing(done: DataFrame) -> list[str]:
    """Numbers that differ; what was spent comes after what came of it."""
    found = [n for n in done if n not in BOOKKEEPING and done[n].nunique(dropna=False) > 1]
    return sorted(found, key=lambda name: bool(EFFORT & set(name.split("."))))


def _rank(value: Hashable) -> tuple:
    """Numbers in their order, then words in theirs."""
    number = isinstance(value, int | float)
    return (0, value, "") if number else (1, 0, str(value))
