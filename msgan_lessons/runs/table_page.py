"""The page of `msgan report`: means over seeds, plots, and every run in a table that sorts."""

import html
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from msgan_lessons.base.pictures import Picture
from msgan_lessons.runs.report_page import MARK
from msgan_lessons.runs.report_style import STYLE
from msgan_lessons.runs.run_row import RunRow
from msgan_lessons.runs.run_table import columns
from msgan_lessons.runs.seed_groups import LessonGroups
from msgan_lessons.runs.sweep_plots import with_interval
from msgan_lessons.runs.table_style import SORT, TABLE_STYLE

__all__ = ["write_page"]

MOST_COLUMNS = 40  # of the table; all are in the CSV
MOST_METRICS = 12  # of the means over seeds
ALWAYS = ("run", "status")


def write_page(
    rows: Sequence[RunRow],
    groups: Sequence[tuple[LessonGroups, Sequence[Picture], str]],
    path: Path,
    table: str,
) -> None:
    """Write the page, whole or not at all.

    Parameters
    ----------
    rows : sequence of RunRow
        At least one.
    groups : sequence of tuple
        For each lesson its groups, the pictures, and a sentence on what is not drawn, or nothing.
    path : Path
        Where to.
    table : str
        Name of the CSV file beside it.
    """
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
    shown = group.metrics[:MOST_METRICS]
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
