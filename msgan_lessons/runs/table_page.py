"""`msgan report`: the page of a table of runs, with means over seeds, plots and every run."""

import html
import math
import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from matplotlib.axes import Axes

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.runs.gallery import MARK, STYLE, is_gallery
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


TABLE_STYLE = """
main, header { max-width: 84rem; }
.wide { overflow-x: auto; margin: 0.6rem 0; }
.wide:focus-visible { outline: 3px solid var(--link); }
table { border-collapse: collapse; font-size: 0.92rem; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.7rem; text-align: left;
  vertical-align: top; white-space: nowrap; overflow-wrap: normal; }
th { position: sticky; top: 0; background: var(--card); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0;
  padding: 0; cursor: pointer; text-align: left; }
th button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
th[aria-sort="ascending"] button::after { content: " \\25b2"; }
th[aria-sort="descending"] button::after { content: " \\25bc"; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
"""
SORT = """
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.querySelectorAll("th")];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = row => {
        const cell = row.cells[column];
        return "key" in cell.dataset ? Number(cell.dataset.key) : cell.textContent;
      };
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        const numbers = [typeof x, typeof y].filter(kind => kind === "number").length;
        if (numbers === 1) return typeof x === "number" ? -1 : 1;
        const found = numbers === 2 ? x - y : x.localeCompare(y);
        return up ? found : -found;
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort(order));
    });
  });
}
"""
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
    counts = Counter(row.status for row in rows)
    told = " · ".join(f"{n} {status}" for status, n in counts.items())
    lessons = list(dict.fromkeys(row.lesson for row in rows if row.lesson))
    title = f"Runs of {lessons[0]}" if len(lessons) == 1 else f"Runs of {len(lessons)} lessons"
    body = "".join(_lesson(*group) for group in groups) + _runs(rows, path.parent.absolute(), table)
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)}</title><style>{STYLE}{TABLE_STYLE}</style></head>
<body><header><h1>{_text(title)}</h1>
<p class="meta">{_text(told)}</p></header>
<main>{_not_done(rows, path.parent.absolute())}{body}</main>
<script>{SORT}</script></body></html>
"""
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(page, "utf-8", errors="replace")
    os.replace(temporary, path)


def _not_done(rows: Sequence[RunRow], base: Path) -> str:
    left = [row for row in rows if row.status != "done"]
    if not left:
        return ""
    items = "".join(
        f"<li>{_link(row, base)}: <b>{_text(row.status)}</b>"
        f'{": " if row.cause else ""}<span class="cause">{_text(row.cause)}</span></li>'
        for row in left
    )
    opened = " open" if len(left) <= 10 else ""
    return (
        f'<article class="failed"><h2>Not done</h2><details{opened}>'
        f"<summary>{len(left)} of {len(rows)} runs</summary><ul>{items}</ul></details></article>"
    )


def _lesson(group: LessonGroups, pictures: Sequence[Picture], left: str) -> str:
    figures = "".join(picture.html() for picture in pictures)
    note = f'<p class="meta">{_text(left)}</p>' if left else ""
    return (
        f"<article><h2>{_text(group.lesson)}: means over seeds</h2>{_means(group)}"
        f'{note}<div class="figures">{figures}</div></article>'
    )


def _means(group: LessonGroups) -> str:
    """The means over seeds as a table: what the plots show, in figures."""
    shown = group.metrics[:MOST_PLOTS]
    if not shown:
        return '<p class="meta">No number differs between the finished runs.</p>'
    lines = []
    for combination, n_runs in group.n_runs.items():
        told = [(_short(value), value) for value in combination]
        n_done = len(group.seeds.get(combination, ()))
        cells = [(_mean(group.values(combination, name), n_done), None) for name in shown]
        lines.append([*told, (f"{n_done} of {n_runs}", n_done), *cells])
    more = len(group.metrics) - len(shown)
    rest = f" {more} more numbers are in the table of all runs." if more else ""
    return (
        _table([*group.names, "seeds done", *shown], lines)
        + '<p class="meta">Mean ± half of Student’s 95 % interval of the mean over seeds (t with '
        "n - 1 degrees of freedom; seeds taken as independent and about normal); one seed alone "
        f"has no interval.{rest}</p>"
    )


def _mean(values: list[float], n_done: int) -> str:
    if not values:
        return "–"
    return with_interval(values) + (f" ({len(values)} seeds)" if len(values) < n_done else "")


def _runs(rows: Sequence[RunRow], base: Path, table: str) -> str:
    cells = [row.cells() for row in rows]
    names = [n for n in columns(rows) if n not in ("run", "cause")]
    same = {n: cells[0].get(n) for n in names if len({repr(c.get(n)) for c in cells}) == 1}
    same = {} if len(rows) == 1 else {n: v for n, v in same.items() if n not in ALWAYS}
    differing = [n for n in names if n not in same]
    shown = differing[:MOST_COLUMNS]
    lines = [
        [(_link(row, base), str(row.folder)), *((_short(c.get(n)), c.get(n)) for n in shown)]
        for row, c in zip(rows, cells, strict=True)
    ]
    more = len(differing) - len(shown)
    rest = f"{more} more columns are in the CSV file. " if more else ""
    return (
        f"<article><h2>All {len(rows)} runs</h2>{_table(['run', *shown], lines, raw_first=True)}"
        f'<p class="meta">{rest}<a href="{quote(table)}">{_text(table)}</a> has every column.</p>'
        f"{_same(same)}</article>"
    )


def _same(same: Mapping[str, object]) -> str:
    if not same:
        return ""
    items = "".join(f"<dt>{_text(n)}</dt><dd>{_text(_short(v))}</dd>" for n, v in same.items())
    return f"<details><summary>The same in all runs</summary><dl>{items}</dl></details>"


def _table(names: Sequence[str], lines: Sequence[list], *, raw_first: bool = False) -> str:
    """A table; each cell is what is shown and what it sorts by."""
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in names)
    body = ""
    for line in lines:
        cells = "".join(
            f"<td{_key(key)}>{shown if raw_first and i == 0 else _text(shown)}</td>"
            for i, (shown, key) in enumerate(line)
        )
        body += f"<tr>{cells}</tr>"
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _key(key: object) -> str:
    number = isinstance(key, int | float) and not isinstance(key, bool)
    return f' class="number" data-key="{key!r}" title="{key!r}"' if number else ""


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _link(row: RunRow, base: Path) -> str:
    place = Path(os.path.relpath(row.folder, base))
    page = place / f"{row.lesson}.html"
    if row.lesson and (base / page).is_file():
        return f'<a href="{quote(str(page))}">{_text(place)}</a>'
    return _text(place)


def _text(text: object) -> str:
    return html.escape(str(text), quote=True)


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
    ours = not page.exists() or is_gallery(page)
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
