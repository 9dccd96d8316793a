"""msgan list, run, train, sample and evaluate: lessons, and what a training is worth."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from msgan_lessons.commands import Refused, echo_table, refusing


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
    from msgan_lessons.runs.lessons import build_requests, choose_lessons, find_lessons

    with refusing():
        chosen = choose_lessons(lessons, find_lessons())
        from msgan_lessons.runs.folder import prepare_output

        requests = build_requests(chosen, pairs, preset, trace=trace)
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


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--count", required=True, type=int, metavar="N", help="Images, at least 1.")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE.npz")
@click.option("--seed", default=0, show_default=True, type=int, help="Same seed, same images.")
def sample(run: Path, count: int, out: Path, seed: int) -> None:
    """Write images of a trained run: uint8, key 'images', (N, H, W, C)."""
    with refusing():
        from msgan_lessons.runs.evaluate import write_samples

        shape = write_samples(run, out, count=count, seed=seed)
    click.echo(f"{out}: images {shape}, uint8")


@click.command()
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--against", default="", metavar="DATA", help="Real images; else the run's own.")
@click.option("--count", default=2000, show_default=True, type=int, help="Images, 100 to 10,000.")
@click.option("--seed", default=0, show_default=True, type=int, help="Same seed, same figures.")
def evaluate(run: Path, against: str, count: int, seed: int) -> None:
    """Score a trained run against real images: RUN/metrics.json and RUN/evaluation.png."""
    with refusing():
        from msgan_lessons.runs.evaluate import evaluate_run
        from msgan_lessons.runs.gallery import HEADINGS, remarks, score_rows

        folder, evaluation = evaluate_run(run, against=against, count=count, seed=seed)
    echo_table([HEADINGS, *score_rows(evaluation)])
    for remark in remarks(evaluation):
        click.echo(remark)
    for name in ("metrics.json", evaluation["figure"]["file"]):
        click.echo(f"written: {folder / name}")


LINE_SECONDS = 10.0  # between two lines, where there is no terminal


class _Lost(click.ClickException):
    """What whoever is left says, since the first process may be the one that has gone."""


@click.command()
@click.option("--model", default="msggan", show_default=True, help="A member of the family.")
@click.option("--data", default="fashion_mnist", show_default=True, help="Or folder:PATH.")
@click.option("--resolution", default=32, show_default=True, help="Pixels a side, 8 to 256.")
@click.option("--loss", default="", help="A name in losses.LOSSES; else the model's own.")
@click.option("--steps", default=1000, show_default=True, help="D+G updates.")
@click.option("--batch-size", default=32, show_default=True, help="Of all processes together.")
@click.option("--seed", default=0, show_default=True, help="Same seed, same training.")
@click.option("--g-lr", default=0.0, help="Learning rate of G; else the model's own.")
@click.option("--d-lr", default=0.0, help="Learning rate of D; else the model's own.")
@click.option("--width", default=16, show_default=True, help="Channels at the finest scale.")
@click.option("--max-seconds", default=0.0, help="Stop after that much time; 0: after --steps.")
@click.option("--local-batch-norm", is_flag=True, help="Let each process norm its own share.")
@click.option("--resume", is_flag=True, help="Continue what did not end.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="The run's folder."
)
def train(out: Path, resume: bool, **settings: object) -> int:
    """Train a model without a notebook, for msgan sample and msgan evaluate.

    In two processes: accelerate launch --multi_gpu --num_processes 2 -m msgan_lessons train ...
    """
    try:
        _train(out, resume, settings)
    except (click.ClickException, KeyboardInterrupt) as error:
        if os.environ.get("LOCAL_RANK", "0") == "0" or isinstance(error, _Lost):
            raise
        return getattr(error, "exit_code", 130)  # the first process of each machine says it
    return 0


def _train(out: Path, resume: bool, given: dict) -> None:
    from msgan_lessons.runs.train import LostProcessError, TrainSettings, train_run

    with refusing():
        settings = TrainSettings(**given)
        processes = _processes(given["local_batch_norm"])
        is_main = processes is None or processes.is_main
        try:
            train_run(settings, out, resume=resume, processes=processes, shown=_shown)
        except LostProcessError as error:
            raise _Lost(str(error)) from error
        except FloatingPointError as error:
            raise click.ClickException(str(error)) from error
    if is_main:
        click.echo(f"run: {out}")


def _processes(local_batch_norm: bool) -> object | None:
    """All processes of this training, or None where this one is alone."""
    if int(os.environ.get("WORLD_SIZE", 1)) > 1:
        from msgan_lessons.parallel.processes import Processes

        return Processes(local_batch_norm=local_batch_norm)
    if "ACCELERATE_USE_CPU" in os.environ and "MASTER_PORT" in os.environ:
        raise Refused(
            "accelerate launch has started one process alone, as it does without several GPUs; "
            "add --multi_gpu, which starts them on the CPU too, or use torchrun."
        )
    if local_batch_norm:
        raise Refused("--local-batch-norm needs several processes, got 1.")
    return None


def _shown(rows: Iterable[dict], steps: int) -> Iterator[dict]:
    """Say on stderr how far it is: a bar on a terminal, else a line now and then."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        yield from tqdm(rows, total=steps, unit="step", leave=False, dynamic_ncols=True)
        return
    said = time.monotonic()
    for row in rows:
        if time.monotonic() - said >= LINE_SECONDS or row["step"] == steps:
            losses = f"d_loss {row['d_loss']:.3f}, g_loss {row['g_loss']:.3f}"
            click.echo(f"step {row['step']} of {steps}, {row['seconds']:.0f} s, {losses}", err=True)
            said = time.monotonic()
        yield row
