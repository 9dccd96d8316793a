"""What a run's own files say of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.base.record import read_record

__all__ = ["PARAMS", "RunSummary", "read_run"]

PARAMS = "params.json"


@dataclass(frozen=True)
class RunSummary:
    """What the gallery shows of one run.

    Parameters
    ----------
    folder : Path
        The run.
    params, metrics : dict
        Its params.json and metrics.json.
    figures, checks : list of dict
        From record.jsonl.
    """

    folder: Path
    params: dict
    metrics: dict
    figures: list[dict]
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
    """Read a run's own files.

    Parameters
    ----------
    folder : Path
        The run.

    Returns
    -------
    RunSummary or None
        None where the folder is not a run, or one whose files are damaged.
    """
    try:
        params = json.loads((folder / PARAMS).read_text("utf-8"))
        metrics = json.loads((folder / "metrics.json").read_text("utf-8"))
        figures, checks = read_record(folder, "figure"), read_record(folder, "check")
        whole = isinstance(params["lesson"], str) and isinstance(metrics, dict)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return RunSummary(folder, params, metrics, figures, checks) if whole else None
