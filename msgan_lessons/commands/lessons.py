"""msgan list and msgan run: the lessons."""

import sys
from pathlib import Path

import click

from msgan_lessons.commands.refusal import Refused, echo_table, refusing

__all__ = ["list_lessons", "run"]


@click.command("list")
@click.argument("lessons", nargs=-1, metavar="[LESSON]...")
def list_lessons(lessons: tuple[str, ...]) -> None:
    """Show lessons, the document's sections, and parameters."""
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons

    with refusing():
        chosen = choose_lessons(lessons or ["all"], find_lessons())
    for lesson in chosen:
        click.echo(f"{lesson.name}: {lesson.title}")
        for text in (lesson.question, lesson.document and f"document: {lesson.document}"):
            if text:
                click.echo(f"    {text}")
        echo_table(
            [
                (p.name, p.kind.__name__, repr(p.default), p.meaning, p.allowed)
                for p in lesson.parameters
            ]
        )
        click.echo()


@click.command()
@click.argument("lessons", nargs=-1, required=True, metavar="LESSON... | all")
@click.option("-p", "pairs", multiple=True, metavar="NAME=VALUE", help="A lesson's parameter.")
@click.option("--preset", default="", metavar="PRESET", help="auto, smoke, class or gpu.")
@click.option("--trace", is_flag=True, help="Record the live training in DIR/LESSON/trace.npz.")
@click.option("--resume", is_flag=True, help="Continue what did not end; skip what is done.")
@click.option(
    "--out", default="runs", show_default=True, type=click.Path(path_type=Path), metavar="DIR",
    help="The folder of all runs.",
)  # fmt: skip
def run(
    lessons: tuple[str, ...],
    pairs: tuple[str, ...],
    preset: str,
    trace: bool,
    resume: bool,
    out: Path,
) -> int:
    """Run lessons, and leave a folder for each and a gallery, DIR/index.html."""
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons

    with refusing():
        chosen = choose_lessons(lessons, find_lessons())
        from msgan_lessons.runs.request import plan, prepare_output

        requests = plan(chosen, pairs, preset, trace=trace)
        folder = prepare_output(out, chosen)
    try:
        outcomes = [_run_one(request, folder, out, resume) for request in requests]
    except OSError as error:
        raise click.ClickException(f"{error}; the run could not be written.") from error
    click.echo(f"gallery: {out / 'index.html'}")
    return 0 if all(outcomes) else 1


def _run_one(request, folder: Path, shown: Path, resume: bool) -> bool:
    from msgan_lessons.runs.gallery import write_gallery
    from msgan_lessons.runs.runner import run_lesson

    name, terminal = request.lesson.name, sys.stderr.isatty()
    begun = f"{name}: " if resume else f"{name}: started, "
    click.echo("" if terminal else begun, err=True, nl=False)
    try:
        outcome = run_lesson(request, folder, bar=terminal, resume=resume)
    except ValueError as error:
        click.echo("" if terminal else "refused", err=True)
        raise Refused(str(error)) from error
    word = "finished" if outcome.done else "failed"
    start = f"{name}: " if terminal else ""
    took = "already, and left as it is" if outcome.skipped else f"in {outcome.seconds:.0f} s"
    click.echo(f"{start}{word} {took}", err=True)
    write_gallery(folder)
    if outcome.done and request.trace:
        path = outcome.folder / "trace.npz"
        click.echo(
            f"trace: {shown / outcome.folder.name / path.name}, {path.stat().st_size:,} bytes"
        )
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
