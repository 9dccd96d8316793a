"""Train G under four sets of judges with three seeds, and keep the scores: data/video_judges.json.

Usage: python data/build_video_judges.py [--steps N] [--seeds 0 1 2] [--sets frame frame,fast ...]
           [--out DIR]

All sets see the same number of clips (equal steps), so the pace of the machine does not matter.
Scores are those of lesson 12_video: 400 clips of the averaged G against 400 held-out real clips.
Each training is merged into what is there as soon as it is done: the work can be cut in pieces.
"""

import argparse
import json
import time
from pathlib import Path

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.clips import open_clips
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.lessons.l12_video.networks import video_game, videogan
from msgan_lessons.lessons.l12_video.scores import clip_baselines, score_clips
from msgan_lessons.training import draw, played

NAME = "video_judges"
SETS = ("frame", "frame,fast", "frame,fast,slow", "frame,fast,slow,scales")
COUNT, BATCH, WIDTH = 400, 8, 8


def fit(judges: str, steps: int, seed: int):
    """Train one G and draw its clips; also the seconds that it took."""
    streams = Streams(seed)
    streams.seed_weights()
    game = video_game(videogan(judges=judges, width=WIDTH), open_clips(), BATCH, streams)
    start = time.process_time()
    for _ in played(game, steps=steps):
        pass
    seconds = time.process_time() - start
    z = streams.fixed_latents(COUNT, game.generator.latent_dim)
    return draw(game.generator_ema, z, chunk=32)[-1], seconds


def merge(part: dict[str, dict], seed: int, args: argparse.Namespace) -> None:
    """Put the scores of one seed into the file, and its description into manifest.json."""
    path = args.out / f"{NAME}.json"
    settings = {"steps": args.steps, "batch_size": BATCH, "width": WIDTH, "clips": COUNT}
    content = json.loads(path.read_text()) if path.exists() else {"settings": settings}
    if content["settings"] != settings:
        raise SystemExit(f"{path} was made with {content['settings']}, not with {settings}.")
    for name, row in part.items():
        seeds = content.setdefault("scores", {}).setdefault(name, {})
        seeds[str(seed)] = {key: round(value, 4) for key, value in row.items()}
    path.write_text(json.dumps(content, indent=1) + "\n")
    add_to_manifest(args.out, {NAME: manifest_entry(path, settings=settings)})


def main() -> None:
    """Train and score every set with every seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()

    for seed in args.seeds:
        test, streams = open_clips(split="test"), Streams(seed)
        real, other = (test.clips(COUNT, streams.fresh(n)) for n in ("held out", "other"))
        spoilt = clip_baselines(real, other, streams.fresh("shuffle"))
        merge({name: score_clips(real, clips) for name, clips in spoilt.items()}, seed, args)
        for judges in args.sets:
            clips, taken = fit(judges, args.steps, seed)
            score = {**score_clips(real, clips), "cpu_seconds": taken}
            print(seed, judges, score, flush=True)
            merge({judges: score}, seed, args)


if __name__ == "__main__":
    main()
