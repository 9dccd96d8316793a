"""Milliseconds for one D+G step; run as a module, it measures itself in this process.

Usage: python -m benchmarks.step_time MODEL RESOLUTION
"""

import json
import statistics
import sys
import time

import torch

from msgan_lessons import presets
from msgan_lessons.runs.repro import Streams
from msgan_lessons.training import train

WARM_UP, STEPS = 10, 40


def measure(model: str, resolution: int) -> dict:
    streams = Streams(0)
    streams.seed_weights()
    pair = presets.build(model, resolution=resolution)
    images = torch.rand(32, 1, resolution, resolution) * 2 - 1
    rows = train(
        pair.generator,
        pair.discriminator,
        iter(lambda: images, None),
        pair.config,
        steps=WARM_UP + STEPS,
        streams=streams,
    )
    moments = []
    for _row in rows:
        moments.append(time.perf_counter())
    steps = [b - a for a, b in zip(moments[WARM_UP - 1 :], moments[WARM_UP:], strict=False)]
    return {"ms": 1000 * statistics.median(steps), "threads": torch.get_num_threads()}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
