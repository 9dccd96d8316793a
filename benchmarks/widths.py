"""Fréchet distance while a wide member of the family trains, at its own rates or at others.

Usage: python -m benchmarks.widths dcgan --width 32 --steps 800 [--g-lr 2e-3 --d-lr 2e-3]

600 images of the running average of G against 600 of the test images, on the features of the
course's classifier (no FID); one seed. A line each hundred steps.
"""

import argparse
import copy
import time

from msgan_lessons import datasets, family, training
from msgan_lessons.base.streams import Streams
from msgan_lessons.metrics.contest import Judge

EVERY = 100  # steps between two scores
IMAGES = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=list(family.MODELS))
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--g-lr", type=float, help="its own where it is missing")
    parser.add_argument("--d-lr", type=float, help="its own where it is missing")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    streams = Streams(given.seed)
    streams.seed_weights()
    asked = {"g_lr": given.g_lr, "d_lr": given.d_lr, "batch_size": given.batch_size}
    pair = family.build(given.model, width=given.width)
    pair = pair.with_(**{name: value for name, value in asked.items() if value})
    train, test = (datasets.open_images("fashion_mnist", split=s) for s in ("train", "test"))
    judge = Judge(test.images(slice(5 * IMAGES)), IMAGES, given.seed)
    average, start = copy.deepcopy(pair.generator), time.monotonic()
    print(
        f"{given.model}, width {given.width}, rates {pair.config.g_lr:g} and {pair.config.d_lr:g}"
    )
    for row in training.train(
        pair.generator, pair.discriminator,
        train.batches(given.batch_size, streams["data"]), pair.config,
        steps=given.steps, generator_ema=average, streams=streams,
    ):  # fmt: skip
        if row["step"] % EVERY == 0:
            score, seconds = judge.score(average)["frechet"], time.monotonic() - start
            print(f"step {row['step']}: {score:.1f}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
