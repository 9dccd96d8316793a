"""Record data/duel.json and data/duel_samples.npz: the duel of lesson 08 with several seeds.

Usage: python data/build_duel.py [--contest family|connections|all] [--seeds 0 1 2]
           [--seconds 60] [--images 32000] [--threads N] [--out DIR] [--fresh]

Run it on a machine that does nothing else. Each contest and seed is merged into what is there as
soon as it is done, so the work can be cut into pieces. 'family' gives each of the five models the
same seconds; 'connections' gives MSG-GAN, with images passing from G to D at no, some or all
coarser scales, the same number of images, so that its result does not depend on the pace.
"""

import argparse
import datetime
import json
import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.places import busy_cores, usable_cores
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.family import Model
from msgan_lessons.lessons.l08_multiscale_gan.duel import contestants
from msgan_lessons.metrics.contest import Judge, duel
from msgan_lessons.runs.recordings import CONTESTS

FIXED = {"resolution": 32, "width": 16, "batch_size": 32, "moments": 8, "count": 1000}


def players(contest: str, seed: int) -> dict[str, Model]:
    """Build the models of a contest, in the size of the recording."""
    sizes = {key: FIXED[key] for key in ("resolution", "width", "batch_size")}
    return contestants(contest, seed, **sizes)


def play(
    contest: str, seed: int, budget: Mapping, train: ImageData, judge: Judge
) -> tuple[list[dict], dict[str, list[Tensor]]]:
    """Run one contest with one seed: its rows, and what each G drew at the end."""
    rows, samples = [], {}
    settings = {**budget, "moments": FIXED["moments"], "seed": seed}
    for row in duel(players(contest, seed), train, judge, **settings):
        samples[row["model"]] = row.pop("scales")
        rows.append({"seed": seed, **row})
        done = f"{row['step']} steps, {row['seconds']:.0f} s"
        print(f"{contest}, seed {seed}, {row['model']}: {done}, {row['frechet']:.2f}", flush=True)
    return rows, samples


def machine() -> dict:
    """Where, with what and when."""
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": usable_cores(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "date": datetime.date.today().isoformat(),
    }


def merge(found: dict, contest: str, entry: dict, fresh: bool = False) -> dict:
    """Put new rows beside old ones of the same contest; those of the same seeds are replaced."""
    old = found.get(contest)
    if old is None or fresh:
        return {**found, contest: entry}
    for part, ignored in (("settings", ()), ("machine", ("date",))):
        before = {k: v for k, v in old[part].items() if k not in ignored}
        now = {k: v for k, v in entry[part].items() if k not in ignored}
        if changed := [k for k in before.keys() | now.keys() if before.get(k) != now.get(k)]:
            raise SystemExit(
                f"the recording of {contest} has another {', '.join(sorted(changed))}; "
                "rows of both must not be mixed: use --fresh to start it again, or --out."
            )
    seeds = {row["seed"] for row in entry["rows"]}
    rows = [row for row in old["rows"] if row["seed"] not in seeds] + entry["rows"]
    rows.sort(key=lambda row: row["seed"])  # stable: models and moments keep their order
    return {**found, contest: {**entry, "rows": rows}}


def packed(found: Mapping) -> str:
    """Write JSON with one line a row, and six digits a number."""
    parts = []
    for contest, entry in found.items():
        rows = ",\n".join("   " + json.dumps(_rounded(row)) for row in entry["rows"])
        other = [f"  {json.dumps(k)}: {json.dumps(_rounded(entry[k]))}," for k in entry]
        lines = [line for line in other if not line.startswith('  "rows"')]
        parts.append("\n".join([f" {json.dumps(contest)}: {{", *lines, f'  "rows": [\n{rows}]}}']))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def write(out: Path, found: Mapping, samples: Mapping[str, np.ndarray]) -> None:
    """Write both files, and their description into manifest.json beside them."""
    (out / "duel.json").write_text(packed(found))
    np.savez_compressed(out / "duel_samples.npz", **samples)
    files = {"duel": "duel.json", "duel_samples": "duel_samples.npz"}
    add_to_manifest(out, {name: manifest_entry(out / file) for name, file in files.items()})


def kept_samples(path: Path, dropped: str) -> dict[str, np.ndarray]:
    """Read the samples that are there, without those of one contest."""
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return {k: arrays[k] for k in arrays.files if k.split(".")[0] != dropped}


def to_pixels(images: Tensor) -> np.ndarray:
    """From [-1, 1] to bytes."""
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()


def record(contest: str, seed: int, args: argparse.Namespace, fresh: bool) -> None:
    """Play one contest with one seed and merge it into the files."""
    unit, amount = ("seconds", args.seconds) if contest == "family" else ("images", args.images)
    train, test = (open_images(resolution=FIXED["resolution"], split=s) for s in ("train", "test"))
    judge = Judge(test.images(), FIXED["count"])
    settings = {"unit": unit, "amount": float(amount), **FIXED}
    configs = {name: pair.config.as_dict() for name, pair in players(contest, seed).items()}
    path = args.out / "duel.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    entry = {
        "settings": settings | {"configs": configs},
        "machine": machine(),
        "floor": judge.compare(train.images(slice(FIXED["count"]))),
        "rows": [],
    }
    entry = json.loads(json.dumps(entry))  # as it will be read: keys are text
    merge(found, contest, entry, fresh)  # refuses before the work, not after it
    entry["rows"], drawn = play(contest, seed, {"unit": unit, "amount": amount}, train, judge)
    samples = kept_samples(args.out / "duel_samples.npz", contest if seed == 0 or fresh else "")
    if seed == 0:
        samples |= {
            f"{contest}.{model}.{x.shape[-1]}": to_pixels(x)
            for model, scales in drawn.items()
            for x in scales
        }
    write(args.out, merge(found, contest, entry, fresh), samples)


def main() -> None:
    """Play what was asked for, one contest and one seed after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contest", choices=(*CONTESTS, "all"), default="all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=60.0, help="for each of the family")
    parser.add_argument("--images", type=int, default=32_000, help="for each of the connections")
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--fresh", action="store_true", help="drop what is there of the contest")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    if (busy := busy_cores()) > 0.25:
        print(f"{busy:.1f} cores are busy with other work; seconds will not mean much")
    for contest in CONTESTS if args.contest == "all" else [args.contest]:
        for i, seed in enumerate(args.seeds):
            record(contest, seed, args, fresh=args.fresh and i == 0)


if __name__ == "__main__":
    main()
