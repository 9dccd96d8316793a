"""The command line: msgan list, run, sample, evaluate, doctor, lab, download."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from msgan_lessons import __version__

__all__ = ["main"]

WRONG_CALL, INTERRUPTED = 2, 130


class Refused(click.ClickException):
    """A wrong call, in one sentence."""

    exit_code = WRONG_CALL


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn the checks' errors into one sentence and exit status 2."""
    try:
        yield
    except (TypeError, ValueError, OSError) as error:
        raise Refused(str(error)) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="msgan")
@click.pass_context
def cli(context: click.Context) -> None:
    """Multi-scale GANs, from the formula to the picture."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        context.exit(WRONG_CALL)


@cli.command("list")
@click.argument("lessons", nargs=-1, metavar="[LESSON]...")
def list_lessons(lessons: tuple[str, ...]) -> None:
    """Show lessons, the document's sections, and parameters."""
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons

    with _refusing():
        chosen = choose_lessons(lessons or ["all"], find_lessons())
    for lesson in chosen:
        click.echo(f"{lesson.name}: {lesson.title}")
        for text in (lesson.question, lesson.document and f"document: {lesson.document}"):
            if text:
                click.echo(f"    {text}")
        _echo_table(
            [(p.name, p.kind.__name__, repr(p.default), p.meaning) for p in lesson.parameters]
        )
        click.echo()


@cli.command()
@click.argument("lessons", nargs=-1, required=True, metavar="LESSON... | all")
@click.option("-p", "pairs", multiple=True, metavar="NAME=VALUE", help="A lesson's parameter.")
@click.option("--preset", default="", metavar="PRESET", help="auto, smoke, class or gpu.")
@click.option("--trace", is_flag=True, help="Record the live training in DIR/LESSON/trace.npz.")
@click.option(
    "--out", default="runs", show_default=True, type=click.Path(path_type=Path), metavar="DIR",
    help="The folder of all runs.",
)  # fmt: skip
def run(
    lessons: tuple[str, ...], pairs: tuple[str, ...], preset: str, trace: bool, out: Path
) -> int:
    """Run lessons, and leave a folder for each and a gallery, DIR/index.html."""
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons

    with _refusing():
        chosen = choose_lessons(lessons, find_lessons())
        from msgan_lessons.runs.plan import plan, prepare_output

        requests = plan(chosen, pairs, preset, trace=trace)
        folder = prepare_output(out, chosen)
    try:
        outcomes = [_run_one(request, folder, out) for request in requests]
    except OSError as error:
        raise click.ClickException(f"{error}; the run could not be written.") from error
    click.echo(f"gallery: {out / 'index.html'}")
    return 0 if all(outcomes) else 1


def _run_one(request, folder: Path, shown: Path) -> bool:
    from msgan_lessons.runs.report import write_gallery
    from msgan_lessons.runs.runner import run_lesson

    name, terminal = request.lesson.name, sys.stderr.isatty()
    click.echo("" if terminal else f"{name}: started, ", err=True, nl=False)
    outcome = run_lesson(request, folder, bar=terminal)
    word = "finished" if outcome.done else "failed"
    start = f"{name}: " if terminal else ""
    click.echo(f"{start}{word} in {outcome.seconds:.0f} s", err=True)
    write_gallery(folder)
    if outcome.done and request.trace:
        path = outcome.folder / "trace.npz"
        click.echo(f"trace: {shown / name / path.name}, {path.stat().st_size:,} bytes")
    if not outcome.done:
        failure = outcome.failure
        line = f" ({failure['line']})" if failure["line"] else ""
        kept = shown / outcome.folder.name / request.lesson.path.name
        place = f" in cell {failure['cell']}{line}" if failure["cell"] else ""
        click.echo(
            f"msgan: {name} failed{place}: {failure['cause'].rstrip('.')}; "
            f"the notebook is kept: {kept}",
            err=True,
        )
    return outcome.done


@cli.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--count", required=True, type=int, metavar="N", help="Images, at least 1.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE.npz")
@click.option("--seed", default=0, show_default=True, type=int, help="Same seed, same images.")
def sample(run: Path, count: int, out: Path, seed: int) -> None:
    """Write images of a trained run: uint8, key 'images', (N, H, W, C)."""
    with _refusing():
        from msgan_lessons.runs.samples import write_samples

        shape = write_samples(run, out, count=count, seed=seed)
    click.echo(f"{out}: images {shape}, uint8")


@cli.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--against", default="", metavar="DATA", help="Real images; else the run's own.")
@click.option("--count", default=2000, show_default=True, type=int, help="Images, 100 to 10,000.")
@click.option("--seed", default=0, show_default=True, type=int, help="Same seed, same figures.")
def evaluate(run: Path, against: str, count: int, seed: int) -> None:
    """Score a trained run against real images: RUN/metrics.json and RUN/evaluation.png."""
    with _refusing():
        from msgan_lessons.runs.evaluate import evaluate_run
        from msgan_lessons.runs.evaluation_rows import HEADINGS, main_figures, remarks

        folder, evaluation = evaluate_run(run, against=against, count=count, seed=seed)
    _echo_table([HEADINGS, *main_figures(evaluation)])
    for remark in remarks(evaluation):
        click.echo(remark)
    for name in ("metrics.json", evaluation["figure"]["file"]):
        click.echo(f"written: {folder / name}")


@cli.command()
def doctor() -> int:
    """Say what is installed, which device there is, and what mends what is missing."""
    from msgan_lessons.runs.doctor import is_well, report

    findings = report()
    _echo_table([(f.part, f.state, f.found) for f in findings])
    well = is_well(findings)
    for finding in findings:
        if finding.mend:
            click.echo(f"mend {finding.part} with: {finding.mend}")
    click.echo("All is well." if well else "Not all is well.")
    return 0 if well else 1


@cli.command()
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
def lab(no_browser: bool) -> int:
    """Open the course in JupyterLab."""
    from msgan_lessons.runs.lab import start_lab

    with _refusing():
        return start_lab(browser=not no_browser)


@cli.command()
@click.argument("name")
def download(name: str) -> None:
    """Fetch through torchvision: fashion_mnist_full, cifar10, celeba, or the weights vgg19."""
    from msgan_lessons import torchvision_data
    from msgan_lessons.applications import vgg19
    from msgan_lessons.runs.parameters import nearest
    from msgan_lessons.runs.places import download_folder

    if name == "fashion_mnist":
        raise Refused("fashion_mnist comes with the course; there is nothing to download.")
    known = (*torchvision_data.NAMES, "vgg19")
    if name not in known:
        hint = nearest(name, known)
        known = ", ".join(known)
        raise Refused(f"NAME must be one of {known}, got {name!r}{hint}.")
    try:
        vgg19.fetch() if name == "vgg19" else torchvision_data.fetch(name)
    except (RuntimeError, OSError, ImportError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{name} could not be downloaded: {reason}.") from error
    click.echo(f"{name} is in {download_folder()}")


def _echo_table(rows: Sequence[Sequence[str]]) -> None:
    """Print columns, each as wide as its widest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(f"    {'  '.join(cells)}".rstrip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of this process where it is missing.

    Returns
    -------
    int
        0 done, 1 a lesson failed or something must be mended, 2 a wrong call, 130 interrupted.
    """
    try:
        return cli.main(arguments, prog_name="msgan", standalone_mode=False) or 0
    except click.ClickException as error:
        sentence = " ".join(error.format_message().replace("?.", "?").split())
        click.echo(f"msgan: {sentence}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "msgan: stopped; what had finished is kept, the unfinished run is gone.", err=True
        )
        return INTERRUPTED
    except BrokenPipeError:  # `msgan list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
