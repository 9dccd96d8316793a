"""Runs gathered into a table: a row a run, means over seeds and how sure they are."""

import csv
import difflib
import json
import math
import os
import re
import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from msgan_lessons.base.record import PARAMS
from msgan_lessons.runs.grid import SWEEP, read_sweep


def t_two_sided_cdf(t: float, df: int) -> float:
    """P(|T| <= t) of Student's t, df degrees of freedom: Abramowitz and Stegun, 26.7.3, 26.7.4."""
    if not t >= 0:
        raise ValueError(f"t must be at least 0, got {t!r}.")
    if df < 1:
        raise ValueError(f"df must be at least 1, got {df!r}.")
    theta = math.atan(t / math.sqrt(df))  # P is a finite sum of powers of cos(theta)
    cosine, odd = math.cos(theta), df % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(odd, df - 1, 2):  # each term is made from the one before: k + 2 in place of k
        total += term
        term *= cosine**2 * (k + 1) / (k + 2)
    inner = math.sin(theta) * total
    return 2 / math.pi * (theta + inner) if odd else inner


@cache
def t_quantile(df: int, level: float = 0.95) -> float:
    """Return the t that holds a share `level` of Student's t between -t and t."""
    if not 0 <= level < 1:
        raise ValueError(f"level must be in [0, 1), got {level!r}.")
    low, high = 0.0, 1.0
    while t_two_sided_cdf(high, df) < level:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if t_two_sided_cdf(middle, df) < level else (low, middle)
    return high


def mean_and_interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean over seeds and half its 95 % interval, None where there is one value alone.

    The interval is mean +- t * s / sqrt(n), with s the sample's standard deviation (n - 1) and t
    of Student's distribution with n - 1 degrees of freedom: it takes the seeds' results for
    independent and about normal.
    """
    if not values:
        raise ValueError("values must hold at least one number, got none.")
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return mean, None
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    return mean, t_quantile(n - 1) * spread / math.sqrt(n)


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


SEED = "seed"
BOOKKEEPING = ("wall_seconds", "threads", "checks", "checks_held")  # drawn only if asked for
EFFORT = {"step", "steps", "n_images", "seconds", "updates", "training_seconds", "training_steps"}
Combination = tuple[Hashable, ...]


@dataclass(frozen=True)
class LessonGroups:
    """The runs of one lesson, put together where they differ in nothing but the seed."""

    lesson: str
    names: tuple[str, ...]  # parameters that vary, without the seed
    metrics: tuple[str, ...]  # numbers to look at
    seeds: dict[Combination, dict[Hashable, dict[str, float]]]  # finished runs by values and seed
    n_runs: dict[Combination, int]  # values of `names` to how many runs there are, finished or not

    def values(self, combination: Combination, metric: str) -> list[float]:
        """Return one number a seed; none where no run has it."""
        numbers = self.seeds.get(combination, {}).values()
        return [found[metric] for found in numbers if metric in found]

    def lines(self, name: str, metric: str) -> dict[str, dict[Hashable, list[float]]]:
        """Return a number against one parameter, a line for each combination of the others."""
        found: dict[str, dict[Hashable, list[float]]] = {}  # by label, 'loss=hinge', by value
        for combination in self.seeds:
            told = dict(zip(self.names, combination, strict=True))
            place = told.pop(name) if name else f"{len(self.seeds[combination])} seeds"
            label = ", ".join(f"{other}={value}" for other, value in told.items())
            if values := self.values(combination, metric):
                found.setdefault(label, {})[place] = values
        return found


def group_runs(rows: Sequence[RunRow], metrics: Sequence[str] = ()) -> list[LessonGroups]:
    """Group the runs of each lesson by all but the seed; no `metrics` means those that differ.

    Of runs with the same parameters and the same seed the last one counts, once.
    """
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
    done = [row for row in rows if row.status == "done"]
    names = tuple(_varying([_told(row) for row in rows if row.status != "damaged"]))
    chosen = [m for m in metrics if any(m in row.numbers for row in done)]
    seeds: dict[Combination, dict[Hashable, dict[str, float]]] = {}
    runs: dict[Combination, set] = {}
    for row in rows:
        told = _told(row)
        if row.status != "damaged" and all(name in told for name in names):
            combination, seed = tuple(told[name] for name in names), told.get(SEED)
            runs.setdefault(combination, set()).add(seed)
            if row.status == "done":
                seeds.setdefault(combination, {})[seed] = row.numbers
    order = sorted(runs, key=lambda key: [_rank(value) for value in key])
    return LessonGroups(
        lesson, names, tuple(chosen if metrics else _differing(done)),
        {key: seeds[key] for key in order if key in seeds}, {key: len(runs[key]) for key in order},
    )  # fmt: skip


def _told(row: RunRow) -> dict[str, Hashable]:
    plain = {k: v if isinstance(v, Hashable) else json.dumps(v) for k, v in row.parameters.items()}
    return {**plain, **({"preset": row.preset} if row.preset else {})}


def _varying(told: Sequence[dict[str, Hashable]]) -> Iterator[str]:
    """Parameters with more than one value; a point that never ran knows only those of its grid."""
    for name in dict.fromkeys(name for values in told for name in values):
        if name != SEED and len({values[name] for values in told if name in values}) > 1:
            yield name


def _differing(done: Sequence[RunRow]) -> list[str]:
    """Numbers that differ; what was spent comes after what came of it."""
    names = dict.fromkeys(name for row in done for name in row.numbers)
    found = [
        name
        for name in names
        if name not in BOOKKEEPING and len({row.numbers.get(name) for row in done}) > 1
    ]
    return sorted(found, key=lambda name: bool(EFFORT & set(name.split("."))))


def _rank(value: Hashable) -> tuple:
    """Numbers in their order, then words in theirs."""
    number = isinstance(value, int | float)
    return (0, value, "") if number else (1, 0, str(value))
