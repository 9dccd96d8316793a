"""Exercises of lesson 05_minimax."""

import torch

from msgan_lessons import objective
from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_05"]

BANK_05: dict[str, Value | Function] = {
    "05.1": Value(
        0.0,
        "JSD is log 2 there, and 2 log 2 - log 4 = 0: D is right every time.",
        {
            -1.386: "that is the value when both distributions are equal.",
            0.693: "that is the JSD; put it into formula (3b).",
        },
    ),
    "05.2": Value(
        "scatter",
        "a batch estimates the expectation without bias; a smaller one is only noisier.",
        {"mean": "compare the means of the last fifty batches: they stay close."},
    ),
    "05.3": Function(
        lambda real, fake: objective.minimax_value(real.logit(), fake.logit()),
        [
            (torch.tensor([0.5, 0.9]), torch.tensor([0.5, 0.2])),
            (torch.tensor([0.7]), torch.tensor([0.1])),
        ],
        {
            "the sign is turned: V is what D maximises, not a loss.": lambda r, f: (
                -r.log().mean() - (1 - f).log().mean()
            ),
            "labels swapped: the first term belongs to the real images.": lambda r, f: (
                f.log().mean() + (1 - r).log().mean()
            ),
            "take the mean over the batch, not the sum.": lambda r, f: (
                r.log().sum() + (1 - f).log().sum()
            ),
            "the second term is log(1 - D(G(z))), not log D(G(z)).": lambda r, f: (
                r.log().mean() + f.log().mean()
            ),
        },
    ),
}
