"""Each application in preset class, with several seeds: scores against baselines, and seconds."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.report import Entry, table
from benchmarks.timing import of_rounds

__all__ = ["LESSONS", "details", "entries", "measure"]

LESSONS = (
    "09_super_resolution", "10_style_transfer", "11_class_conditional", "12_video", "13_speech",
)  # fmt: skip
LIMIT = 60.0  # s, a training cell


def measure(quick: bool, seeds: Sequence[int] = (0, 1, 2), **_options: object) -> dict:
    """Run every lesson once a seed, one after the other, as `msgan run` does."""
    preset, seeds = ("smoke", seeds[:1]) if quick else ("class", seeds)
    found: dict = {"preset": preset, "seeds": list(seeds), "runs": {}}
    for lesson in LESSONS:
        for seed in seeds:
            found["runs"].setdefault(lesson, []).append(_run(lesson, seed, preset))
    return found


def entries(result: dict) -> list[Entry]:
    """Lines of the one table: the longest training cell against its minute."""
    goal = "<= 1" if result["preset"] == "class" else ""
    return [
        Entry(
            f"application, {lesson}",
            f"longest training cell over {LIMIT:.0f} s",
            [max(run["training_seconds"].values()) / LIMIT for run in runs],
            goal,
        )
        for lesson, runs in result["runs"].items()
    ]


def details(result: dict) -> str:
    """A table of scores for each application."""
    parts = [
        "### Applications\n\n"
        f"Preset {result['preset']}, seeds {result['seeds']}; median (lowest to highest). "
        "'shipped' is the checkpoint that comes with the course, trained for longer; what does "
        "not depend on the seed shows one number.\n"
    ]
    for lesson, runs in result["runs"].items():
        seconds = {
            key: [r["training_seconds"][key] for r in runs] for key in runs[0]["training_seconds"]
        }
        told = ", ".join(f"{name} {_spread(values)} s" for name, values in seconds.items())
        whole = _spread([run["seconds"] for run in runs])
        parts.append(f"#### {lesson}\n\nTraining cells: {told}. The whole lesson: {whole} s.\n")
        parts.append(table(*_scores([run["scores"] for run in runs])))
    return "\n".join(parts)


def _run(lesson: str, seed: int, preset: str) -> dict:
    """One lesson in a process of its own; what it scored, and how long it took."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "msgan_lessons", "run", lesson[:2], "--preset", preset]
        subprocess.run(
            [*command, "-p", f"seed={seed}", "--out", out], check=True, capture_output=True
        )
        metrics = json.loads((Path(out) / lesson / "metrics.json").read_text())
    found = {key: metrics[key] for key in ("scores", "training_seconds")}
    return {**found, "seconds": metrics["wall_seconds"]}


def _scores(runs: Sequence[Mapping]) -> tuple[list[str], list[list[str]]]:
    """Heads and lines: a method a line, a metric a column."""
    flat = [{method: dict(_flat(found)) for method, found in _methods(run)} for run in runs]
    metrics = list(dict.fromkeys(name for found in flat[0].values() for name in found))
    lines = [
        [method, *(_spread([run[method].get(name) for run in flat]) for name in metrics)]
        for method in flat[0]
    ]
    return ["method", *metrics], lines


def _methods(run: Mapping) -> Iterator[tuple[str, Mapping]]:
    """Method to metrics, also where a lesson scores two directions."""
    for name, found in run.items():
        if all(isinstance(value, Mapping) for value in found.values()):
            yield from ((f"{name}: {method}", metrics) for method, metrics in found.items())
        else:
            yield name, found


def _flat(found: Mapping, before: str = "") -> Iterator[tuple[str, float]]:
    """Name to number, also of figures that come by scale; lists, such as one a class, are left."""
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name} ")
        elif isinstance(value, int | float):
            yield f"{before}{name}", value


def _spread(figures: Sequence[float | None]) -> str:
    known = [figure for figure in figures if figure is not None]
    if not known:
        return ""
    middle, low, high = of_rounds(known)
    return f"{middle:.3g}" if low == high else f"{middle:.3g} ({low:.3g} to {high:.3g})"
