"""What varies between runs, and each number over the seeds of runs that are otherwise the same."""

import difflib
import json
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from msgan_lessons.runs.run_row import RunRow

__all__ = ["LessonGroups", "check_metrics", "group_runs"]

SEED = "seed"
BOOKKEEPING = ("wall_seconds", "threads", "checks", "checks_held")  # drawn only if asked for
EFFORT = {"step", "steps", "n_images", "seconds", "updates", "training_seconds", "training_steps"}
Combination = tuple[Hashable, ...]


@dataclass(frozen=True)
class LessonGroups:
    """The runs of one lesson, put together where they differ in nothing but the seed.

    Parameters
    ----------
    lesson : str
        Its name.
    names : tuple of str
        Parameters that vary, without the seed.
    metrics : tuple of str
        Numbers to look at.
    seeds : dict
        Values of `names` to the numbers of each seed's finished run.
    n_runs : dict
        Values of `names` to how many runs there are, finished or not.
    """

    lesson: str
    names: tuple[str, ...]
    metrics: tuple[str, ...]
    seeds: dict[Combination, dict[Hashable, dict[str, float]]]
    n_runs: dict[Combination, int]

    def values(self, combination: Combination, metric: str) -> list[float]:
        """Return one number a seed.

        Parameters
        ----------
        combination : tuple
            A key of `seeds`.
        metric : str
            The number's name.

        Returns
        -------
        list of float
            Empty where no run has it.
        """
        numbers = self.seeds.get(combination, {}).values()
        return [found[metric] for found in numbers if metric in found]

    def lines(self, name: str, metric: str) -> dict[str, dict[Hashable, list[float]]]:
        """Return a number against one parameter, a line for each combination of the others.

        Parameters
        ----------
        name : str
            One of `names`; or empty where nothing varies: all runs are then one place.
        metric : str
            The number's name.

        Returns
        -------
        dict
            Label of the line, as in 'loss=hinge', to value of the parameter to one number a seed.
        """
        found: dict[str, dict[Hashable, list[float]]] = {}
        for combination in self.seeds:
            told = dict(zip(self.names, combination, strict=True))
            place = told.pop(name) if name else f"{len(self.seeds[combination])} seeds"
            label = ", ".join(f"{other}={value}" for other, value in told.items())
            if values := self.values(combination, metric):
                found.setdefault(label, {})[place] = values
        return found


def group_runs(rows: Sequence[RunRow], metrics: Sequence[str] = ()) -> list[LessonGroups]:
    """Group the runs of each lesson.

    Of runs with the same parameters and the same seed the last one counts, once.

    Parameters
    ----------
    rows : sequence of RunRow
        As from `gather`.
    metrics : sequence of str
        Numbers to look at; empty for those that differ between finished runs.

    Returns
    -------
    list of LessonGroups
        One a lesson that has a finished run, in the order of the rows.
    """
    lessons = dict.fromkeys(row.lesson for row in rows if row.status == "done")
    return [_group(name, [r for r in rows if r.lesson == name], metrics) for name in lessons]


def check_metrics(rows: Sequence[RunRow], metrics: Sequence[str]) -> None:
    """Refuse a number that no finished run has.

    Parameters
    ----------
    rows : sequence of RunRow
        As from `gather`.
    metrics : sequence of str
        What was asked for.

    Raises
    ------
    ValueError
        The sentence names the nearest.
    """
    known = list(dict.fromkeys(n for r in rows if r.status == "done" for n in r.numbers))
    for name in metrics:
        if name not in known:
            ends = [k for k in known if name and k.endswith(f".{name}")]
            near = ends[:5] or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else _all(known)
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


def _all(known: Sequence[str]) -> str:
    return f"known are {', '.join(known)}." if known else "they have none."
