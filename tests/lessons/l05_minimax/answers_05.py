"""Right and wrong answers to the exercises of lesson 05."""

import math
from fractions import Fraction

import numpy as np
import torch

from msgan_lessons import objective


def as_written(d_real, d_fake):
    return d_real.log().mean() + (1 - d_fake).log().mean()


def by_the_package(d_real, d_fake):
    return objective.minimax_value(torch.logit(d_real), torch.logit(d_fake))


def by_cross_entropy(d_real, d_fake):
    bce = torch.nn.functional.binary_cross_entropy
    return -bce(d_real, torch.ones_like(d_real)) - bce(d_fake, torch.zeros_like(d_fake))


def by_sums(d_real, d_fake):
    total = sum(torch.log(d) for d in d_real) / len(d_real)
    return total + sum(torch.log1p(-d) for d in d_fake) / len(d_fake)


def by_products(d_real, d_fake):
    return d_real.prod().log() / d_real.numel() + (1 - d_fake).prod().log() / d_fake.numel()


def printing(d_real, d_fake):
    print("here I am", d_real)
    return as_written(d_real, d_fake)


def summed(d_real, d_fake):
    return torch.sum(torch.log(d_real)) + torch.sum(torch.log(1 - d_fake))


def log_of_fake(d_real, d_fake):
    return (torch.log(d_real)).mean() + torch.log(d_fake).mean()


def subtracted(d_real, d_fake):
    return torch.log(d_real).mean() - torch.log(1 - d_fake).mean()


def sigmoid_twice(d_real, d_fake):
    real, fake = torch.sigmoid(d_real), torch.sigmoid(d_fake)
    return real.log().mean() + (1 - fake).log().mean()


def log_of_mean(d_real, d_fake):
    return torch.log(d_real.mean()) + torch.log(1 - d_fake.mean())


def mean_of_both(d_real, d_fake):
    return torch.cat([d_real.log(), (1 - d_fake).log()]).mean()


def no_log(d_real, d_fake):
    return torch.mean(d_real) + torch.mean(1 - d_fake)


def by_numpy(d_real, d_fake):
    real, fake = d_real.detach().numpy(), d_fake.detach().numpy()
    return np.log(real).mean() + np.log(1 - fake).mean()


def in_pairs(d_real, d_fake):
    if len(d_real) != len(d_fake):
        raise ValueError("the batches differ")
    return (d_real * (1 - d_fake)).log().mean()


def in_place(d_real, d_fake):
    return d_real.log_().mean() + d_fake.neg_().add_(1).log_().mean()


RIGHT = {
    "05.1": [0, 0.0, torch.tensor(0.0), np.float64(0), Fraction(0), 2 * math.log(2) - math.log(4)],
    "05.2": ["scatter", "Scatter", " the scatter ", "SCATTER.", "variance"],
    "05.3": [as_written, by_the_package, by_cross_entropy, by_sums, by_products, printing],
}
WRONG = {
    "05.1": [
        (-1.386, "both distributions are equal"),
        (torch.tensor(0.6931), "that is the JSD"),
        (-0.693, "counts twice"),
        (math.log(4), "2 JSD"),
        (2 - math.log(4), "in bits"),
        (1, "a probability"),
        (float("-inf"), "both logarithms are of 1"),
        ("zero", "a number, without quotes"),
        (float("nan"), "NaN"),
    ],
    "05.2": [
        ("mean", "stay close"),
        ("both", "does not know the size"),
        ("Neither", "jumps further"),
        ("bound", "no batch enters it"),
        ("bias", "no bias"),
        ("V", "one of 'mean', 'scatter'"),
        (16, "one of 'mean', 'scatter'"),
    ],
    "05.3": [
        (lambda d_real, d_fake: -as_written(d_real, d_fake), "sign is turned"),
        (lambda d_real, d_fake: as_written(d_fake, d_real), "labels swapped"),
        (summed, "not the sum"),
        (log_of_fake, "log(1 - D(G(z)))"),
        (subtracted, "is itself below 0"),
        (sigmoid_twice, "no sigmoid"),
        (log_of_mean, "E[log D]"),
        (mean_of_both, "not their mean"),
        (lambda d_real, d_fake: as_written(d_real, d_fake) / math.log(2), "base 2"),
        (lambda d_real, d_fake: torch.mean(torch.log(d_real)), "second term is missing"),
        (no_log, "logarithms are missing"),
        (lambda d_real, d_fake: d_real.log() + (1 - d_fake).log(), "one number for a batch"),
        (lambda d_real, d_fake: as_written(d_real, d_fake).item(), "no gradient"),
        (by_numpy, "no gradient"),
        (in_pairs, "may differ in size"),
        (in_place, "changes its argument 'd_real' in place"),
        (lambda d_real, d_fake: (d_real - 1).log().mean() + (1 - d_fake).log().mean(), "NaN"),
    ],
}
