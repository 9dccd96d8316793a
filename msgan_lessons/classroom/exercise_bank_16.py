"""Exercises of lesson 16_evaluation."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_16"]


def _radius(rows: Tensor, k: int) -> Tensor:
    return torch.cdist(rows, rows).sort(1).values[:, k]  # column 0 is the row itself


def _coverage(real: Tensor, fake: Tensor, k: int) -> Tensor:
    covered = torch.cdist(real, fake) < _radius(real, k)[:, None]  # (N real, N fake)
    return covered.any(1).double().mean()


def _without_itself(real: Tensor, fake: Tensor, k: int) -> Tensor:
    covered = torch.cdist(real, fake) < _radius(real, k - 1)[:, None]
    return covered.any(1).double().mean()


def _precision(real: Tensor, fake: Tensor, k: int) -> Tensor:
    inside = torch.cdist(real, fake) < _radius(real, k)[:, None]
    return inside.any(0).double().mean()


def _recall(real: Tensor, fake: Tensor, k: int) -> Tensor:
    inside = torch.cdist(real, fake) < _radius(fake, k)[None]
    return inside.any(1).double().mean()


def _pairs(real: Tensor, fake: Tensor, k: int) -> Tensor:
    inside = torch.cdist(real, fake) < _radius(real, k)[:, None]
    return inside.double().mean()


_numbers = torch.Generator().manual_seed(16)
_real = torch.randn(12, 2, generator=_numbers)
_fake = torch.randn(9, 2, generator=_numbers) * 0.8 + 0.3

BANK_16: dict[str, Value | Function] = {
    "16.1": Value(
        math.log(10),
        "one class has probability 1 against 0.1, the others add 0: 1 · ln(1 / 0.1) = ln 10, "
        "the ceiling for ten classes.",
        {
            1.0: "that is the logarithm to base 10; (17) takes the natural one.",
            math.log2(10): "that is in bits; (17) takes the natural logarithm.",
            0.9: "that is the share of lost classes; (17) adds p ln(p / q) over the classes.",
            -math.log(10): "no KL divergence is negative: p stands above q, ln(1 / 0.1).",
            math.log(1000): "that is the ceiling for 1000 classes; here are ten.",
            0.0: "0 is the value of a generator that draws all classes as often as the data.",
        },
    ),
    "16.2": Value(
        1 / 101,
        "of 101 balls around real points, only the outlier's holds a generated point.",
        {
            1.0: "that is precision, or the first of its two values: pass k=3 to coverage.",
            0.0: "the outlier's own ball does hold generated points: one ball of 101.",
        },
    ),
    "16.3": Function(
        _coverage,
        [(_real, _fake, 1), (_real, _fake, 3), (_fake, _real, 2)],
        {
            "the nearest real row of a real row is itself: leave it out when you count to k.": (
                _without_itself
            ),
            "that is precision: count the real rows whose ball holds a generated row.": _precision,
            "that is recall: the balls stand around the real rows, not the generated ones.": (
                _recall
            ),
            "one generated row in the ball is enough: use any over the generated rows.": _pairs,
            "return a share: divide by the number of real rows.": lambda real, fake, k: (
                _coverage(real, fake, k) * len(real)
            ),
        },
    ),
}
