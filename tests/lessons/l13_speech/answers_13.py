"""Right and wrong answers to the exercises of lesson 13."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn.functional import mse_loss, pairwise_distance

DB = 10 / math.log(10)


def as_written(real, fake):
    return 10 / math.log(10) * (2 * (real - fake).square().sum(0)).sqrt().mean()


def by_loop(real, fake):
    frames = zip(real.T.tolist(), fake.T.tolist(), strict=True)
    lengths = [math.sqrt(2) * math.dist(r, f) for r, f in frames]
    return 10 / math.log(10) * sum(lengths) / len(lengths)


def by_numpy(real, fake):
    difference = real.numpy() - fake.numpy()
    return np.mean(10 / np.log(10) * np.sqrt(2 * np.sum(difference**2, axis=0)))


def by_einsum(real, fake):
    gap = fake - real
    return torch.einsum("dt,dt->t", gap, gap).mul(2).sqrt().mean() * 10 / math.log(10)


def by_cdist(real, fake):
    return 10 * 2**0.5 * math.log10(math.e) * torch.cdist(real.T, fake.T).diagonal().mean()


def squared_first(real, fake):
    return DB * (2 * (real**2 - fake**2).sum(0).abs()).sqrt().mean()


def padded(real, fake):
    return DB * 2**0.5 * pairwise_distance(real.T, fake.T, eps=0.1).mean()


def in_place(real, fake):
    return DB * (2 * real.sub_(fake).square_().sum(0)).sqrt().mean()


RIGHT = {
    "13.1": [1000, 1e3, 4000 - 3000, torch.tensor(1000), np.float32(1000), Fraction(1000)],
    "13.2": [1776, 4 * 444, 1776.0, torch.tensor(1776), np.int64(4 * (16 + 60 + 240 + 128))],
    "13.3": [
        as_written,
        by_loop,
        lambda real, fake: DB * math.sqrt(2) * torch.linalg.norm(real - fake, dim=0).mean(),
        by_numpy,
        by_einsum,
        by_cdist,
    ],
}
WRONG = {
    "13.1": [
        (3000 / 2, "keeps its tones"),
        (8000 - 3000, "not at the old one"),
        (4000 + 3000, "the lowest is heard"),
        (3000 - 4000, "no sign"),
        (500, "not it"),
        ("1000 Hz", "without quotes"),
    ],
    "13.2": [
        (16 + 15 * 4 + 15 * 16 + 2 * 64, "at the rate of this judge"),
        (4**3, "of neighbouring logits at this judge's rate"),
        (4**4, "in samples of the wave"),
        (16 + 16 + 16 + 3, "the sum of the kernels"),
        (4 * 51, "the kernels added up"),
        (4 * (16 + 15 * 4 + 15 * 16), "the last kernel counts too"),
        (4 * (16 + 16 * 4 + 16 * 16 + 3 * 64), "k - 1 strides"),
        (16 * 444, "not of 16"),
        (1000, "not it"),
    ],
    "13.3": [
        (lambda real, fake: DB * (real - fake).norm(dim=0).mean(), "stands under the root."),
        (lambda real, fake: DB * 2 * (real - fake).norm(dim=0).mean(), "not before it"),
        (lambda real, fake: as_written(real, fake) / len(real) ** 0.5, "over the coefficients"),
        (lambda real, fake: DB * (2 * (real - fake).pow(2).sum(0)).mean().sqrt(), "comes before"),
        (lambda real, fake: DB * 2 * (real - fake).pow(2).sum(0).mean(), "the root is missing"),
        (lambda real, fake: 2**0.5 * (real - fake).norm(dim=0).mean(), "makes decibels"),
        (lambda real, fake: 10 * as_written(real, fake) / DB, "natural logarithm"),
        (lambda real, fake: 100 * as_written(real, fake) / DB**2, "divide by ln 10"),
        (lambda real, fake: DB * (2 * (real - fake).abs().sum(0)).sqrt().mean(), "take squares"),
        (lambda real, fake: as_written(real.T, fake.T), "second dimension"),
        (lambda real, fake: as_written(real, fake) * real.shape[1], "not their sum"),
        (squared_first, "subtract before you square"),
        (lambda real, fake: DB * (2 * ((real - fake) ** 2).sum(0)).sqrt(), "one number"),
        (lambda real, fake: DB * (2 * (real - fake) ** 2).sqrt().mean(1), "one number"),
        (lambda real, fake: -as_written(real, fake), "not below 0"),
        (lambda real, fake: as_written(real, fake) / real.norm(), "may be exchanged"),
        (lambda real, fake: 10 * mse_loss(fake, real), "twice the difference"),
        (padded, "distance 0 from itself"),
        (lambda real, fake: DB * 2**0.5 * (real - fake).norm(), "the same frames twice"),
        (in_place, "changes its argument 'real' in place"),
    ],
}
