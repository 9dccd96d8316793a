"""One run as a row: what it was told, how it ended, every number that it recorded."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from msgan_lessons.base.record import PARAMS

__all__ = ["COLUMNS", "METRICS", "RunRow", "read_row"]

METRICS = "metrics.json"
COLUMNS = ("run", "lesson", "status", "cause", "preset", "device", "wall_seconds")
UNFINISHED = re.compile(r"\..+\.partial")
WITHOUT_FAILURE = {
    "unfinished": "still running, or stopped",
    "damaged": "metrics.json does not say how the run ended",
}


@dataclass(frozen=True)
class RunRow:
    """One run.

    Parameters
    ----------
    folder : Path
        Where it lies, or would lie.
    lesson : str
        Its name; empty where the run does not say.
    status : str
        'done', 'failed', 'unfinished', 'damaged', or 'not run' for a sweep's point.
    cause : str
        Why it is not done; else empty.
    preset, device : str
        As it ran.
    parameters : dict
        All of the lesson's.
    numbers : dict
        Each number in metrics.json; what lies deeper is named as in 'scores.frechet'.
    """

    folder: Path
    lesson: str
    status: str
    cause: str = ""
    preset: str = ""
    device: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)

    def cells(self) -> dict[str, object]:
        """Return column to content.

        Returns
        -------
        dict
            A number that has the name of a parameter is under 'metrics.NAME'.
        """
        own = {name: getattr(self, name) for name in COLUMNS[1:6]}
        given = {k: v for k, v in self.parameters.items() if k not in COLUMNS}
        taken = {*own, *given, "run"}
        found = {f"metrics.{k}" if k in taken else k: v for k, v in self.numbers.items()}
        return {"run": str(self.folder), **own, **given, **found}


def read_row(run: Path) -> RunRow:
    """Read one run.

    Parameters
    ----------
    run : Path
        A folder with params.json or metrics.json.

    Returns
    -------
    RunRow
    """
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
