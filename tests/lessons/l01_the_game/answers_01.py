"""Right and wrong answers to the exercises of lesson 01."""

import math
from fractions import Fraction

import numpy as np
import torch

from msgan_lessons.objective import optimal_discriminator


def best(real, fake):
    return optimal_discriminator(torch.tensor(real), torch.tensor(fake))


def as_written(points, modes, std):
    return (torch.cdist(points, modes) <= 3 * std).any(0).sum()


def by_numpy(points, modes, std):
    apart = points.numpy()[:, None] - modes.numpy()[None]
    return np.count_nonzero((np.hypot(apart[..., 0], apart[..., 1]) <= 3 * std).any(axis=0))


def by_a_set(points, modes, std):
    found = set()
    for point in points.tolist():
        for i, mode in enumerate(modes.tolist()):
            if math.dist(point, mode) <= 3 * std:
                found.add(i)
    return len(found)


def near(points, modes, reach, p=2.0):
    return (torch.cdist(points, modes, p=p) <= reach).any(0).sum()


def fair_share(points, modes, std):
    inside = (torch.cdist(points, modes) <= 3 * std).sum(0)
    return (inside >= len(points) / len(modes) / 10).sum()


def moving(points, modes, std):
    points -= modes[0]
    return (points.norm(dim=1) <= 3 * std).sum()


RIGHT = {
    "01.1": [0.75, 3 / 4, Fraction(3, 4), np.float32(0.75), best(3.0, 1.0)],
    "01.2": ["curve", "Curve", " a curve ", "CURVE.", "line", "a line"],
    "01.3": [
        as_written,
        by_numpy,
        by_a_set,
        lambda x, modes, std: ((x[:, None] - modes).square().sum(-1).amin(0) <= 9 * std**2).sum(),
    ],
}
WRONG = {
    "01.1": [
        (1 / 3, "that is q / p"),
        (3 + 1, "p + q in units of q"),
        (4 / 3, "turned round"),
        (1 - 0.75, "the probability of 'fake'"),
        (best(1.0, 1.0), "both are equally dense"),
        (best(1.0, 0.0), "no fake points at all"),
        (math.log(3), "the logit of D*"),
        (torch.tensor(3.0).sigmoid(), "not a logit"),
        (math.log(0.75), "D* itself is asked"),
        ("3/4", "without quotes"),
    ],
    "01.2": [
        ("Plane", "what two numbers give"),
        ("surface", "what two numbers give"),
        ("points", "where all of them lie"),
        (1, "its dimension"),
        ("cloud", "one of 'point', 'curve', 'sheet'"),
        (0.5, "one of 'point', 'curve', 'sheet'"),
    ],
    "01.3": [
        (lambda x, modes, std: as_written(modes, x, std), "count modes, not points"),
        (lambda x, modes, std: (torch.cdist(x, modes) <= 3 * std).sum(), "not points"),
        (lambda x, modes, std: near(x, modes, std), "not one"),
        (lambda x, modes, std: near(x, modes, 2 * std), "not two"),
        (lambda x, modes, std: near(x, modes, 3 * std**2), "three times its square"),
        (lambda x, modes, std: near(x, modes, (3 * std) ** 0.5), "the square of the distance"),
        (lambda x, modes, std: len(set(torch.cdist(x, modes).argmin(1).tolist())), "the distance"),
        (lambda x, modes, std: len(modes) - as_written(x, modes, std), "were missed"),
        (lambda x, modes, std: near(x, modes, 3 * std, p=1), "the sum of both coordinates"),
        (lambda x, modes, std: near(x, modes, 3 * std, p=float("inf")), "not a square"),
        (lambda x, modes, std: (torch.cdist(x, modes) <= 3 * std).all(0).sum(), "one point"),
        (lambda x, modes, std: as_written(x, modes, std) / len(modes), "not a share"),
        (fair_share, "a tenth of the fair share"),
        (lambda x, modes, std: (torch.cdist(x, modes) <= 3 * std).any(0), "which modes"),
        (lambda x, modes, std: int(as_written(x, modes, std) > 0), "whether any mode"),
        (lambda x, modes, std: (x.norm(dim=1) <= 3 * std).sum(), "right on it counts"),
        (lambda x, modes, std: len(modes), "find none"),
        (lambda x, modes, std: (x[:, None] - modes <= 3 * std).all(-1).any(0).sum(), "find none"),
        (lambda x, modes, std: as_written(x[:2], modes, std), "right on it counts"),
        (moving, "changes its argument 'points' in place"),
    ],
}
