"""Record data/conditional_ablation.json: BigGAN's ingredients, each left out once (lesson 11).

Usage: python data/build_conditional_ablation.py [--seeds 0 1 2] [--images 12800]
           [--variants "full,no labels"] [--threads 1] [--out DIR] [--fresh]

Every variant sees the same number of real images, so its scores do not depend on the pace of the
machine. Each variant and seed is merged into what is there as soon as it is done, so the work can
be cut into pieces. 21 runs take about 15 minutes of one core.
"""

import argparse
import datetime
import fcntl
import json
import platform
import time
from pathlib import Path

import torch

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.lessons.l11_class_conditional.game import VARIANTS, class_game, variant
from msgan_lessons.lessons.l11_class_conditional.scores import ClassJudge
from msgan_lessons.training import played

FIXED = {
    "resolution": 32,
    "width": 16,
    "batch_size": 32,
    "latent_dim": 64,
    "judged": 3000,
    "count": 2000,
}


def play(name: str, seed: int, images: int, train: ImageData, judge: ClassJudge) -> dict:
    """Train one variant with one seed: its row."""
    Streams(seed).seed_weights()
    sizes = {key: FIXED[key] for key in ("resolution", "latent_dim", "width")}
    model = variant(name, img_channels=train.img_channels, **sizes)
    game = class_game(model, train, batch_size=FIXED["batch_size"], seed=seed, device="cpu")
    start = time.process_time()
    *_, last = played(game, steps=images // FIXED["batch_size"])
    spent = time.process_time() - start
    made = {key: last[key] for key in ("step", "n_images")}
    return {"model": name, "seed": seed, **made, "cpu_seconds": spent} | judge.score(
        game.generator_ema
    )


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


def merged(found: dict, entry: dict, row: dict) -> dict:
    """Put a row beside the others; one of the same variant and seed is replaced."""
    if found and found["settings"] != entry["settings"]:
        raise SystemExit("the recording has other settings; use --fresh to start again, or --out.")
    rows = [
        r for r in found.get("rows", []) if (r["model"], r["seed"]) != (row["model"], row["seed"])
    ]
    rows.append(row)
    rows.sort(key=lambda r: (list(VARIANTS).index(r["model"]), r["seed"]))
    return {**entry, "rows": rows}


def packed(found: dict) -> str:
    """Write JSON with one line a row, and six digits a number."""
    rows = ",\n".join("  " + json.dumps(_rounded(row)) for row in found["rows"])
    other = [
        f" {json.dumps(k)}: {json.dumps(_rounded(v))}," for k, v in found.items() if k != "rows"
    ]
    return "\n".join(["{", *other, f' "rows": [\n{rows}]', "}"]) + "\n"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def write(out: Path, entry: dict, row: dict, fresh: bool) -> None:
    """Merge a row into the file, and describe the file in manifest.json beside it."""
    path = out / "conditional_ablation.json"
    with (out / ".ablation.lock").open("w") as lock:  # pieces may run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = json.loads(path.read_text()) if path.exists() and not fresh else {}
        path.write_text(packed(merged(found, entry, row)))
        add_to_manifest(out, {"conditional_ablation": manifest_entry(path)})
    (out / ".ablation.lock").unlink(missing_ok=True)


def main() -> None:
    """Play what was asked for, one variant and one seed after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", default=",".join(VARIANTS), help="separated by commas")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, default=12_800, help="real images for each")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--fresh", action="store_true", help="drop what is there")
    args = parser.parse_args()

    torch.set_num_threads(args.threads)
    size = FIXED["resolution"]
    train, test = (open_images(resolution=size, split=s) for s in ("train", "test"))
    judge = ClassJudge(test, judged=FIXED["judged"], count=FIXED["count"])
    settings = {"unit": "images", "amount": args.images, **FIXED, "loss": "hinge"}
    entry = {"settings": settings, "machine": machine(), "floor": judge.ceiling()}
    fresh = args.fresh
    for seed in args.seeds:
        for name in args.variants.split(","):
            row = play(name, seed, args.images, train, judge)
            write(args.out, entry, row, fresh)
            fresh = False
            said = {k: round(row[k], 3) for k in ("accuracy", "frechet", "recall", "cpu_seconds")}
            print(f"{name}, seed {seed}: {said}", flush=True)


if __name__ == "__main__":
    main()
