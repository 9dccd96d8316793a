"""Right and wrong answers to the exercises of lesson 05."""

import math
from fractions import Fraction

import numpy as np
import torch

from msgan_lessons import objective


def as_written(d_real, d_fake):
    return d_real.log().mean() + (1 - d_fake).log().mean()


def by_cross_entropy(d_real, d_fake):
    bce = torch.nn.functional.binary_cross_entropy
    return -bce(d_real, torch.ones_like(d_real)) - bce(d_fake, torch.zeros_like(d_fake))


def printing(d_real, d_fake):
    print("here I am", d_real)
    return as_written(d_real, d_fake)


def by_numpy(d_real, d_fake):
    real, fake = d_real.detach().numpy(), d_fake.detach().numpy()
    return np.log(real).mean() + np.log(1 - fake).mean()


def in_place(d_real, d_fake):
    return d_real.log_().mean() + d_fake.neg_().add_(1).log_().mean()


RIGHT = {
    "05.1": [0, 0.0, torch.tensor(0.0), np.float64(0), Fraction(0), 2 * math.log(2) - math.log(4)],
    "05.2": ["scatter", "Scatter", " the scatter ", "SCATTER.", "variance"],
    "05.3": [
        as_written,
        by_cross_entropy,
        printing,
        lambda real, fake: objective.minimax_value(torch.logit(real), torch.logit(fake)),
        lambda real, fake: real.prod().log() / len(real) + (1 - fake).prod().log() / len(fake),
    ],
}
WRONG = {
    "05.1": [
        (-1.386, "both distributions are equal"),
        (torch.tensor(0.6931), "that is the JSD"),
        (-0.693, "counts twice"),
        (math.log(4), "2 JSD"),
        (2 - math.log(4), "in bits"),
        (-math.inf, "both logarithms are of 1"),
        ("zero", "a number, without quotes"),
        (float("nan"), "NaN"),
    ],
    "05.2": [
        ("mean", "stay close"),
        ("Neither", "jumps further"),
        ("bound", "no batch enters it"),
        ("V", "one of 'mean', 'scatter'"),
        (16, "one of 'mean', 'scatter'"),
    ],
    "05.3": [
        (lambda real, fake: -as_written(real, fake), "sign is turned"),
        (lambda real, fake: as_written(fake, real), "labels swapped"),
        (lambda real, fake: torch.log(real).sum() + torch.log(1 - fake).sum(), "not the sum"),
        (lambda real, fake: real.log().mean() + torch.log(fake).mean(), "log(1 - D(G(z)))"),
        (lambda real, fake: real.log().mean() - (1 - fake).log().mean(), "is itself below 0"),
        (lambda real, fake: as_written(torch.sigmoid(real), torch.sigmoid(fake)), "no sigmoid"),
        (lambda real, fake: torch.log(real.mean()) + torch.log(1 - fake.mean()), "E[log D]"),
        (lambda real, fake: torch.cat([real.log(), (1 - fake).log()]).mean(), "not their mean"),
        (lambda real, fake: as_written(real, fake) / math.log(2), "base 2"),
        (lambda real, fake: torch.mean(torch.log(real)), "second term is missing"),
        (lambda real, fake: torch.mean(real) + torch.mean(1 - fake), "logarithms are missing"),
        (lambda real, fake: real.log() + (1 - fake).log(), "one number for a batch"),
        (lambda real, fake: as_written(real, fake).item(), "no gradient"),
        (by_numpy, "no gradient"),
        (lambda real, fake: (real * (1 - fake)).log().mean(), "may differ in size"),
        (in_place, "changes its argument 'd_real' in place"),
        (lambda real, fake: as_written(real - 1, fake), "NaN"),
    ],
}
