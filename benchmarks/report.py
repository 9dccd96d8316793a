"""RESULTS.md, rendered from the raw figures in results.json."""

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from benchmarks.timing import of_rounds

__all__ = ["Entry", "met", "render", "table"]

HEADS = ["measured", "ratio of", "median", "lowest to highest", "turns or seeds", "goal", "met"]


@dataclass(frozen=True)
class Entry:
    """One line of the one table.

    Parameters
    ----------
    measured : str
        Row and setting.
    of : str
        What is divided by what.
    ratios : list of float
        One a turn; empty where nothing was measured.
    goal : str
        '>= 1.3', or empty.
    note : str
        Why nothing was measured, or what to know.
    """

    measured: str
    of: str
    ratios: Sequence[float]
    goal: str = ""
    note: str = ""

    def cells(self) -> list[str]:
        """Return the line as text."""
        if not self.ratios:
            return [self.measured, self.of, self.note, "", "", self.goal, ""]
        middle, low, high = of_rounds(self.ratios)
        of = f"{self.of} ({self.note})" if self.note else self.of
        spread = f"{_short(low)} to {_short(high)}"
        figures = [f"**{_short(middle)}**", spread, str(len(self.ratios))]
        return [self.measured, of, *figures, self.goal, met(middle, self.goal)]


def met(value: float, goal: str) -> str:
    """Say whether a ratio reaches its goal.

    Parameters
    ----------
    value : float
        The median.
    goal : str
        '>= number', '<= number', or empty.

    Returns
    -------
    str
        'yes', 'no', or empty.

    Examples
    --------
    >>> met(1.4, ">= 1.3"), met(1.4, "<= 1.25"), met(1.4, "")
    ('yes', 'no', '')
    """
    if not goal:
        return ""
    sign, limit = re.fullmatch(r"(>=|<=) ([\d.]+)", goal).groups()
    compare = {">=": operator.ge, "<=": operator.le}[sign]
    return "yes" if compare(value, float(limit)) else "no"


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Lay out a table in Markdown.

    Parameters
    ----------
    heads : sequence of str
        One a column.
    lines : sequence of sequence of str
        Cells.

    Returns
    -------
    str
    """
    rows = [heads, ["---"] * len(heads), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def render(results: Mapping[str, dict], rows: Mapping[str, ModuleType], title: str) -> str:
    """Write the page: machine, the one table, and what stands behind each row.

    Parameters
    ----------
    results : dict
        Row to 'machine' and 'result'.
    rows : dict
        Row to its module, in the order of the page; it has `entries` and `details`.
    title : str
        Head of the page.

    Returns
    -------
    str
    """
    there = {name: results[name] for name in rows if name in results}
    lines = [e.cells() for name, of in there.items() for e in rows[name].entries(of["result"])]
    parts = [
        f"# {title}\n",
        "Written by `make bench` (`python -m benchmarks`); the raw figures are in results.json.\n"
        "Each ratio is taken turn by turn, A B A B, so that what disturbs the machine meets both: "
        "between two processes, or (distance to the limit) within one. The median counts.\n",
        "\n".join(_machines(there)),
    ]
    if lines:
        parts.append(table(HEADS, lines))
    parts += [rows[name].details(of["result"]) for name, of in there.items()]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts if part)


def _machines(results: Mapping[str, dict]) -> list[str]:
    """One line for each machine and day, with the rows that were measured there."""
    seen: dict[str, list[str]] = {}
    for name, of in results.items():
        seen.setdefault("; ".join(f"{k}: {v}" for k, v in of["machine"].items()), []).append(name)
    if len(seen) == 1:
        return [f"- {where}" for where in seen]
    return [f"- {', '.join(names)}: {where}" for where, names in seen.items()]


def _short(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
