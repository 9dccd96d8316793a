"""Right and wrong answers to the exercises of lesson 16."""

import math
from fractions import Fraction

import numpy as np
import torch

from msgan_lessons import metrics

GENERATOR = torch.Generator().manual_seed(0)
BLOB, FAKES = torch.randn(100, 2, generator=GENERATOR), torch.randn(50, 2, generator=GENERATOR) + 50
OUTLIER = torch.cat([BLOB, torch.tensor([[100.0, 100.0]])])


def radius(real, k):
    return torch.cdist(real, real).sort(1).values[:, k]


def inside(real, fake, k):
    """Which of the generated rows lie in the ball of which real one."""
    return torch.cdist(real, fake) < radius(real, k)[:, None]


def by_sort(real, fake, k):
    radius = torch.cdist(real, real).sort(dim=1).values[:, k]
    return (torch.cdist(real, fake).min(dim=1).values <= radius).float().mean()


def by_topk(real, fake, k):
    radius = torch.cdist(real, real).topk(k + 1, largest=False).values.amax(1)
    return float((torch.cdist(fake, real) < radius).any(0).float().mean())


def by_loop(real, fake, k):
    covered = 0
    for i, row in enumerate(real):
        others = torch.cat([real[:i], real[i + 1 :]])
        radius = (others - row).norm(dim=1).kthvalue(k).values
        covered += bool(((fake - row).norm(dim=1) <= radius).any())
    return covered / len(real)


def by_numpy(real, fake, k):
    x, y = real.numpy(), fake.numpy()
    own = np.sort(np.linalg.norm(x[:, None] - x, axis=-1), axis=1)[:, k]
    return (np.linalg.norm(x[:, None] - y, axis=-1).min(1) < own).mean()


def ball_to_the_fakes(real, fake, k):
    distance = torch.cdist(real, fake)
    return (distance <= distance.kthvalue(k, dim=1).values[:, None]).any(1).float().mean()


def covered(apart, radius):
    return (apart.amin(1) < radius).float().mean()


def nearest_row(real, fake, k):
    return torch.cdist(real, fake).argmin(0).unique().numel() / len(real)


def in_place(real, fake, k):
    real -= real.mean(0)
    return by_sort(real, fake, k)


RIGHT = {
    "16.1": [
        2.3,
        torch.tensor(10.0).log(),
        np.log(10),
        metrics.mode_kl(torch.zeros(50).long(), 10),
    ],
    "16.2": [1 / 101, 0.0099, Fraction(1, 101), metrics.coverage(OUTLIER, FAKES, k=3)],
    "16.3": [
        lambda real, fake, k: metrics.coverage(real, fake, k=k),
        by_sort,
        by_topk,
        by_loop,
        by_numpy,
    ],
}
WRONG = {
    "16.1": [
        (math.log10(10), "logarithm to base 10"),
        (math.log2(10), "in bits"),
        (math.log(0.1), "no KL divergence is negative"),
        (0.1 * math.log(10), "before the logarithm stands p"),
        (10 * math.log(10), "the nine classes that are not drawn"),
        (1 / 0.1, "take its logarithm"),
        (metrics.mode_kl(torch.arange(50) % 10, 10), "as often as the data"),
        (metrics.mode_kl(torch.zeros(50).long(), 1000), "for 1000 classes"),
        (float("inf"), "the other way round"),
        ("ln 10", "without quotes"),
    ],
    "16.2": [
        (metrics.precision_recall(OUTLIER, FAKES, k=3)[0], "that is precision"),
        (metrics.coverage(BLOB, FAKES, k=3), "the outlier's own ball"),
        (metrics.precision_recall(OUTLIER, FAKES, k=3)[1], "the outlier's own ball"),
        (1 / 50, "divide by the number of real points"),
        (0.5, "a ball counts once"),
        (50 / 101, "a ball counts once"),
        (-1, "not it"),
    ],
    "16.3": [
        (lambda real, fake, k: by_topk(real, fake, k - 1), "is itself: leave it out"),
        (lambda real, fake, k: by_topk(real, fake, k + 1), "column k is the k-th neighbour"),
        (lambda real, fake, k: metrics.precision_recall(real, fake, k=k)[0], "that is precision"),
        (lambda real, fake, k: metrics.precision_recall(real, fake, k=k)[1], "that is recall"),
        (lambda real, fake, k: by_topk(fake, real, k), "real and fake are exchanged"),
        (lambda real, fake, k: inside(real, fake, k).float().mean(), "use any over the"),
        (lambda real, fake, k: inside(real, fake, k).sum() / (k * len(fake)), "that is density"),
        (lambda real, fake, k: round(len(real) * by_topk(real, fake, k)), "return a share"),
        (lambda real, fake, k: inside(real, fake, k).any(1).sum() / len(fake), "generated ones"),
        (ball_to_the_fakes, "this is always 1"),
        (nearest_row, "the balls are missing"),
        (lambda real, fake, k: 1 - by_topk(real, fake, k), "real rows that are missed"),
        (lambda real, fake, k: inside(real, fake, k).any(1).float(), "one number"),
        (lambda real, fake, k: inside(real, fake, k).all(1).float().mean(), "covers all of them"),
        (lambda real, fake, k: 100 * by_sort(real, fake, k), "from 0 to 1"),
        (lambda real, fake, k: covered(torch.cdist(real, fake), 0.5), "ten times as large"),
        (lambda real, fake, k: covered(torch.cdist(real, fake) ** 2, radius(real, k)), "ten times"),
        (lambda real, fake, k: inside(real, fake, k).sum() / len(real), "from 0 to 1"),
        (lambda real, fake, k: (inside(real, fake, k).sum(1) > 1).float().mean(), "no more"),
        (lambda real, fake, k: (real - fake).norm(dim=1) < radius(real, k), "with RuntimeError"),
        (in_place, "changes its argument 'real' in place"),
    ],
}
