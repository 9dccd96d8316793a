"""Distance to the limit: a step over its bare convolutions, in one process, taking turns."""

import copy
import itertools
import statistics
import time
from collections.abc import Iterator

from torch.profiler import ProfilerActivity, profile

from benchmarks.convolutions import LAYOUTS, Recorder, bare_seconds, replays
from benchmarks.games import build, our_rows
from benchmarks.process import Desk, Process
from benchmarks.report import Entry, table
from benchmarks.timing import of_rounds, ratios
from msgan_lessons.datasets.images import open_images
from msgan_lessons.family import MODELS

__all__ = ["details", "entries", "measure", "play"]

GOAL = 1.25
TYPICAL_STEP = 23  # neither a probe (every 10) nor a penalty (every 8) falls on it


def play(desk: Desk, model: str, steps: int = 40, repeats: int = 20) -> None:
    """Answer each question with one round of `model`: a step, and its convolutions alone.

    Parameters
    ----------
    desk : Desk
        'round', or 'operations' for the profile.
    model : str
        Key in `family.MODELS`.
    steps : int
        Steps in a round; their median counts.
    repeats : int
        Of each convolution in a round.
    """
    pair, streams = build(model)
    batches = open_images().batches(pair.config.batch_size, streams["data"])
    rows = our_rows(pair, batches, streams, average=copy.deepcopy(pair.generator))
    for _ in range(TYPICAL_STEP - 1):
        next(rows)
    with Recorder() as recorder:
        next(rows)
    calls = replays(recorder)
    both = [replays(recorder, layout) for layout in LAYOUTS]
    for question in desk:
        if question == "operations":
            desk.answer(operations(rows, steps))
            continue
        step = _median_step(rows, steps)
        alone = sum(bare_seconds(calls, repeats))
        best = sum(
            min(pair) for pair in zip(*(bare_seconds(c, repeats) for c in both), strict=True)
        )
        counts = [recorder.forward, recorder.backward]
        desk.answer(
            {"step": 1000 * step, "bare": 1000 * alone, "best": 1000 * best, "calls": counts}
        )


def operations(rows: Iterator[dict], steps: int, top: int = 15) -> list[list]:
    """Where a step's time goes: name, milliseconds a step of its own, calls a step; dearest first.

    Parameters
    ----------
    rows : iterator of dict
        As `train` gives it.
    steps : int
        How many are watched.
    top : int
        How many operations are named; the last line is the sum of all others.

    Returns
    -------
    list of list
    """
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        for _ in range(steps):
            next(rows)
    found = [
        [event.key, event.self_cpu_time_total / 1000 / steps, event.count / steps]
        for event in watched.key_averages()
    ]
    found.sort(key=lambda line: -line[1])
    rest = found[top:]
    return [*found[:top], [f"{len(rest)} others", *(sum(x[k] for x in rest) for k in (1, 2))]]


def measure(quick: bool, **_options: object) -> dict:
    """Measure every member of the family."""
    rounds, steps, repeats = (2, 5, 3) if quick else (7, 40, 20)
    found = {}
    for model in MODELS:
        with Process("limit:play", model=model, steps=steps, repeats=repeats) as process:
            turns = [process.ask("round") for _ in range(rounds)]
            found[model] = {"rounds": turns, "operations": process.ask("operations")}
    return found


def entries(result: dict) -> list[Entry]:
    """Lines of the one table."""
    return [
        Entry(
            f"distance to the limit, {model}",
            "step over its bare convolutions",
            ratios([r["step"] for r in of["rounds"]], [r["bare"] for r in of["rounds"]]),
            goal=f"<= {GOAL}",
        )
        for model, of in result.items()
    ]


def details(result: dict) -> str:
    """Milliseconds, and where a step's time goes."""
    lines = [
        [
            model,
            *(
                f"{of_rounds([r[k] for r in of['rounds']])[0]:.1f}"
                for k in ("step", "bare", "best")
            ),
            "{} + {}".format(*of["rounds"][0]["calls"]),
        ]
        for model, of in result.items()
    ]
    heads = ["model", "step, ms", "bare, ms", "bare, better layout, ms", "calls"]
    text = [
        "### Distance to the limit\n",
        "Every convolution of one real step, forward and backward, timed alone with the shapes, "
        "memory formats and wanted gradients that it had there. 'Better layout': each in the "
        "faster of NCHW and channels-last. Calls: forward + backward.\n",
        table(heads, lines),
    ]
    for model, of in result.items():
        rows = [[f"`{name}`", f"{ms:.2f}", f"{calls:.1f}"] for name, ms, calls in of["operations"]]
        text.append(
            f"<details><summary>Where a step of {model} goes (with the profiler's own cost)"
            f"</summary>\n\n{table(['operation', 'ms of its own', 'calls'], rows)}\n</details>\n"
        )
    return "\n".join(text)


def _median_step(rows: Iterator[dict], steps: int) -> float:
    moments = [time.perf_counter()]
    for _ in range(steps):
        next(rows)
        moments.append(time.perf_counter())
    return statistics.median(b - a for a, b in itertools.pairwise(moments))
