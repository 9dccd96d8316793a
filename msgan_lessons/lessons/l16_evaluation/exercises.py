"""Exercises of lesson 16_evaluation."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import agrees, answers_agree, gives_shape
from msgan_lessons.classroom.exercises import Function, Value


def _radius(rows: Tensor, k: int) -> Tensor:
    return torch.cdist(rows, rows).sort(1).values[:, k]  # column 0 is the row itself


def _inside(real: Tensor, fake: Tensor, radius: Tensor) -> Tensor:
    return torch.cdist(real, fake) < radius  # (N real, N fake)


def _coverage(real: Tensor, fake: Tensor, k: int) -> Tensor:
    return _inside(real, fake, _radius(real, k)[:, None]).any(1).double().mean()


def _nearest(real: Tensor, fake: Tensor, k: int) -> Tensor:
    """No balls: the real rows that are the nearest one of a generated row."""
    return torch.tensor(len(torch.cdist(fake, real).argmin(1).unique()) / len(real))


_numbers = torch.Generator().manual_seed(16)
_real = torch.randn(12, 2, generator=_numbers)
_fake = torch.randn(9, 2, generator=_numbers) * 0.8 + 0.3

BANK: dict[str, Value | Function] = {
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
            math.log(9): "p / q of the class that is drawn is 1 / 0.1; the nine lost ones add 0.",
            0.0: "0 is the value of a generator that draws all classes as often as the data.",
            0.1 * math.log(10): "before the logarithm stands p, which is 1 here, not q.",
            10 * math.log(10): "the nine classes that are not drawn add 0: p is 0 there.",
            10: "that is p / q; take its logarithm.",
            math.inf: "that is KL(q, p), the other way round: p stands before the logarithm.",
        },
        clues=(
            "(17): what are p and q of the class that is drawn, and p of the others?",
            "Only one class adds something, p ln(p / q); where p is 0, the term is 0.",
        ),
        solution="math.log(10)",
    ),
    "16.2": Value(
        1 / 101,
        "of 101 balls around real points, only the outlier's holds a generated point.",
        {
            1.0: "that is precision, or the share of balls that stay empty: pass k=3 to coverage.",
            0.0: "the outlier's own ball does hold generated points: one ball of 101.",
            1 / 50: "divide by the number of real points, of which each has a ball.",
            50: "count real points whose ball holds a generated one, not generated points.",
            101: "the share is the other way round: covered balls by all balls.",
            0.5: "a ball counts once, whatever it holds; and (16) is no mean of the two in (15).",
        },
        clues=(
            "Run it in that cell: the answer is what it returns.",
            "Or count: how many real points are there, and whose ball reaches as far as 50?",
        ),
        solution="1 / 101",
    ),
    "16.3": Function(
        _coverage,
        [(_real, _fake, 1), (_real, _fake, 3), (_fake, _real, 2)],
        {
            "the nearest real row of a real row is itself: leave it out when you count to k.": (
                lambda real, fake, k: _coverage(real, fake, k - 1)
            ),
            "column 0 of the sorted distances is the row itself: column k is the k-th neighbour.": (
                lambda real, fake, k: _coverage(real, fake, k + 1)
            ),
            "that is precision: count the real rows whose ball holds a generated row.": (
                lambda real, fake, k: (
                    _inside(real, fake, _radius(real, k)[:, None]).any(0).double().mean()
                )
            ),
            "that is recall: the balls stand around the real rows, not the generated ones.": (
                lambda real, fake, k: (
                    _inside(real, fake, _radius(fake, k)[None]).any(1).double().mean()
                )
            ),
            "real and fake are exchanged.": lambda real, fake, k: _coverage(fake, real, k),
            "one generated row in the ball is enough: use any over the generated rows.": (
                lambda real, fake, k: _inside(real, fake, _radius(real, k)[:, None]).double().mean()
            ),
            "that is density, which counts how many rows fall into a ball: (16) asks for one.": (
                lambda real, fake, k: (
                    _inside(real, fake, _radius(real, k)[:, None]).double().mean() * len(real) / k
                )
            ),
            "return a share: divide by the number of real rows.": lambda real, fake, k: (
                _coverage(real, fake, k) * len(real)
            ),
            "divide by the number of real rows, not of generated ones.": lambda real, fake, k: (
                _coverage(real, fake, k) * len(real) / len(fake)
            ),
            "a ball reaches to a neighbour of its own kind, a real row: this is always 1.": (
                lambda real, fake, k: torch.tensor(1.0)
            ),
            "the balls are missing: being someone's nearest row is not enough.": _nearest,
            "that is the share of real rows that are missed.": lambda real, fake, k: (
                1 - _coverage(real, fake, k)
            ),
        },
        clues=(
            "Two steps: the radius of each real row's ball, then who lies in it.",
            "Sort torch.cdist(real, real) and take column k; compare each row of "
            "torch.cdist(real, fake) with it, any, mean.",
        ),
        laws={
            "one number is asked for: a share of the real rows.": gives_shape((), _real, _fake, 2),
            "a share is from 0 to 1.": lambda answer: 0 <= float(answer(_real, _fake, 3)) <= 1,
            "a G that draws the real rows themselves covers all of them.": lambda answer: (
                answers_agree(answer(_real, _real, 2), 1.0)
            ),
            "the same generated rows twice cover no more.": agrees(
                (_real, _fake, 2), (_real, _fake.repeat(2, 1), 2)
            ),
            "with all features ten times as large the share is the same.": agrees(
                (_real, _fake, 2), (10 * _real, 10 * _fake, 2)
            ),
        },
        solution="""\
def my_coverage(real, fake, k):
    radius = torch.cdist(real, real).sort(dim=1).values[:, k]
    covered = (torch.cdist(real, fake) <= radius[:, None]).any(1)
    return covered.float().mean()
""",
    ),
}
