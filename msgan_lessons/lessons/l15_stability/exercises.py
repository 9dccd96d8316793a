"""Exercises of lesson 15_stability."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import agrees, answers_agree, gives_shape
from msgan_lessons.classroom.exercises import Function, Value


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
_far = torch.full((3, 2), 9.0)
_case = (_near, _modes, 0.06)

BANK: dict[str, Value | Function] = {
    "15.1": Value(
        0.25,
        "4 D(G(z)) - 1 = 0: G is content as soon as D takes its samples for real one time in four.",
        {
            1 / 3: "that is for n = 2: for n = 3 solve 4 sigma(l) - 1 = 0.",
            0.5: "that is the equilibrium without a leak, or n = 1; here three leaks add up.",
            0.2: "that is for n = 4.",
            0.75: "that is 1 - D(G(z)); the question is where D(G(z)) itself stops.",
            4.0: "a probability is at most 1: solve (n + 1) sigma(l) - 1 = 0 for sigma(l).",
            -0.25: "a probability is not below 0: sigma(l) = +1 / (n + 1).",
            1.0: "that is for n = 0: three leaks stop G long before.",
            0.0: "at 0 the push is -1, at its strongest; look for the place where it is 0.",
            -math.log(3): "that is the logit l; D(G(z)) is sigma(l).",
            25: "that is in per cent; a probability is from 0 to 1.",
        },
        clues=(
            "G stops where the derivative with respect to l is 0.",
            "D(G(z)) is sigma(l): put n = 3 into the derivative, and solve for sigma(l).",
        ),
        solution="1 / (3 + 1)",
    ),
    "15.2": Value(
        2.0,
        "3 [0 > -1] - 1 = 2: positive, so descending the loss lowers the logit.",
        {
            3.0: "that is what the three leaks add; G's own push of -1 is still there.",
            4.0: "G's own push is -1, not +1.",
            -2.0: "the sign: each leak adds +1, G's own push is -1.",
            -4.0: "each leak adds +1, not -1: its hinge max(0, 1 + l) rises with l.",
            -1.0: "that is the push without a leak: pass leaks=3.",
            1.0: "that is for two leaks, or for the non-saturating loss.",
            0.0: "that is for one leak, which cancels G's push exactly.",
            0.5: "that is for the non-saturating loss with two leaks.",
        },
        clues=(
            "Run it: add a cell below 'In code', or put l = 0 into (48).",
            "The bracket of (48) is 1 where its condition holds, and 0 elsewhere.",
        ),
        also=([2.0],),
        solution="3 * (0 > -1) - 1",
    ),
    "15.3": Function(
        _captured,
        [
            (_near, _modes, 0.04),
            _case,
            (_near, _modes.flip(0), 0.1),
            (_near.flip(0), _modes, 0.19),
            (_near[:2], _modes, 0.04),
            (_near[:2], _modes, 0.4),
            (_far, _modes, 0.04),
        ],
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
            "three standard deviations, not two.": lambda points, modes, std: _captured(
                points, modes, std, 2.0
            ),
            "count modes, do not divide by their number.": lambda points, modes, std: (
                _captured(points, modes, std) / len(modes)
            ),
            "the distance is the root of the sum of squares.": lambda points, modes, std: _captured(
                points, modes, 1.0, math.sqrt(3 * std)
            ),
            "a point counts for its nearest mode alone, even where a second one is in reach.": (
                lambda points, modes, std: int((torch.cdist(points, modes) <= 3 * std).any(0).sum())
            ),
            "those are the lost modes; count the captured ones.": lambda points, modes, std: (
                len(modes) - _captured(points, modes, std)
            ),
            "captured are the modes within three sigma, not those beyond.": (
                lambda points, modes, std: len(
                    torch.cdist(points, modes)
                    .argmin(1)[torch.cdist(points, modes).amin(1) > 3 * std]
                    .unique()
                )
            ),
        },
        clues=(
            "For every point: which mode is nearest, and is it at most three sigma away?",
            "torch.cdist(points, modes).min(1) gives both; keep the good ones, and count the "
            "different modes among them.",
        ),
        laws={
            "one number is asked for: how many modes.": gives_shape((), *_case),
            "points that sit on all modes capture all of them.": lambda answer: answers_agree(
                answer(_modes, _modes, 0.1), 4
            ),
            "points that are far from everything capture no mode: return 0.": lambda answer: (
                answers_agree(answer(_far, _modes, 0.1), 0)
            ),
            "the same points twice capture no more modes.": agrees(
                _case, (_near.repeat(2, 1), _modes, 0.06)
            ),
            "the order of the points does not matter.": agrees(
                _case, (_near.flip(0), _modes, 0.06)
            ),
            "with points, modes and std ten times as large, as many are captured.": agrees(
                _case, (10 * _near, 10 * _modes, 0.6)
            ),
        },
        solution="""\
def my_modes(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return len(nearest[distance <= 3 * std].unique())
""",
    ),
}
