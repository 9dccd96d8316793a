"""msgan train: one training without a notebook, in as many processes as it was launched in."""

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from msgan_lessons.commands.refusal import Refused, refusing

__all__ = ["train"]

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
