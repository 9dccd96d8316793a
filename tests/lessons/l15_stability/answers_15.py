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


def by_bincount(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return (torch.bincount(nearest[distance <= 3 * std], minlength=len(modes)) > 0).sum()


def by_broadcasting(points, modes, std):
    squared = (points[:, None] - modes[None]).square().sum(-1)
    good = squared.min(1).values <= 9 * std**2
    return torch.unique(squared.argmin(1)[good]).numel()


def by_numpy(points, modes, std):
    apart = np.linalg.norm(points.numpy()[:, None] - modes.numpy(), axis=-1)
    return np.unique(apart.argmin(1)[apart.min(1) <= 3 * std]).size


def by_mask(points, modes, std):
    distance = torch.cdist(modes, points)
    mine = distance == distance.min(0).values
    return int((mine & (distance < 3 * std)).any(1).sum())


def any_distance(points, modes, std):
    return len(torch.cdist(points, modes).argmin(1).unique())


def good_points(points, modes, std):
    return sum(1 for p in points if (p - modes).norm(dim=1).min() <= 3 * std)


def high_quality(points, modes, std):
    return (torch.cdist(points, modes).min(1).values <= 3 * std).float().mean()


def one_sigma(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return len(nearest[distance <= std].unique())


def two_sigma(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return len(nearest[distance <= 2 * std].unique())


def share_of_modes(points, modes, std):
    return as_written(points, modes, std) / modes.shape[0]


def no_root(points, modes, std):
    squared = (points[:, None] - modes).square().sum(-1)
    distance, nearest = squared.min(1)
    return len(nearest[distance <= 3 * std].unique())


def in_reach(points, modes, std):
    return int(((points[:, None] - modes).norm(dim=-1) <= 3 * std).any(0).sum())


def beyond(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return nearest[distance > 3 * std].unique().numel()


def which_modes(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return nearest[distance <= 3 * std].unique()


def one_a_mode(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return torch.bincount(nearest[distance <= 3 * std], minlength=len(modes)) > 0


def only_the_first(points, modes, std):
    return as_written(points[:4], modes, std)


def runs_of_points(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return len(nearest[distance <= 3 * std].unique_consecutive())


def fails_without_points(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return int((nearest[distance <= 3 * std].bincount() > 0).sum() / nearest[distance < 9].max())


def in_place(points, modes, std):
    modes /= 3 * std
    return int((torch.cdist(points / (3 * std), modes) <= 1).any(0).sum())


RIGHT = {
    "15.1": [0.25, 1 / 4, Fraction(1, 4), torch.tensor(0.25), 1 / (3 + 1), np.float32(0.25)],
    "15.2": [2, 2.0, 3 - 1, push(3), torch.tensor([2.0]), [2.0], Fraction(2), np.float64(2)],
    "15.3": [as_written, by_loop, by_bincount, by_broadcasting, by_numpy, by_mask],
}
WRONG = {
    "15.1": [
        (1 / 3, "for n = 2"),
        (0.5, "without a leak"),
        (1 / 5, "for n = 4"),
        (0.75, "where D(G(z)) itself stops"),
        (4, "at most 1"),
        (-1 / 4, "not below 0"),
        (1, "for n = 0"),
        (0, "at its strongest"),
        (math.log(1 / 3), "that is the logit"),
        (torch.tensor(0.25).logit(), "that is the logit"),
        (25, "per cent"),
        (0.6, "not it"),
    ],
    "15.2": [
        (3, "G's own push of -1 is still there"),
        (4, "not +1"),
        (-2.0, "each leak adds +1"),
        (-4, "rises with l"),
        (push(0), "pass leaks=3"),
        (push(2), "for two leaks"),
        (push(1), "for one leak"),
        (push(3, "non_saturating"), "the non-saturating loss"),
        (push(2, "non_saturating"), "non-saturating loss with two leaks"),
        (push, "that is a function"),
        (-0.25, "not it"),
    ],
    "15.3": [
        (any_distance, "a far point captures nothing"),
        (good_points, "the number of good points"),
        (high_quality, "the share of high quality"),
        (one_sigma, "not one"),
        (two_sigma, "not two"),
        (share_of_modes, "do not divide"),
        (no_root, "the root of the sum of squares"),
        (in_reach, "for its nearest mode alone"),
        (lambda points, modes, std: len(modes) - as_written(points, modes, std), "lost modes"),
        (beyond, "not those beyond"),
        (which_modes, "one number"),
        (one_a_mode, "one number"),
        (only_the_first, "the order of the points"),
        (lambda points, modes, std: as_written(points, modes, 0.06), "ten times as large"),
        (runs_of_points, "the same points twice"),
        (lambda points, modes, std: max(1, as_written(points, modes, std)), "capture no mode"),
        (lambda points, modes, std: as_written(points, modes[:2], std), "sit on all modes"),
        (fails_without_points, "stops with"),
        (in_place, "changes its argument 'modes' in place"),
    ],
}
