"""What a waiting thread costs: dcgan alone, and beside a busy process (a browser, say)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.process import Process
from benchmarks.report import Entry, table
from benchmarks.timing import alternate, of_rounds, ratios
from msgan_lessons.base.places import usable_cores

__all__ = ["details", "entries", "measure"]

CORES = usable_cores()
SETTINGS = {
    "all cores": {},
    "all cores, GOMP_SPINCOUNT=1000": {"GOMP_SPINCOUNT": "1000"},
    "all cores, OMP_WAIT_POLICY=PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"},
    "one core fewer": {"OMP_NUM_THREADS": str(max(1, CORES - 1))},
}


@contextmanager
def busy_process() -> Iterator[None]:
    """Keep one core busy, as a browser that draws does."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def measure(quick: bool, **_options: object) -> dict:
    """Let all settings take turns, first alone, then beside a busy process."""
    turns = {"rounds": 2, "steps": 2, "warm_up": 1} if quick else {"rounds": 3, "steps": 10}
    every = {"OMP_NUM_THREADS": str(CORES)}
    contestants = [
        Process("contestants:ours", every | environment, model="dcgan")
        for environment in SETTINGS.values()
    ]
    try:
        alone = alternate(contestants, **turns)
        with busy_process():
            beside = alternate(contestants, **turns)
    finally:
        for contestant in contestants:
            contestant.__exit__()
    return {
        name: {"alone": a, "beside": b} for name, a, b in zip(SETTINGS, alone, beside, strict=True)
    }


def entries(result: dict) -> list[Entry]:
    """Lines of the one table."""
    every, fewer = result["all cores"], result["one core fewer"]
    return [
        Entry(f"threads, {where}", "step on all cores over one core fewer", ratios(a, b))
        for where, a, b in (
            ("alone", every["alone"], fewer["alone"]),
            ("beside a busy process", every["beside"], fewer["beside"]),
        )
    ]


def details(result: dict) -> str:
    """Milliseconds a step."""
    lines = [
        [name, *(f"{of_rounds(figures[where])[0]:.1f}" for where in ("alone", "beside"))]
        for name, figures in result.items()
    ]
    heads = ["dcgan at 32x32", "alone, ms a step", "beside a busy process, ms a step"]
    return "### Threads\n\n" + table(heads, lines)
