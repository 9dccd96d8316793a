"""Right and wrong answers to the exercises of lesson 16."""

import math
from fractions import Fraction

import numpy as np
import scipy.stats
import torch

from msgan_lessons import metrics

GENERATOR = torch.Generator().manual_seed(0)
BLOB, FAKES = torch.randn(100, 2, generator=GENERATOR), torch.randn(50, 2, generator=GENERATOR) + 50
OUTLIER = torch.cat([BLOB, torch.tensor([[100.0, 100.0]])])


def by_the_package(real, fake, k):
    return metrics.coverage(real, fake, k=k)


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


def by_diagonal(real, fake, k):
    own = torch.cdist(real, real).fill_diagonal_(math.inf)
    radius = own.kthvalue(k, dim=1).values
    return (torch.cdist(real, fake).amin(1) < radius).double().mean()


def by_numpy(real, fake, k):
    x, y = real.numpy(), fake.numpy()
    own = np.sort(np.linalg.norm(x[:, None] - x, axis=-1), axis=1)[:, k]
    return (np.linalg.norm(x[:, None] - y, axis=-1).min(1) < own).mean()


def itself_counted(real, fake, k):
    radius = torch.cdist(real, real).kthvalue(k, dim=1).values
    return (torch.cdist(real, fake) < radius[:, None]).any(1).float().mean()


def one_too_far(real, fake, k):
    radius = torch.cdist(real, real).kthvalue(k + 2, dim=1).values
    return (torch.cdist(real, fake) < radius[:, None]).any(1).float().mean()


def precision(real, fake, k):
    return metrics.precision_recall(real, fake, k=k)[0]


def all_pairs(real, fake, k):
    radius = torch.cdist(real, real).sort(1).values[:, k]
    return (torch.cdist(real, fake) < radius[:, None]).float().mean()


def density(real, fake, k):
    radius = torch.cdist(real, real).sort(1).values[:, k]
    return (torch.cdist(real, fake) < radius[:, None]).sum() / (k * len(fake))


def over_the_fakes(real, fake, k):
    radius = torch.cdist(real, real).sort(1).values[:, k]
    return (torch.cdist(real, fake) < radius[:, None]).any(1).sum() / len(fake)


def ball_to_the_fakes(real, fake, k):
    distance = torch.cdist(real, fake)
    radius = distance.kthvalue(k, dim=1).values
    return (distance <= radius[:, None]).any(1).float().mean()


def nearest_row(real, fake, k):
    return torch.cdist(real, fake).argmin(0).unique().numel() / len(real)


def missed(real, fake, k):
    return (torch.cdist(real, fake).amin(1) > by_radius(real, k)).float().mean()


def by_radius(real, k):
    return torch.cdist(real, real).sort(1).values[:, k]


def one_a_row(real, fake, k):
    return (torch.cdist(real, fake) < by_radius(real, k)[:, None]).any(1).float()


def all_in_the_ball(real, fake, k):
    return (torch.cdist(real, fake) < by_radius(real, k)[:, None]).all(1).float().mean()


def fixed_radius(real, fake, k):
    return (torch.cdist(real, fake).amin(1) < 0.5).float().mean()


def squares_and_roots(real, fake, k):
    squared = (real[:, None] - fake).square().sum(-1)
    return (squared.amin(1) < by_radius(real, k)).float().mean()


def pairs_over_rows(real, fake, k):
    inside = torch.cdist(real, fake) < by_radius(real, k)[:, None]
    return inside.sum() / len(real)


def two_in_the_ball(real, fake, k):
    inside = torch.cdist(real, fake) < by_radius(real, k)[:, None]
    return (inside.sum(1) > 1).float().mean()


def pair_by_pair(real, fake, k):
    return (torch.norm(real - fake, dim=1) < by_radius(real, k)).float().mean()


def in_place(real, fake, k):
    real -= real.mean(0)
    return by_sort(real, fake, k)


RIGHT = {
    "16.1": [
        math.log(10),
        2.3,
        2.302585,
        torch.tensor(10.0).log(),
        np.log(10),
        metrics.mode_kl(torch.zeros(100, dtype=torch.int64), 10),
        scipy.stats.entropy([1.0] + [0.0] * 9, [0.1] * 10),
    ],
    "16.2": [
        1 / 101,
        0.0099,
        0.00990099,
        Fraction(1, 101),
        metrics.coverage(OUTLIER, FAKES, k=3),
        torch.tensor(1 / 101),
    ],
    "16.3": [by_the_package, by_sort, by_topk, by_loop, by_diagonal, by_numpy],
}
WRONG = {
    "16.1": [
        (math.log10(10), "logarithm to base 10"),
        (math.log2(10), "in bits"),
        (9 / 10, "the share of lost classes"),
        (math.log(0.1), "no KL divergence is negative"),
        (math.log(1000), "for 1000 classes"),
        (math.log(9), "the nine lost ones add 0"),
        (0, "as often as the data"),
        (0.1 * math.log(10), "before the logarithm stands p"),
        (10 * math.log(10), "the nine classes that are not drawn"),
        (1 / 0.1, "take its logarithm"),
        (float("inf"), "the other way round"),
        ("ln 10", "without quotes"),
    ],
    "16.2": [
        (metrics.precision_recall(OUTLIER, FAKES, k=3)[0], "that is precision"),
        (metrics.coverage(BLOB, FAKES, k=3), "the outlier's own ball"),
        (metrics.precision_recall(OUTLIER, FAKES, k=3)[1], "the outlier's own ball"),
        (100 / 101, "stay empty"),
        (1 / 50, "divide by the number of real points"),
        (0.5, "a ball counts once"),
        (50 / 101, "a ball counts once"),
        (50, "not generated points"),
        (101, "the other way round"),
        (-1, "not it"),
    ],
    "16.3": [
        (itself_counted, "is itself: leave it out"),
        (one_too_far, "column k is the k-th neighbour"),
        (precision, "that is precision"),
        (lambda real, fake, k: metrics.precision_recall(real, fake, k=k)[1], "that is recall"),
        (lambda real, fake, k: metrics.coverage(fake, real, k=k), "real and fake are exchanged"),
        (all_pairs, "use any over the generated rows"),
        (density, "that is density"),
        (lambda real, fake, k: int(len(real) * by_sort(real, fake, k) + 0.5), "return a share"),
        (over_the_fakes, "not of generated ones"),
        (ball_to_the_fakes, "this is always 1"),
        (nearest_row, "the balls are missing"),
        (missed, "real rows that are missed"),
        (one_a_row, "one number"),
        (all_in_the_ball, "covers all of them"),
        (lambda real, fake, k: 100 * by_sort(real, fake, k), "from 0 to 1"),
        (fixed_radius, "ten times as large"),
        (squares_and_roots, "ten times as large"),
        (pairs_over_rows, "from 0 to 1"),
        (two_in_the_ball, "cover no more"),
        (pair_by_pair, "stops with RuntimeError"),
        (in_place, "changes its argument 'real' in place"),
    ],
}
