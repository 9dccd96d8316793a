"""What scales cost: the step of every model over that of dcgan, beside the arithmetic it does."""

import itertools

from torch.utils.flop_counter import FlopCounterMode

from benchmarks.games import build, our_rows, random_batches
from benchmarks.process import Desk, Process
from benchmarks.report import Entry, table
from benchmarks.timing import alternate, of_rounds, ratios
from msgan_lessons.family import MODELS

__all__ = ["count_flops", "details", "entries", "measure", "step_flops"]

PAIRS = [(model, "dcgan") for model in MODELS if model != "dcgan"]
PAIRS += [("multiscale_d", "one_patch_d")]
CYCLE = 40  # steps after which probes and penalties have come round (every 10, every 8)


def step_flops(model: str, resolution: int = 32, batch_size: int = 32, steps: int = CYCLE) -> float:
    """Count the floating-point operations of a D+G step, on average over several steps.

    Parameters
    ----------
    model : str
        Key in `family.MODELS`.
    resolution, batch_size : int
        Of the images.
    steps : int
        How many are counted.

    Returns
    -------
    float
        Of convolutions and matrix products alone, as torch's counter has it; a multiplication
        and an addition count as two.
    """
    pair, streams = build(model, resolution=resolution)
    batches = random_batches(resolution, batch_size, streams)
    rows = our_rows(pair, batches, streams)
    with FlopCounterMode(display=False) as counter:
        for _ in range(steps):
            next(rows)
    return counter.get_total_flops() / steps


def count_flops(desk: Desk, model: str, steps: int = CYCLE) -> None:
    """Answer with `step_flops`."""
    for _question in desk:
        desk.answer(step_flops(model, steps=steps))


def measure(quick: bool, **_options: object) -> dict:
    """Measure every model beside dcgan, and three patch D beside one."""
    turns = {"rounds": 2, "steps": 4, "warm_up": 2} if quick else {"rounds": 7, "steps": CYCLE}
    found = {"flops": {}, "pairs": []}
    for model in dict.fromkeys(itertools.chain(*PAIRS)):
        with Process("scales:count_flops", model=model, steps=4 if quick else CYCLE) as process:
            found["flops"][model] = process.ask()
    for pair in PAIRS:
        many, one = (Process("contestants:ours", model=model) for model in pair)
        with many, one:
            found["pairs"].append({"pair": pair, "ms": alternate([many, one], **turns)})
    return found


def entries(result: dict) -> list[Entry]:
    """Lines of the one table."""
    return [
        Entry("cost of scales", "step time, {} over {}".format(*of["pair"]), ratios(*of["ms"]))
        for of in result["pairs"]
    ]


def details(result: dict) -> str:
    """Time beside arithmetic."""
    flops = result["flops"]
    lines = [
        [
            "{} over {}".format(*of["pair"]),
            *(f"{of_rounds(ms)[0]:.1f}" for ms in of["ms"]),
            *(f"{flops[model] / 1e9:.2f}" for model in of["pair"]),
            f"{flops[of['pair'][0]] / flops[of['pair'][1]]:.2f}",
            f"{of_rounds(ratios(*of['ms']))[0]:.2f}",
        ]
        for of in result["pairs"]
    ]
    heads = ["pair", "step, ms", "against, ms", "GFLOP", "against", "FLOP ratio", "time ratio"]
    return (
        "### Cost of scales\n\n"
        "32x32, batch 32, width 16; progan at full depth; one_patch_d is multiscale_d with its "
        f"finest judge alone. FLOP are those of convolutions, an average over {CYCLE} steps.\n\n"
        + table(heads, lines)
    )
