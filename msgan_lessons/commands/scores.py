"""msgan sample and msgan evaluate: what a trained run is worth."""

from pathlib import Path

import click

from msgan_lessons.commands.refusal import echo_table, refusing

__all__ = ["evaluate", "sample"]


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
        from msgan_lessons.runs.gallery import HEADINGS, main_figures, remarks

        folder, evaluation = evaluate_run(run, against=against, count=count, seed=seed)
    echo_table([HEADINGS, *main_figures(evaluation)])
    for remark in remarks(evaluation):
        click.echo(remark)
    for name in ("metrics.json", evaluation["figure"]["file"]):
        click.echo(f"written: {folder / name}")
