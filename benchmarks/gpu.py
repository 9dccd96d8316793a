"""The same loops on a GPU, in absolute figures; measured only where there is one."""

import torch

from benchmarks.process import ContestantError, Process
from benchmarks.report import Entry, table
from benchmarks.timing import alternate, of_rounds, ratios
from msgan_lessons.family import MODELS

__all__ = ["details", "entries", "measure"]

RESOLUTIONS, BATCH = (32, 64, 128), 64
LOOPS = {  # ours: bf16 where the GPU has it, and channels-last memory
    "textbook, float32": ("contestants:textbook", {}),
    "ours": ("contestants:ours", {}),
    "ours, compiled": ("contestants:ours", {"compiled": "default"}),
    "ours, CUDA graphs": ("contestants:ours", {"compiled": "reduce-overhead"}),
}


def measure(quick: bool, **_options: object) -> dict:
    """Measure every model at every resolution; where there is no GPU, nothing."""
    if not torch.cuda.is_available():
        return {}
    turns = {"rounds": 2, "steps": 5} if quick else {"rounds": 5, "steps": 100, "warm_up": 40}
    return {
        f"{model}, {resolution}x{resolution}": {
            name: _loop(function, {"model": model, "resolution": resolution, **how}, turns)
            for name, (function, how) in LOOPS.items()
            if not (name.startswith("textbook") and model not in ("dcgan", "msggan"))
        }
        for model in MODELS
        for resolution in RESOLUTIONS
    }


def _loop(function: str, arguments: dict, turns: dict) -> dict:
    """Milliseconds a step of one loop, or why it does not run."""
    try:
        with Process(function, batch_size=BATCH, device="cuda", **arguments) as process:
            return {"ms": alternate([process], **turns)[0]}
    except ContestantError as error:
        return {"ms": [], "note": str(error)[:120]}


def entries(result: dict) -> list[Entry]:
    """Lines of the one table: ours over the textbook."""
    return [
        Entry(f"throughput, {name}", "steps a second, ours over the textbook's", ratios(a, b))
        for name, loops in result.items()
        if (a := loops.get("textbook, float32", {}).get("ms")) and (b := loops["ours"]["ms"])
    ]


def details(result: dict) -> str:
    """Images a second."""
    lines = [
        [name, *(_rate(loops.get(loop, {})) for loop in LOOPS)] for name, loops in result.items()
    ]
    return (
        f"### Real images a second\n\nBatch {BATCH}, width 16; the median of several turns.\n\n"
        + table(["model", *LOOPS], lines)
    )


def _rate(figures: dict) -> str:
    if not figures.get("ms"):
        return figures.get("note", "")
    return f"{1000 * BATCH / of_rounds(figures['ms'])[0]:,.0f}"
