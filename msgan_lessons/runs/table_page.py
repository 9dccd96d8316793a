"""`msgan report`: the page of a table of runs, with means over seeds, plots and every run."""

import math
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from matplotlib.axes import Axes

from msgan_lessons.base.pages import is_ours, render
from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.base.whole_files import write_whole
from msgan_lessons.runs.tables import (
    LessonGroups,
    RunRow,
    check_metrics,
    columns,
    group_runs,
    mean_and_interval,
    write_csv,
)

STYLES = (  # colour, marker, line; blue and orange-red mean real and fake elsewhere: they come last
    ("sixth", "o", "-"), ("third", "s", "-"), ("fourth", "^", "-"), ("optimum", "D", "-"),
    ("fifth", "v", "-"), ("real", "P", "--"), ("fake", "X", "--"), ("sixth", "*", ":"),
)  # fmt: skip
MOST_LINES = len(STYLES)
MOST_TOLD = 12  # means in the alt text; all are in the table
LOG_FACTOR = 30  # positive values further apart than that stand on a logarithmic axis
RULE = (
    "mean over seeds and its 95 % interval (Student's t); small dots are single seeds; "
    "one seed alone has no interval."
)
Line = Mapping[Hashable, Sequence[float]]  # value of the parameter to one number a seed


def sweep_figure(lines: Mapping[str, Line], parameter: str, metric: str) -> Picture:
    """Draw a number against a parameter, a line for each combination of the other parameters."""
    if not lines or not all(line and all(line.values()) for line in lines.values()):
        raise ValueError("lines must hold at least one number each, got an empty one.")
    drawn = dict(list(lines.items())[:MOST_LINES])
    scale = _Scale(list(dict.fromkeys(place for line in drawn.values() for place in line)))
    columns = 1 if max(map(len, drawn)) > 36 else 2
    legend = 0.25 * math.ceil(len(drawn) / columns) * (len(drawn) > 1)
    figure, axis = new_figure(7.0, 3.2 + legend)
    for i, (label, line) in enumerate(drawn.items()):
        shift = (i - (len(drawn) - 1) / 2) / len(drawn)
        _draw(axis, scale, shift, line, label, STYLES[i])
    scale.dress(axis)
    axis.set(xlabel=parameter, ylabel="\n".join(_broken(metric, 32)))
    axis.grid(axis="y", alpha=0.3)
    if len(drawn) > 1:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "ncols": columns}
        axis.legend(fontsize=8, frameon=False, **place)
    left = f" {MOST_LINES} of {len(lines)} combinations are drawn." * (len(lines) > MOST_LINES)
    return Picture(figure, _alt(drawn, parameter, metric), f"{metric}: {RULE}{left}")


def with_interval(values: Sequence[float]) -> str:
    """Write a mean and half its interval to that half's second digit, as in '2.0 ± 2.5'."""
    mean, half = mean_and_interval(values)
    if not half:
        return f"{mean:.4g}" + ("" if half is None else " ± 0")
    digits = max(0, 1 - math.floor(math.log10(half)))
    if digits > 6 or half >= 1e6:
        return f"{mean:.4g} ± {half:.2g}"
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


class _Scale:
    """Where a parameter's values stand on the axis; words stand side by side."""

    def __init__(self, places: list[Hashable]) -> None:
        self.places = places
        self.numeric = all(isinstance(p, int | float) and not isinstance(p, bool) for p in places)
        positive = self.numeric and min(places) > 0
        self.log = positive and max(places) > LOG_FACTOR * min(places)

    def at(self, place: Hashable, shift: float) -> float:
        """Move a value to the side by a share of the room that it has."""
        if not self.numeric:
            return self.places.index(place) + 0.7 * shift
        low, high = min(self.places), max(self.places)
        if self.log:
            return place * (high / low) ** (0.08 * shift)
        return place + 0.08 * shift * (high - low)

    def dress(self, axis: Axes) -> None:
        """Write the values below the axis."""
        names, wide = list(map(str, self.places)), len(self.places) < 5
        if not self.numeric:
            texts = ["\n".join(_broken(name, 22 if wide else 12)) for name in names]
            axis.set_xticks(range(len(names)), texts, fontsize=9 if len(names) < 7 else 7)
            axis.set_xlim(-0.6, len(names) - 0.4)
        elif self.log:
            axis.set_xscale("log")
        elif len(names) <= 8:
            axis.set_xticks(sorted(self.places))


def _draw(
    axis: Axes, scale: _Scale, shift: float, line: Line, label: str, style: tuple[str, str, str]
) -> None:
    colour, marker, dashes = COLOURS[style[0]], *style[1:]
    xs = [scale.at(place, shift) for place in line]
    means, halves = zip(*map(mean_and_interval, line.values()), strict=True)
    known = [(x, m, h) for x, m, h in zip(xs, means, halves, strict=True) if h is not None]
    if known:
        columns = [list(column) for column in zip(*known, strict=True)]
        axis.errorbar(*columns, fmt="none", capsize=4, ecolor=colour, elinewidth=1.4)
    for place, values in line.items():
        if len(values) > 1:
            x = scale.at(place, shift - 0.12)
            axis.plot([x] * len(values), values, ".", color=colour, alpha=0.5, ms=5)
    joined = dashes if scale.numeric else ""
    axis.plot(xs, means, marker=marker, ls=joined, color=colour, label=label, ms=7)


def _broken(text: str, width: int) -> list[str]:
    """Break a name that has no blanks."""
    return [text[i : i + width] for i in range(0, len(text), width)] or [""]


def _alt(lines: Mapping[str, Line], parameter: str, metric: str) -> str:
    told = [
        f"{label + ', ' if label else ''}{parameter + '=' if parameter else ''}{place}: "
        f"{with_interval(values)} ({len(values)} seed{'s' * (len(values) > 1)})"
        for label, line in lines.items()
        for place, values in line.items()
    ]
    rest = f"; and {len(told) - MOST_TOLD} more in the table" * (len(told) > MOST_TOLD)
    against = f" against {parameter}" if parameter else ""
    return f"{metric}{against}, mean over seeds: {'; '.join(told[:MOST_TOLD])}{rest}."


MOST_COLUMNS = 40  # of the table; all are in the CSV
MOST_PLOTS = 12  # of the means over seeds
ALWAYS = ("run", "status")


def write_page(
    rows: Sequence[RunRow],
    groups: Sequence[tuple[LessonGroups, Sequence[Picture], str]],  # str: what is not drawn
    path: Path,
    table: str,  # name of the CSV file beside it
) -> None:
    """Write the page, whole or not at all."""
    base = path.parent.absolute()
    counts = Counter(row.status for row in rows)
    lessons = list(dict.fromkeys(row.lesson for row in rows if row.lesson))
    left = [{**_place(row, base), "status": row.status, "cause": row.cause}
            for row in rows if row.status != "done"]  # fmt: skip
    page = render(
        "report.html.j2",
        title=f"Runs of {lessons[0]}" if len(lessons) == 1 else f"Runs of {len(lessons)} lessons",
        counts=[f"{n} {status}" for status, n in counts.items()],
        left=left, n_runs=len(rows), csv=table, **_all_runs(rows, base),
        groups=[{"lesson": group.lesson, "pictures": pictures, "note": note, **_means(group)}
                for group, pictures, note in groups],
    )  # fmt: skip
    write_whole(path, page.encode("utf-8", "replace"))


def _means(group: LessonGroups) -> dict[str, object]:
    """The means over seeds as a table: what the plots show, in figures."""
    shown, lines = group.metrics[:MOST_PLOTS], []
    for combination, n_runs in group.n_runs.items():
        n_done = len(group.seeds[combination])
        done = {"text": f"{n_done} of {n_runs}", "key": n_done}
        means = [{"text": _mean(group.values(combination, name), n_done)} for name in shown]
        lines.append([*map(_cell, combination), done, *means])
    names = [*group.names, "seeds done", *shown] if shown else []
    return {"names": names, "lines": lines, "more": len(group.metrics) - len(shown)}


def _mean(values: list[float], n_done: int) -> str:
    if not values:
        return "–"
    return with_interval(values) + (f" ({len(values)} seeds)" if len(values) < n_done else "")


def _all_runs(rows: Sequence[RunRow], base: Path) -> dict[str, object]:
    """The table of all runs, and apart from it what is the same in all of them."""
    cells = [row.cells() for row in rows]
    names = [n for n in columns(rows) if n not in ("run", "cause")]
    same = [n for n in names if len({repr(c.get(n)) for c in cells}) == 1 and n not in ALWAYS]
    same = same if len(rows) > 1 else []
    differing = [n for n in names if n not in same]
    shown = differing[:MOST_COLUMNS]
    return {
        "names": ["run", *shown],
        "lines": [[_place(row, base), *(_cell(c.get(n)) for n in shown)]
                  for row, c in zip(rows, cells, strict=True)],
        "more": len(differing) - len(shown),
        "same": {n: _short(cells[0].get(n)) for n in same},
    }  # fmt: skip


def _cell(value: object) -> dict[str, object]:
    """What is shown, and the number that it sorts by."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"text": _short(value), "key": repr(value) if number else None}


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _place(row: RunRow, base: Path) -> dict[str, object]:
    """A run's folder as a cell, and where its lesson can be read."""
    place = Path(os.path.relpath(row.folder, base))
    page = place / f"{row.lesson}.html"
    there = row.lesson and (base / page).is_file()
    return {"text": str(place), "href": quote(str(page)) if there else ""}


CSV, PAGE = "table.csv", "table.html"
MOST_METRICS = 6  # drawn against each parameter where nobody chooses


def write_report(
    rows: Sequence[RunRow],
    out: Path,
    metrics: Sequence[str] = (),
    bar: Callable[[list], Iterable] = iter,  # wraps the plots, to show how far the drawing is
) -> Path:
    """Write the table of runs and the plots; an older report is replaced."""
    if not rows:
        raise ValueError("there are no runs to report.")
    check_metrics(rows, metrics)
    page, table = out / PAGE, out / CSV
    ours = not page.exists() or is_ours(page)
    if not ours or (table.exists() and not _is_table(table)):
        raise ValueError(f"{table if ours else page} is there and is not a report; move it.")
    out.mkdir(parents=True, exist_ok=True)
    groups = group_runs(rows, metrics)
    plots = [(group, *plot) for group in groups for plot in _plots(group, metrics)]
    pictures: dict[str, list] = {group.lesson: [] for group in groups}
    for group, name, metric in bar(plots):
        if lines := group.lines(name, metric):
            pictures[group.lesson].append(sweep_figure(lines, name, metric))
    write_csv(rows, table)
    told = [(group, pictures[group.lesson], _left(group, metrics)) for group in groups]
    write_page(rows, told, page, CSV)
    return page


def _plots(group: LessonGroups, metrics: Sequence[str]) -> list[tuple[str, str]]:
    shown = group.metrics if metrics else group.metrics[:MOST_METRICS]
    several = any(len(seeds) > 1 for seeds in group.seeds.values())
    names = group.names or (("",) if several else ())
    return [(name, metric) for name in names for metric in shown]


def _left(group: LessonGroups, metrics: Sequence[str]) -> str:
    """Say which numbers are not drawn."""
    left = [] if metrics else group.metrics[MOST_METRICS:]
    if not left:
        return ""
    return (
        f"{MOST_METRICS} of {len(group.metrics)} numbers that differ are drawn; "
        f"--metric NAME draws others: {', '.join(left)}."
    )


def _is_table(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline(100).startswith("run,lesson,")
