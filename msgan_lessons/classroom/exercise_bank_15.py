"""Exercises of lesson 15_stability."""

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_15"]


def _captured(points: Tensor, modes: Tensor, std: float, reach: float = 3.0) -> int:
    distance, nearest = torch.cdist(points, modes).min(1)
    return len(nearest[distance <= reach * std].unique())


def _without_quality(points: Tensor, modes: Tensor, std: float) -> int:
    return len(torch.cdist(points, modes).argmin(1).unique())


def _good_points(points: Tensor, modes: Tensor, std: float) -> int:
    return int((torch.cdist(points, modes).amin(1) <= 3 * std).sum())


def _share(points: Tensor, modes: Tensor, std: float) -> float:
    return _good_points(points, modes, std) / len(points)


_modes = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
_near = torch.tensor([[0.01, 0.0], [0.0, 0.02], [0.98, 0.0], [0.0, 0.6], [0.84, 1.0]])

BANK_15: dict[str, Value | Function] = {
    "15.1": Value(
        0.25,
        "4 D(G(z)) - 1 = 0: G is content as soon as D takes its samples for real one time in four.",
        {
            1 / 3: "that is for n = 2: for n = 3 solve 4 sigma(l) - 1 = 0.",
            0.5: "that is the equilibrium without a leak, or n = 1; here three leaks add up.",
            0.75: "that is 1 - D(G(z)); the question is where D(G(z)) itself stops.",
            4.0: "a probability is at most 1: solve (n + 1) sigma(l) - 1 = 0 for sigma(l).",
            0.0: "at 0 the push is -1, at its strongest; look for the place where it is 0.",
        },
    ),
    "15.2": Value(
        2.0,
        "3 [0 > -1] - 1 = 2: positive, so descending the loss lowers the logit.",
        {
            3.0: "that is what the three leaks add; G's own push of -1 is still there.",
            -2.0: "the sign: each leak adds +1, G's own push is -1.",
            -1.0: "that is the push without a leak: pass leaks=3.",
            1.0: "that is for two leaks.",
            0.0: "that is for one leak, which cancels G's push exactly.",
        },
    ),
    "15.3": Function(
        _captured,
        [(_near, _modes, 0.04), (_near, _modes, 0.06), (_near[:2], _modes, 0.04)],
        {
            "a far point captures nothing: ask for a distance of at most three sigma first.": (
                _without_quality
            ),
            "that is the number of good points; count the modes that they are nearest to.": (
                _good_points
            ),
            "that is the share of high quality, the second part of (52).": _share,
            "three standard deviations, not one.": lambda points, modes, std: _captured(
                points, modes, std, 1.0
            ),
            "count modes, do not divide by their number.": lambda points, modes, std: (
                _captured(points, modes, std) / len(modes)
            ),
        },
    ),
}
