"""`make bench`: measure this machine, and write benchmarks/RESULTS.md."""

import json
import time
from pathlib import Path
from types import ModuleType

import click
import torch

from benchmarks import (
    applications,
    gpu,
    growth,
    limit,
    live,
    machine,
    quality,
    report,
    scales,
    threads,
    throughput,
)

HERE = Path(__file__).parent
ROWS: dict[str, ModuleType] = {
    "throughput": throughput,
    "quality": quality,
    "scales": scales,
    "limit": limit,
    "growth": growth,
    "threads": threads,
    "live": live,
    "applications": applications,
}
PAGES = {  # raw figures, page, rows, title
    "cpu": (HERE / "results.json", HERE / "RESULTS.md", ROWS, "Speed on a CPU"),
    "cuda": (HERE / "results-gpu.json", HERE / "RESULTS-gpu.md", {"gpu": gpu}, "Speed on a GPU"),
}


@click.command()
@click.argument("rows", nargs=-1, type=click.Choice([*ROWS, "gpu"]))
@click.option("--quick", is_flag=True, help="Few repeats; print the page and write nothing.")
@click.option("--seeds", default="0,1,2", show_default=True, help="Of the row quality.")
@click.option("--render", is_flag=True, help="Measure nothing; write the pages again.")
def main(rows: tuple[str, ...], quick: bool, seeds: str, render: bool) -> None:
    """Measure ROWS (all where none is named) and write benchmarks/RESULTS.md.

    A row that is not measured keeps its figures. 'gpu' is part of all where there is a GPU, and
    has a page of its own.
    """
    if "gpu" in rows and not torch.cuda.is_available():
        raise click.UsageError("the row gpu needs a CUDA device, and there is none.")
    everything = [*ROWS, *(["gpu"] if torch.cuda.is_available() else [])]
    options = {"quick": quick, "seeds": [int(seed) for seed in seeds.split(",")]}
    for device, (raw, page, modules, title) in PAGES.items():
        results = json.loads(raw.read_text()) if raw.exists() and not quick else {}
        for name in [] if render else [row for row in rows or everything if row in modules]:
            results[name] = measured(modules[name], device, options)
            if not quick:  # row by row: what is measured survives an interruption
                raw.write_text(json.dumps(results, indent=1) + "\n")
        text = report.render(results, modules, title) if results else ""
        if text and quick:
            click.echo(text)
        elif text:
            page.write_text(text)
            click.echo(f"wrote benchmarks/{page.name}")


def measured(row: ModuleType, device: str, options: dict) -> dict:
    """Measure one row, and note where and when."""
    name = row.__name__.rpartition(".")[2]
    click.echo(f"{name} ...", err=True)
    start = time.perf_counter()
    facts = machine.facts(device)
    result = row.measure(**options)
    click.echo(f"{name}: {time.perf_counter() - start:.0f} s", err=True)
    return {"machine": facts, "result": result}


if __name__ == "__main__":
    main()
