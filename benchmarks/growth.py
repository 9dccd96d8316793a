"""How a step's cost grows with resolution and batch; memory from a process for each point."""

import re
import resource
import sys
from pathlib import Path

from benchmarks.contestants import ours
from benchmarks.process import Desk, Process
from benchmarks.report import Entry, table
from benchmarks.timing import alternate, of_rounds, ratios

__all__ = ["details", "entries", "measure", "weighed"]

RESOLUTIONS, BATCHES = (16, 32, 64, 128), (8, 32, 128)
MODEL = "msggan"
PAIRS = {
    "64x64 over 32x32, batch 32": ((64, 32), (32, 32)),
    "128x128 over 64x64, batch 8": ((128, 8), (64, 8)),
    "batch 128 over batch 32, 32x32": ((32, 128), (32, 32)),
}


class Scales(Desk):
    """Answers with the time, and with the most memory that the process has had so far."""

    def answer(self, value: float) -> None:
        """Add the peak of the resident memory, in MiB."""
        super().answer([value, peak_memory()])


def peak_memory() -> float:
    """Return the largest resident size that this process has had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands getrusage's figure on to a child
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text()).group(1)) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def weighed(desk: Desk, **arguments: object) -> None:
    """As `contestants.ours`, with the memory in each answer."""
    desk.__class__ = Scales
    ours(desk, **arguments)


def measure(quick: bool, **_options: object) -> dict:
    """Measure the grid, then the pairs."""
    found = {"grid": [_point(r, b, quick) for r in RESOLUTIONS for b in BATCHES], "pairs": {}}
    rounds = 2 if quick else 5
    for name, points in PAIRS.items():
        above, below = (Process("contestants:ours", **_arguments(*point)) for point in points)
        with above, below:
            steps = 1 if quick else 8
            found["pairs"][name] = alternate([above, below], rounds=rounds, steps=steps, warm_up=2)
    return found


def _point(resolution: int, batch_size: int, quick: bool) -> dict:
    """Median of five blocks of about a second; fewer steps where one takes long."""
    with Process("growth:weighed", **_arguments(resolution, batch_size)) as process:
        process.ask(1)
        first, _ = process.ask(1)
        steps = 1 if quick else max(2, min(40, round(1 / first)))
        blocks = [process.ask(steps) for _ in range(1 if quick else 5)]
    times = [1000 * seconds / steps for seconds, _ in blocks]
    return {
        "resolution": resolution,
        "batch_size": batch_size,
        "ms": times,
        "memory": blocks[-1][1],
    }


def _arguments(resolution: int, batch_size: int) -> dict:
    return {"model": MODEL, "resolution": resolution, "batch_size": batch_size, "real": False}


def entries(result: dict) -> list[Entry]:
    """Lines of the one table."""
    return [
        Entry(f"growth, {name}", "step time", ratios(*pair))
        for name, pair in result["pairs"].items()
    ]


def details(result: dict) -> str:
    """The grid: milliseconds a step, microseconds an image, peak memory."""
    lines = [
        [
            f"{point['resolution']}x{point['resolution']}",
            str(point["batch_size"]),
            f"{of_rounds(point['ms'])[0]:.1f}",
            f"{of_rounds(point['ms'])[0] / point['batch_size']:.2f}",
            f"{point['memory']:.0f}",
        ]
        for point in result["grid"]
    ]
    heads = ["resolution", "batch", "step, ms", "ms an image", "peak memory, MiB"]
    return (
        "### Growth of cost\n\n"
        f"{MODEL}, width 16. Memory is the largest resident size of a process that does nothing "
        "else, Python and torch included.\n\n" + table(heads, lines)
    )
