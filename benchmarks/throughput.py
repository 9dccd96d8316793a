"""Throughput: D+G steps a second of our loop over those of others, on the same networks."""

import importlib.util
from importlib import metadata

from benchmarks.process import ContestantError, Process
from benchmarks.report import Entry, table
from benchmarks.timing import alternate, of_rounds, ratios

__all__ = ["details", "entries", "measure"]

GOAL = ">= 1.3"
TEXTBOOKS = {
    "dcgan, textbook, two forwards of G": {"model": "dcgan"},
    "msggan, textbook, two forwards of G": {"model": "msggan"},
    "dcgan, textbook, one forward of G": {"model": "dcgan", "forwards": 1},
    "dcgan, textbook, batches from a DataLoader": {"model": "dcgan", "loader": True},
}
MENDED = "measured with empty modules for torch._six and TensorFlow, which its trainer does not use"
LIBRARIES = {"torch-mimicry": ("mimicry", "torch_mimicry"), "torchgan": ("torchgan", "torchgan")}


def measure(quick: bool, **_options: object) -> dict:
    """Measure both models against the textbook, and dcgan against the libraries."""
    turns = {"rounds": 2, "steps": 4, "warm_up": 2} if quick else {"rounds": 9, "steps": 40}
    found = {name: _pair("contestants:textbook", how, turns) for name, how in TEXTBOOKS.items()}
    for name, (function, package) in LIBRARIES.items():
        found[f"dcgan, {name}"] = _library(function, package, turns)
    return found


def _pair(function: str, arguments: dict, turns: dict) -> dict:
    ours = Process("contestants:ours", model=arguments.get("model", "dcgan"))
    theirs = Process(function, **arguments)
    with ours, theirs:
        a, b = alternate([ours, theirs], **turns)
    return {"ours": a, "theirs": b}


def _library(function: str, package: str, turns: dict) -> dict:
    """The same for a library, or why not; and whether it can be imported as it is."""
    if importlib.util.find_spec(package) is None:
        return {"note": "not installed"}
    try:
        with Process("trainers:importable", package=package) as process:
            obstacle = process.ask()
    except ContestantError as error:  # it took its process down
        obstacle = str(error)
    note = f"{metadata.version(package)}"
    if obstacle:
        note += f" does not import with torch {metadata.version('torch')} ({obstacle}); {MENDED}"
    try:
        return {**_pair(f"trainers:{function}", {}, turns), "note": note}
    except ContestantError as error:
        return {"note": f"{note} does not run: {error}"[:200]}


def entries(result: dict) -> list[Entry]:
    """Lines of the one table."""
    found = []
    for name, figures in result.items():
        note = figures.get("note", "")
        if "ours" in figures:
            note = "mended, see below" if MENDED in note else ""
        found.append(
            Entry(
                f"throughput, {name}",
                "steps a second, ours over theirs",
                ratios(figures["theirs"], figures["ours"]) if "ours" in figures else [],
                goal=GOAL if "two forwards" in name else "",
                note=note,
            )
        )
    return found


def details(result: dict) -> str:
    """Milliseconds a step."""
    lines = [
        [name, *(f"{of_rounds(figures[side])[0]:.1f}" for side in ("ours", "theirs"))]
        for name, figures in result.items()
        if "ours" in figures
    ]
    notes = [f"- {name}: {of['note']}.\n" for name, of in result.items() if of.get("note")]
    return (
        "### Throughput\n\n"
        "32x32, batch 32, width 16, the same networks and real images; batches from memory unless "
        "said otherwise. Ours without the running average, which no other loop keeps. The "
        "libraries' pictures and checkpoints are switched off, their logs are not.\n\n"
        + table(["pair", "ours, ms a step", "theirs, ms a step"], lines)
        + "\n"
        + "".join(notes)
    )
