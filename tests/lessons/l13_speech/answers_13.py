"""Right and wrong answers to the exercises of lesson 13."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn.functional import mse_loss, pairwise_distance


def as_written(real, fake):
    return 10 / math.log(10) * (2 * (real - fake).square().sum(0)).sqrt().mean()


def by_loop(real, fake):
    total = 0.0
    for r, f in zip(real.T, fake.T, strict=True):
        total += math.sqrt(2 * sum((a - b) ** 2 for a, b in zip(r.tolist(), f.tolist())))  # noqa: B905
    return 10 / math.log(10) * total / real.shape[1]


def by_norm(real, fake):
    return 10 * math.sqrt(2) / math.log(10) * torch.linalg.norm(real - fake, dim=0).mean()


def by_numpy(real, fake):
    difference = real.numpy() - fake.numpy()
    return np.mean(10 / np.log(10) * np.sqrt(2 * np.sum(difference**2, axis=0)))


def by_einsum(real, fake):
    gap = fake - real
    return torch.einsum("dt,dt->t", gap, gap).mul(2).sqrt().mean() * 10 / math.log(10)


def by_cdist(real, fake):
    return 10 * 2**0.5 * math.log10(math.e) * torch.cdist(real.T, fake.T).diagonal().mean()


def without_two(real, fake):
    return 10 / math.log(10) * torch.linalg.norm(real - fake, dim=0).mean()


def two_outside(real, fake):
    return 10 / math.log(10) * 2 * (real - fake).norm(dim=0).mean()


def mean_over_coefficients(real, fake):
    return 10 / math.log(10) * (2 * (real - fake).pow(2).mean(dim=0)).sqrt().mean()


def root_last(real, fake):
    return 10 / math.log(10) * torch.sqrt(torch.mean(2 * ((real - fake) ** 2).sum(0)))


def no_root(real, fake):
    return 10 / math.log(10) * 2 * ((real - fake) ** 2).sum(0).mean()


def no_decibels(real, fake):
    return torch.sqrt(2 * ((real - fake) ** 2).sum(0)).mean()


def log_to_base_10(real, fake):
    return 10 / math.log10(10) * torch.sqrt(2 * ((real - fake) ** 2).sum(0)).mean()


def times_ln_10(real, fake):
    return 10 * math.log(10) * torch.sqrt(2 * ((real - fake) ** 2).sum(0)).mean()


def absolute(real, fake):
    return 10 / math.log(10) * torch.sqrt(2 * (real - fake).abs().sum(0)).mean()


def wrong_dimension(real, fake):
    return 10 / math.log(10) * (2 * ((real - fake) ** 2).sum(dim=1)).sqrt().mean()


def summed_over_frames(real, fake):
    return 10 / math.log(10) * (2 * ((real - fake) ** 2).sum(0)).sqrt().sum()


def squared_first(real, fake):
    return 10 / math.log(10) * (2 * (real**2 - fake**2).sum(0).abs()).sqrt().mean()


def each_frame(real, fake):
    return 10 / math.log(10) * (2 * ((real - fake) ** 2).sum(0)).sqrt()


def each_coefficient(real, fake):
    return 10 / math.log(10) * (2 * (real - fake) ** 2).sqrt().mean(1)


def padded(real, fake):
    return 10 / math.log(10) * 2**0.5 * pairwise_distance(real.T, fake.T, eps=0.1).mean()


def root_of_all(real, fake):
    return 10 / math.log(10) * (2 * ((real - fake) ** 2).sum()).sqrt()


def in_place(real, fake):
    return 10 / math.log(10) * (2 * real.sub_(fake).square_().sum(0)).sqrt().mean()


RIGHT = {
    "13.1": [1000, 1000.0, 1e3, 4000 - 3000, torch.tensor(1000), np.float32(1000), Fraction(1000)],
    "13.2": [1776, 4 * 444, 1776.0, torch.tensor(1776), np.int64(4 * (16 + 60 + 240 + 128))],
    "13.3": [as_written, by_loop, by_norm, by_numpy, by_einsum, by_cdist],
}
WRONG = {
    "13.1": [
        (3000, "cannot hold"),
        (3000 / 2, "keeps its tones"),
        (2000, "the highest tone"),
        (0, "without a mean nothing is weakened"),
        (6000, "cannot raise"),
        (8000 - 3000, "not at the old one"),
        (4000 + 3000, "the lowest is heard"),
        (4000, "that is the rate"),
        (3000 - 4000, "no sign"),
        (1, "in kHz"),
        (500, "not it"),
        ("1000 Hz", "without quotes"),
    ],
    "13.2": [
        (16 + 15 * 4 + 15 * 16 + 2 * 64, "at the rate of this judge"),
        (2 * 444, "at half of the rate"),
        (444 / 4, "multiply"),
        (4**3, "of neighbouring logits at this judge's rate"),
        (4**4, "in samples of the wave"),
        (222, "in milliseconds"),
        (16 + 16 + 16 + 3, "the sum of the kernels"),
        (4 * 51, "the kernels added up"),
        (4 * (16 + 15 * 4 + 15 * 16), "the last kernel counts too"),
        (4 * (16 + 16 * 4 + 16 * 16 + 3 * 64), "k - 1 strides"),
        (16 * 444, "not of 16"),
        (1000, "not it"),
    ],
    "13.3": [
        (without_two, "the factor 2 stands under the root."),
        (two_outside, "not before it"),
        (mean_over_coefficients, "sum over the coefficients"),
        (root_last, "the root comes before"),
        (no_root, "the root is missing"),
        (no_decibels, "makes decibels"),
        (log_to_base_10, "natural logarithm"),
        (times_ln_10, "divide by ln 10"),
        (absolute, "take squares"),
        (wrong_dimension, "second dimension"),
        (summed_over_frames, "not their sum"),
        (squared_first, "subtract before you square"),
        (each_frame, "one number"),
        (each_coefficient, "one number"),
        (lambda real, fake: -as_written(real, fake), "not below 0"),
        (lambda real, fake: as_written(real, fake) / real.norm(), "may be exchanged"),
        (lambda real, fake: 10 * mse_loss(fake, real), "twice the difference"),
        (padded, "distance 0 from itself"),
        (root_of_all, "the same frames twice"),
        (in_place, "changes its argument 'real' in place"),
    ],
}
