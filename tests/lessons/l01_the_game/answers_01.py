"""Right and wrong answers to the exercises of lesson 01."""

import math
from fractions import Fraction

import numpy as np
import torch

from msgan_lessons.objective import optimal_discriminator


def as_written(points, modes, std):
    return (torch.cdist(points, modes) <= 3 * std).any(0).sum()


def by_loop(points, modes, std):
    found = 0
    for mode in modes:
        found += bool(((points - mode).norm(dim=1) <= 3 * std).any())
    return found


def by_the_nearest_point(points, modes, std):
    return int((torch.cdist(points, modes).min(dim=0).values <= 3 * std).sum())


def by_squares(points, modes, std):
    square = ((points[:, None] - modes[None]) ** 2).sum(-1)
    return ((square <= 9 * std**2).sum(0) > 0).sum().item()


def by_numpy(points, modes, std):
    apart = points.numpy()[:, None] - modes.numpy()[None]
    return np.count_nonzero((np.hypot(apart[..., 0], apart[..., 1]) <= 3 * std).any(axis=0))


def by_a_set(points, modes, std):
    found = set()
    for x, y in points.tolist():
        for i, (a, b) in enumerate(modes.tolist()):
            if math.dist((x, y), (a, b)) <= 3 * std:
                found.add(i)
    return len(found)


def points_counted(points, modes, std):
    return sum(bool((torch.cdist(p[None], modes) <= 3 * std).any()) for p in points)


def pairs_counted(points, modes, std):
    return (torch.cdist(points, modes) <= 3 * std).sum()


def one_deviation(points, modes, std):
    return (torch.cdist(points, modes).min(0)[0] <= std).sum()


def two_deviations(points, modes, std):
    return (torch.cdist(points, modes).min(0)[0] <= 2 * std).sum()


def variance(points, modes, std):
    return (torch.cdist(points, modes).min(0)[0] <= 3 * std * std).sum()


def no_root(points, modes, std):
    square = ((points[:, None] - modes[None]) ** 2).sum(-1)
    return (square <= 3 * std).any(0).sum()


def nearest_alone(points, modes, std):
    return len(set(torch.cdist(points, modes).argmin(dim=1).tolist()))


def missed(points, modes, std):
    return len(modes) - as_written(points, modes, std)


def city_blocks(points, modes, std):
    apart = (points[:, None] - modes[None]).abs().sum(-1)
    return (apart <= 3 * std).any(0).sum()


def each_coordinate(points, modes, std):
    apart = (points[:, None] - modes[None]).abs()
    return (apart <= 3 * std).all(-1).any(0).sum()


def every_point(points, modes, std):
    return (torch.cdist(points, modes).max(0)[0] <= 3 * std).sum()


def fair_share(points, modes, std):
    inside = (torch.cdist(points, modes) <= 3 * std).sum(0)
    return (inside >= len(points) / len(modes) / 10).sum()


def which(points, modes, std):
    return (torch.cdist(points, modes) <= 3 * std).any(dim=0)


def whether(points, modes, std):
    return int((torch.cdist(points, modes) <= 3 * std).any())


def without_size(points, modes, std):
    return (points[:, None] - modes[None] <= 3 * std).all(-1).any(0).sum()


def from_the_middle(points, modes, std):
    return (points.norm(dim=1) <= 3 * std).sum()


def first_points(points, modes, std):
    return as_written(points[:2], modes, std)


def moving(points, modes, std):
    points -= modes[0]
    return (points.norm(dim=1) <= 3 * std).sum()


RIGHT = {
    "01.1": [
        0.75,
        3 / 4,
        Fraction(3, 4),
        np.float32(0.75),
        optimal_discriminator(torch.tensor(3.0), torch.tensor(1.0)),
        float(torch.tensor(3.0).log().sigmoid()),
    ],
    "01.2": ["curve", "Curve", " a curve ", "CURVE.", "line", "a line"],
    "01.3": [as_written, by_loop, by_the_nearest_point, by_squares, by_numpy, by_a_set],
}
WRONG = {
    "01.1": [
        (0.25, "the probability of 'fake'"),
        (3, "that is p / q"),
        (1 / 3, "that is q / p"),
        (3 + 1, "p + q in units of q"),
        (4 / 3, "turned round"),
        (torch.tensor(0.5), "both are equally dense"),
        (1, "no fake points at all"),
        (75, "in per cent"),
        (math.log(3), "the logit of D*"),
        (torch.tensor(3.0).sigmoid(), "not a logit"),
        (math.log(0.75), "D* itself is asked"),
        ("3/4", "without quotes"),
    ],
    "01.2": [
        ("sheet", "what two numbers give"),
        ("Plane", "what two numbers give"),
        ("surface", "what two numbers give"),
        ("point", "a single z"),
        ("points", "where all of them lie"),
        ("circle", "how the data lie"),
        ("both", "one shape"),
        (1, "its dimension"),
        ("cloud", "one of 'point', 'curve', 'sheet'"),
        (0.5, "one of 'point', 'curve', 'sheet'"),
    ],
    "01.3": [
        (points_counted, "count modes, not points"),
        (pairs_counted, "count modes, not points"),
        (one_deviation, "not one"),
        (two_deviations, "not two"),
        (variance, "not three times its square"),
        (no_root, "the square of the distance"),
        (nearest_alone, "compare the distance"),
        (missed, "that were missed"),
        (city_blocks, "the sum of both coordinates"),
        (each_coordinate, "not a square"),
        (every_point, "one point within reach is enough"),
        (lambda points, modes, std: as_written(points, modes, std) / len(modes), "not a share"),
        (fair_share, "a tenth of the fair share"),
        (which, "which modes were found"),
        (whether, "whether any mode"),
        (from_the_middle, "a mode with a point right on it counts"),
        (lambda points, modes, std: len(modes), "find none"),
        (without_size, "find none"),
        (first_points, "a mode with a point right on it counts"),
        (moving, "changes its argument 'points' in place"),
    ],
}
