"""`make bench`: tables of step times, each figure from a process of its own.

1. Step time of both models against resolution.
2. Threads: what a waiting thread costs, alone and beside a busy process (a browser, say).
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

REPEATS = 3
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
SETTINGS = {
    "all cores": {},
    "all cores, GOMP_SPINCOUNT=1000": {"GOMP_SPINCOUNT": "1000"},
    "all cores, OMP_WAIT_POLICY=PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"},
    "one core fewer": {"OMP_NUM_THREADS": str(max(1, CORES - 1))},
}


def step_ms(model: str, resolution: int, environment: dict[str, str]) -> float:
    """Median of several processes, in milliseconds."""
    command = [sys.executable, "-m", "benchmarks.step_time", model, str(resolution)]
    figures = []
    for _ in range(REPEATS):
        result = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=True
        )
        figures.append(json.loads(result.stdout)["ms"])
    return sorted(figures)[REPEATS // 2]


@contextmanager
def busy_process() -> Iterator[None]:
    """Keep one core busy, as a browser that draws does."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Print both tables."""
    print(f"{CORES} cores, batch 32, median of {REPEATS} processes, ms for one D+G step\n")
    print(f"{'resolution':>12}{'dcgan':>10}{'msggan':>10}{'ratio':>8}")
    for resolution in (16, 32, 64):
        one, many = (step_ms(model, resolution, {}) for model in ("dcgan", "msggan"))
        print(f"{resolution:>12}{one:>10.1f}{many:>10.1f}{many / one:>8.2f}", flush=True)
    print(f"\n{'dcgan at 32x32':<38}{'alone':>8}{'beside a busy process':>24}")
    for name, environment in SETTINGS.items():
        alone = step_ms("dcgan", 32, environment)
        with busy_process():
            beside = step_ms("dcgan", 32, environment)
        print(f"{name:<38}{alone:>8.1f}{beside:>24.1f}", flush=True)


if __name__ == "__main__":
    main()
