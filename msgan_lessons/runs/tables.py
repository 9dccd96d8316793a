"""`msgan report`: runs in, table.csv and table.html with their plots out."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgan_lessons.runs.report import is_gallery
from msgan_lessons.runs.run_row import RunRow
from msgan_lessons.runs.run_table import write_csv
from msgan_lessons.runs.seed_groups import LessonGroups, check_metrics, group_runs
from msgan_lessons.runs.sweep_plots import sweep_figure
from msgan_lessons.runs.table_page import write_page

__all__ = ["CSV", "PAGE", "write_report"]

CSV, PAGE = "table.csv", "table.html"
MOST_METRICS = 6  # drawn against each parameter where nobody chooses


def write_report(
    rows: Sequence[RunRow],
    out: Path,
    metrics: Sequence[str] = (),
    bar: Callable[[list], Iterable] = iter,
) -> Path:
    """Write the table of runs and the plots; an older report is replaced.

    Parameters
    ----------
    rows : sequence of RunRow
        As from `gather`, at least one.
    out : Path
        The folder, made where it is missing.
    metrics : sequence of str
        Numbers to draw; empty for the first six that differ between finished runs.
    bar : callable
        Wraps the list of plots, to show how far the drawing is.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ValueError
        If there is no run, a number is unknown, or a file that is not a report would be replaced.
    OSError
        If the folder cannot be written.
    """
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
