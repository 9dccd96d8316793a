"""What a run leaves behind: one JSON line a row, check or figure, in the folder of the run."""

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.base.whole_files import ChainedLines, read_lines, write_whole

RECORD, SEAL = "record.jsonl", "record"


class Run:
    """A run: record.jsonl, metrics.json and figures/ in its folder; without one, all in memory."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.rows: list[dict] = []
        self.results: dict[str, object] = {}
        self._figures = self._trainings = 0
        self._lines = ChainedLines(folder / RECORD) if folder else None

    def row(self, row: dict) -> None:
        """Keep one training row of plain values, and append it to record.jsonl."""
        self.rows.append(row)
        self._append("row", row)

    def figure(self, png: bytes, alt: str, caption: str) -> None:
        """Write a figure, a PNG, to figures/NN.png and note its texts."""
        if self.folder is None:
            return
        self._figures += 1
        path = self.folder / "figures" / f"{self._figures:02d}.png"
        path.parent.mkdir(exist_ok=True)
        write_whole(path, png)
        self._append("figure", {"file": path.name, "alt": alt, "caption": caption})

    def metrics(self, **values: object) -> None:
        """Add results, plain values (numbers, strings, lists), to metrics.json."""
        self.results |= values
        if self.folder is not None:
            write_json(self.folder / "metrics.json", self.results)

    def checked(self, claim: str, holds: bool) -> None:
        """Note a check and whether it held."""
        self._append("check", {"claim": claim, "holds": holds})

    def keeper(self, game: object):
        """Return the `Checkpointer` of the training that now begins; None without a folder."""
        if self.folder is None or not (hasattr(game, "steps") and hasattr(game, "config")):
            return None
        from msgan_lessons.base import keeping

        self._trainings += 1
        return keeping.Checkpointer(self.training_folder, game, keeping.keep_seconds())

    @property
    def training_folder(self) -> Path | None:
        """The folder, made or not, of the training that began last; None without a folder."""
        return self.folder and self.folder / "checkpoint" / f"training_{self._trainings:02d}"

    def once(self, name: str, look: Callable[[], Mapping]) -> dict:
        """Look once at the training that began last; a resumed run gets the tensors seen then."""
        if self.training_folder is None:
            return dict(look())
        from msgan_lessons.base import whole_files

        place = self.training_folder / f"seen_{name}"
        if not (place / whole_files.INDEX).is_file():
            whole_files.save_tensors(place, {"seen": look()}, {})
        return whole_files.tensors(place, "seen")

    def _append(self, kind: str, content: dict) -> None:
        if self._lines is not None:
            self._lines.append({"kind": kind, **_finite(content)})


_current: list[Run] = []


def current_run() -> Run:
    """Return the one run of this process: in the folder MSGAN_RUN_DIR, or in memory."""
    if not _current:
        folder = os.environ.get("MSGAN_RUN_DIR")
        _current.append(Run(Path(folder) if folder else None))
    return _current[0]


def check(claim: str, holds: object, because: str = "") -> None:
    """State a claim, test it, and print it; a lesson stops where a claim does not hold.

    Parameters
    ----------
    claim : str
        One sentence without numbers that differ between machines.
    holds : bool or anything with a truth value
        The test.
    because : str
        What to look at when it does not hold.

    Raises
    ------
    AssertionError
        If it does not hold; the message is the claim and `because`.

    Examples
    --------
    >>> check("Two halves make a whole", 0.5 + 0.5 == 1)
    holds: Two halves make a whole
    """
    result = bool(holds)
    current_run().checked(claim, result)
    if not result:
        raise AssertionError(f"does not hold: {claim}. {because}".strip())
    print(f"holds: {claim}")


def read_record(folder: Path, kind: str) -> list[dict]:
    """Read the lines of one kind ('row', 'figure', 'check') from a run's record.jsonl, in order."""
    try:
        seal = json.loads((folder / "metrics.json").read_bytes()).get(SEAL)
    except (OSError, ValueError, AttributeError):
        seal = None  # not there yet, or damaged: then it is no finished run
    lines, _ = read_lines(folder / RECORD, seal)
    return [line for line in lines if line.pop("kind") == kind]


def seal_record(folder: Path) -> dict[str, str]:
    """Return what metrics.json must hold of a run that has ended, so that `read_record` knows."""
    return {SEAL: read_lines(folder / RECORD)[1]}


def write_json(path: Path, content: object) -> None:
    """Write JSON, NaN and infinities as null, to a temporary name, and move it into place whole."""
    write_whole(path, (json.dumps(_finite(content), indent=2) + "\n").encode())


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


PARAMS = "params.json"


@dataclass(frozen=True)
class RunSummary:
    """What the gallery shows of one run."""

    folder: Path
    params: dict  # params.json
    metrics: dict  # metrics.json
    figures: list[dict]  # from record.jsonl, as are the checks
    checks: list[dict]

    @property
    def failed(self) -> bool:
        """Whether the lesson stopped before its end."""
        return self.metrics.get("status") != "done"

    @property
    def seconds(self) -> float:
        """Wall time."""
        return float(self.metrics.get("wall_seconds") or 0)


def read_run(folder: Path) -> RunSummary | None:
    """Read a run's own files; None where the folder is no run, or its files are damaged."""
    try:
        params = json.loads((folder / PARAMS).read_text("utf-8"))
        metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
        figures, checks = read_record(folder, "figure"), read_record(folder, "check")
        whole = isinstance(params["lesson"], str) and isinstance(metrics, dict)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return RunSummary(folder, params, metrics, figures, checks) if whole else None
