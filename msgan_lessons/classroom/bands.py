"""What a lesson's numbers are on other seeds: bands recorded in data/bands.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped

__all__ = ["Band", "band", "measured", "number_at"]


@dataclass(frozen=True)
class Band:
    """The range of a number over seeds.

    Parameters
    ----------
    low, high : float
        The smallest and the largest value that was seen; another seed may lie outside.
    seeds : tuple of int
        The seeds that were played.
    """

    low: float
    high: float
    seeds: tuple[int, ...]

    def __str__(self) -> str:
        ends = f"{self.low:.3g}" if self.low == self.high else f"{self.low:.3g} to {self.high:.3g}"
        word = "seeds" if len(self.seeds) > 1 else "seed"
        return f"{ends} ({word} {', '.join(map(str, self.seeds))})"


def band(lesson: str, metric: str) -> Band | None:
    """Return the recorded band of a number.

    Parameters
    ----------
    lesson : str
        Its name, as in '05_minimax'.
    metric : str
        As for `number_at`.

    Returns
    -------
    Band or None
        None where nothing was recorded.

    Raises
    ------
    FileNotFoundError, ValueError
        If data/bands.json is missing or damaged.

    Examples
    --------
    >>> band("05_minimax", "no such number") is None
    True
    """
    values = _recorded()["lessons"].get(lesson, {}).get(metric, {})
    numbers = list(values.values())
    return Band(min(numbers), max(numbers), tuple(map(int, values))) if numbers else None


def measured() -> str:
    """Say in a sentence where the bands were measured.

    Returns
    -------
    str

    Raises
    ------
    FileNotFoundError, ValueError
        As for `band`.
    """
    return _recorded()["measured"]


def number_at(metrics: Mapping, metric: str) -> float:
    """Find a number in a run's metrics.

    Parameters
    ----------
    metrics : mapping
        metrics.json of a run.
    metric : str
        Keys, and places in lists from 0, joined by dots: 'frechet.dcgan.0'.

    Returns
    -------
    float

    Raises
    ------
    KeyError
        If there is no such number.

    Examples
    --------
    >>> number_at({"error": [0.5, 0.25]}, "error.1")
    0.25
    """
    found = metrics
    for key in metric.split("."):
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, ValueError, IndexError, TypeError):
            raise KeyError(f"metrics hold no {metric!r}: {key!r} is not there.") from None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise KeyError(f"{metric!r} is no number.")
    return found


def _recorded() -> dict:
    entry = shipped.check("bands")
    return json.loads((data_folder() / entry["file"]).read_text())
