"""Record data/modes_study.json: modes captured in the plane, cure by cure (lesson 15).

Usage: python data/build_modes_study.py [--cures "R1,pac 2"] [--targets "ring of 8"]
           [--seeds 0 1 2 3 4] [--threads 1] [--out DIR] [--fresh]

Every run plays a number of steps, not a time, so its counts do not depend on the pace of the
machine.
What is recorded already is skipped; the seeds of one cure and target are played side by side and
merged into what is there as soon as they are done, so the work can be stopped and gone on with.
"""

import argparse
import datetime
import fcntl
import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import torch

from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.lessons.l15_stability.modes import (
    BASELINE,
    CURES,
    NETWORKS,
    SAMPLES,
    STEPS,
    TARGETS,
    StudyGame,
    find_cure,
    measure,
    paper_target,
)

SHOWN = 250  # points of seed 0 that are kept for a picture


def settings(steps: int) -> dict:
    """What all runs share."""
    config = {"d_steps": 1, "reg_interval": BASELINE.reg_interval}
    config |= {name: getattr(BASELINE, name) for name in ("batch_size", "g_lr", "d_lr")}
    return {"steps": steps, "samples": SAMPLES, **config, "networks": NETWORKS}


def play(cure: str, target: str, seeds: Sequence[int], steps: int) -> tuple[list[dict], dict]:
    """Play some seeds of one cure on one target: rows, and points of the first seed.

    A cure that trains in the same way and differs in what is measured alone is measured too.
    """
    start, steps = time.process_time(), steps * CURES[cure].longer
    game = StudyGame(cure, target, seeds, steps=steps)
    for _ in range(steps):
        game.step()
    spent = {"step": steps, "cpu_seconds": (time.process_time() - start) / len(seeds)}
    rows, shown = [], {}
    for name in alike(cure):
        found = game.points(averaged=CURES[name].averaged)
        for seed, points in zip(seeds, found, strict=True):
            common = {"target": target, "cure": name, "seed": seed}
            rows.append(common | measure(game.mixture, points) | spent)
        few = found[0][:SHOWN].tolist()
        shown[f"{target}/{name}"] = [[round(x, 3), round(y, 3)] for x, y in few]
    return rows, shown


def alike(cure: str) -> list[str]:
    """Name the cures that train as this one does."""
    asked = replace(CURES[cure], says="", averaged=False)
    return [n for n, other in CURES.items() if replace(other, says="", averaged=False) == asked]


def machine() -> dict:
    """Where, with what and when."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "date": datetime.date.today().isoformat(),
    }


def merged(found: dict, entry: dict, rows: list[dict], samples: dict) -> dict:
    """Put rows beside the others; one of the same cure, target and seed is replaced."""
    if found and found["settings"] != entry["settings"]:
        raise SystemExit("the recording has other settings; use --fresh to start again, or --out.")
    kept = {_key(row): row for row in [*found.get("rows", []), *rows]}
    order = sorted(kept, key=lambda k: (list(TARGETS).index(k[0]), list(CURES).index(k[1]), k[2]))
    shown = {**found.get("samples", {}), **samples}
    return {**entry, "rows": [kept[key] for key in order], "samples": dict(sorted(shown.items()))}


def _key(row: dict) -> tuple:
    return row["target"], row["cure"], row["seed"]


def packed(found: dict) -> str:
    """Write JSON with one line a row, and six digits a number."""
    parts = [f' "{k}": {json.dumps(_rounded(found[k]))}' for k in ("settings", "machine")]
    rows = ",\n".join("  " + json.dumps(_rounded(row)) for row in found["rows"])
    shown = ",\n".join(
        f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}"
        for k, v in found["samples"].items()
    )
    parts += [f' "rows": [\n{rows}\n ]', f' "samples": {{\n{shown}\n }}']
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def read(out: Path) -> dict:
    """Return what is recorded so far."""
    path = out / "modes_study.json"
    return json.loads(path.read_text()) if path.exists() else {}


def write(out: Path, entry: dict, rows: list[dict], samples: dict) -> None:
    """Merge rows into the file, and describe the file in manifest.json beside it."""
    path = out / "modes_study.json"
    with (out / ".modes.lock").open("w") as lock:  # pieces may run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        _replace(path, packed(merged(read(out), entry, rows, samples)))
        add_to_manifest(out, {"modes_study": manifest_entry(path)})
    (out / ".modes.lock").unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(text)
    os.replace(beside, path)


def pieces(cure: str, seeds: Sequence[int]) -> list[list[int]]:
    """Split seeds into those that are played side by side."""
    alone = CURES[cure].discriminator.get("spectral_norm")
    return [[seed] for seed in seeds] if alone else [list(seeds)] * bool(seeds)


def main() -> None:
    """Play what was asked for and is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cures", default=",".join(CURES), help="separated by commas")
    parser.add_argument("--targets", default=",".join(TARGETS), help="separated by commas")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--fresh", action="store_true", help="drop what is there")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    for cure, target in product(args.cures.split(","), args.targets.split(",")):
        find_cure(cure), paper_target(target)  # refused now, not after the first run
    if args.fresh:
        (args.out / "modes_study.json").unlink(missing_ok=True)
    entry = {"settings": settings(args.steps), "machine": machine()}
    for cure, target in product(args.cures.split(","), args.targets.split(",")):
        there = {_key(row) for row in read(args.out).get("rows", [])}
        left = [seed for seed in args.seeds if (target, cure, seed) not in there]
        for seeds in pieces(cure, left):
            rows, shown = play(cure, target, seeds, args.steps)
            write(args.out, entry, rows, shown if seeds[0] == args.seeds[0] else {})
            for row in rows:
                print(json.dumps(_rounded(row)), flush=True)


if __name__ == "__main__":
    main()
