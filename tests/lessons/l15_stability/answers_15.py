"""Right and wrong answers to the exercises of lesson 15."""

import math
from fractions import Fraction

import numpy as np
import torch

from msgan_lessons.losses import LOSSES


def push(leaks, loss="hinge"):
    logits = torch.tensor([0.0], requires_grad=True)
    total = LOSSES[loss].generator_loss(logits)
    for _ in range(leaks):
        total = total + LOSSES[loss].discriminator_loss(torch.zeros(1), logits)
    return torch.autograd.grad(total, logits)[0]


def good(points, modes, reach, inside=True):
    """For each point within reach of its nearest mode, or beyond it: that mode."""
    distance, nearest = torch.cdist(points, modes).min(1)
    return nearest[(distance <= reach) == inside]


def as_written(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return len(set(nearest[distance <= 3 * std].tolist()))


def by_loop(points, modes, std):
    found = set()
    for point in points:
        distances = [float((point - mode).norm()) for mode in modes]
        if min(distances) <= 3 * std:
            found.add(distances.index(min(distances)))
    return len(found)


def by_numpy(points, modes, std):
    apart = np.linalg.norm(points.numpy()[:, None] - modes.numpy(), axis=-1)
    return np.unique(apart.argmin(1)[apart.min(1) <= 3 * std]).size


def in_place(points, modes, std):
    modes /= 3 * std
    return int((torch.cdist(points / (3 * std), modes) <= 1).any(0).sum())


RIGHT = {
    "15.1": [0.25, 1 / 4, Fraction(1, 4), torch.tensor(0.25), 1 / (3 + 1), np.float32(0.25)],
    "15.2": [2, 2.0, 3 - 1, push(3), torch.tensor([2.0]), [2.0], Fraction(2), np.float64(2)],
    "15.3": [
        as_written,
        by_loop,
        lambda x, modes, std: (torch.bincount(good(x, modes, 3 * std), minlength=9) > 0).sum(),
        by_numpy,
    ],
}
WRONG = {
    "15.1": [
        (1 / 3, "for n = 2"),
        (1 / 5, "for n = 4"),
        (-1 / 4, "not below 0"),
        (math.log(1 / 3), "that is the logit"),
        (torch.tensor(0.25).logit(), "that is the logit"),
        (0.6, "not it"),
    ],
    "15.2": [
        (push(0), "pass leaks=3"),
        (push(2), "for two leaks"),
        (-3 - 1, "rises with l"),
        (push(1), "for one leak"),
        (push(3, "non_saturating"), "the non-saturating loss"),
        (push(2, "non_saturating"), "non-saturating loss with two leaks"),
        (push, "that is a function"),
        (-0.25, "not it"),
    ],
    "15.3": [
        (lambda x, modes, std: len(good(x, modes, math.inf).unique()), "captures nothing"),
        (lambda x, modes, std: len(good(x, modes, 3 * std)), "the number of good points"),
        (lambda x, modes, std: len(good(x, modes, 3 * std)) / len(x), "share of high quality"),
        (lambda x, modes, std: len(good(x, modes, std).unique()), "not one"),
        (lambda x, modes, std: len(good(x, modes, 2 * std).unique()), "not two"),
        (lambda x, modes, std: as_written(x, modes, std) / modes.shape[0], "do not divide"),
        (lambda x, modes, std: len(good(x, modes, (3 * std) ** 0.5).unique()), "of squares"),
        (lambda x, modes, std: (torch.cdist(x, modes) <= 3 * std).any(0).sum(), "nearest mode"),
        (lambda x, modes, std: len(modes) - as_written(x, modes, std), "lost modes"),
        (lambda x, modes, std: len(good(x, modes, 3 * std, False).unique()), "those beyond"),
        (lambda x, modes, std: good(x, modes, 3 * std).unique(), "one number"),
        (lambda x, modes, std: as_written(x[:4], modes, std), "the order of the points"),
        (lambda x, modes, std: as_written(x, modes, 0.06), "ten times as large"),
        (lambda x, modes, std: len(good(x, modes, 3 * std).unique_consecutive()), "points twice"),
        (lambda x, modes, std: max(1, as_written(x, modes, std)), "capture no mode"),
        (lambda x, modes, std: as_written(x, modes[:2], std), "sit on all modes"),
        (lambda x, modes, std: int(good(x, modes, 3 * std).max()), "stops with"),
        (in_place, "changes its argument 'modes' in place"),
    ],
}
