"""msgan sweep and msgan report: many runs, and what they show together."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import click

from msgan_lessons.commands import GridCommand, echo_table, refusing

PATH = click.Path(path_type=Path)
PATIENCE = 15  # s without a worker
INTERRUPTED = 130
MOST = 4096  # workers, threads
EXAMPLE = "loss=hinge,non_saturating seed=0:5"


class _StoppedSweep(click.ClickException):
    """Ctrl-C, or a scheduler that is gone, in one sentence."""

    def __init__(self, error: BaseException, count: str) -> None:
        interrupted = isinstance(error, KeyboardInterrupt)
        self.exit_code = INTERRUPTED if interrupted else 1
        super().__init__(
            f"{'stopped' if interrupted else error}; {count} points were finished and are kept, "
            "the same call goes on with the others."
        )


@click.command(cls=GridCommand)
@click.argument("lesson", metavar="LESSON")
@click.option("--grid", "words", multiple=True, metavar="NAME=V1,V2...", help=f"As in {EXAMPLE}.")
@click.option("-p", "pairs", multiple=True, metavar="NAME=VALUE", help="The same at each point.")
@click.option("--preset", default="", metavar="PRESET", help="auto, smoke, class or gpu.")
@click.option("--workers", type=int, metavar="N", help="Points at once on this machine.")
@click.option("--threads", type=int, metavar="N", help="Of one point; else cores // points.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="Dask's, for more machines.")
@click.option("--out", type=PATH, metavar="DIR", help="Default: runs/sweep_LESSON.")
def sweep(
    lesson: str,
    words: tuple[str, ...],
    pairs: tuple[str, ...],
    preset: str,
    workers: int | None,
    threads: int | None,
    scheduler: str,
    out: Path | None,
) -> int:
    """Run a lesson at each point of a grid, each a run of its own; finished ones are skipped."""
    with ExitStack() as stack:
        with refusing():
            from msgan_lessons.runs.grid import begin_sweep, sweep_lock

            _check_counts(workers, threads, scheduler)
            points = _points(lesson, words, pairs, preset)
            shown = out or Path("runs") / f"sweep_{points[0].request.lesson.name}"
            folder = stack.enter_context(sweep_lock(shown))
            named, finished = begin_sweep(folder, points)
        left = {name: point for name, point in named.items() if name not in finished}
        results = _run(left, folder, workers, threads, scheduler) if left else {}
        return _end(folder, shown, {name: results.get(name) for name in named})


@click.command()
@click.argument("folders", nargs=-1, required=True, type=PATH, metavar="DIR...")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="What to draw.")
@click.option("--out", type=PATH, metavar="DIR", help="For the report; else the first DIR.")
def report(folders: tuple[Path, ...], metrics: tuple[str, ...], out: Path | None) -> None:
    """Gather runs into DIR/table.csv and DIR/table.html, with plots over seeds."""
    with refusing():
        from msgan_lessons.runs.tables import collect_runs

        rows = collect_runs(folders)
        if not rows:
            raise ValueError(f"{', '.join(map(str, folders))} holds no runs.")
        _write_report(rows, out or folders[0], metrics)


def _check_counts(workers: int | None, threads: int | None, scheduler: str) -> None:
    for name, value in (("--workers", workers), ("--threads", threads)):
        if value is not None and not 1 <= value <= MOST:
            raise ValueError(f"{name} must be an int from 1 to {MOST}, got {value}.")
    if workers and scheduler:
        raise ValueError("--workers is for this machine; with --scheduler the workers are its own.")


def _points(lesson: str, words: Sequence[str], pairs: Sequence[str], preset: str) -> list:
    from msgan_lessons.runs.grid import grid_points, parse_grid
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons

    chosen = choose_lessons([lesson], find_lessons())
    if len(chosen) != 1:
        raise ValueError(f"a sweep takes one lesson, got {lesson!r}.")
    return grid_points(chosen[0], parse_grid(words, chosen[0]), pairs, preset)


def _run(
    points: Mapping, folder: Path, workers: int | None, threads: int | None, scheduler: str
) -> dict:
    """Run points, and say how it goes; return name to result."""
    from msgan_lessons.runs.sweep import (
        cluster,
        default_workers,
        end_orphans,
        threads_per_point,
        usable_gpus,
    )
    from msgan_lessons.runs.sweep import sweep as run_points

    results: dict = {}
    gpus = () if scheduler else usable_gpus()
    n_workers = workers or default_workers(len(points), gpus)
    told = threads or (0 if scheduler else threads_per_point(n_workers))
    progress = _Progress(len(points), scheduler)
    try:
        with ExitStack() as stack:
            stack.enter_context(progress)
            with refusing():
                client = stack.enter_context(cluster(n_workers, scheduler))
            running = run_points(
                client, points, folder, threads=told, gpus=gpus, waiting=progress.wait
            )
            for result in stack.enter_context(closing(running)):
                results[result.name] = result
                progress.show(result)
    except (KeyboardInterrupt, ConnectionError) as error:
        for name, point in points.items():
            end_orphans(folder / name, point.request.lesson.name)
        done = sum(result.state == "done" for result in results.values())
        raise _StoppedSweep(error, f"{done} of {len(points)}") from error
    return results


def _end(folder: Path, shown: Path, results: Mapping) -> int:
    """Print how each point ended, and write the report."""
    from msgan_lessons.runs.tables import collect_runs

    rows = [(n, *((r.state, f"{r.seconds:.0f} s", r.cause) if r else ("skipped", "", "")))
            for n, r in results.items()]  # fmt: skip
    echo_table([("point", "state", "time", "cause"), *rows])
    with refusing():
        _write_report(collect_runs([folder]), folder, (), shown)
    return int(any(r.state == "failed" for r in results.values() if r))


def _write_report(
    rows: Sequence, out: Path, metrics: Sequence[str], shown: Path | None = None
) -> None:
    from tqdm import tqdm

    from msgan_lessons.runs.table_page import CSV, PAGE, write_report

    def bar(plots: list) -> tqdm:
        return tqdm(plots, "plots", disable=not sys.stderr.isatty(), leave=False)

    write_report(rows, out, metrics, bar)
    for name in (CSV, PAGE):
        click.echo(f"written: {(shown or out) / name}")


class _Progress:
    """A bar on a terminal, a line a point elsewhere."""

    def __init__(self, total: int, scheduler: str) -> None:
        from tqdm import tqdm

        self.bar = tqdm(
            total=total, desc="sweep", unit="point", disable=not sys.stderr.isatty(),
            leave=False, dynamic_ncols=True,
        )  # fmt: skip
        self.total, self.ended, self.idle = total, 0, 0
        self.scheduler = scheduler

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_error: object) -> None:
        self.bar.close()

    def show(self, result) -> None:
        """Tell how a point ended."""
        self.ended += 1
        self.bar.update()
        words = f"in {result.seconds:.0f} s" if result.state == "done" else f"({result.cause})"
        line = f"{self.ended} of {self.total}: {result.name} {result.state} {words}"
        if self.bar.disable or result.state == "failed":
            self.bar.write(line, file=sys.stderr)

    def wait(self, n_workers: int) -> None:
        """Keep the clock going, and tell once where nobody works."""
        self.bar.refresh()
        self.idle = 0 if n_workers else self.idle + 1
        if self.idle == PATIENCE:
            self.bar.write(
                f"sweep: no worker at {self.scheduler or 'this machine'} yet; waiting.",
                file=sys.stderr,
            )
