"""Exercises of lesson 06_losses."""

import torch

from msgan_lessons import losses
from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_06"]

BANK_06: dict[str, Value | Function] = {
    "06.1": Value(
        9.0,
        "the slopes are -(1 - D) = -0.9 and -D = -0.1.",
        {
            1: "they agree at D = 1/2 alone; put D = 0.1 into both slopes.",
            0.9: "that is the size of one slope; divide it by the other.",
            0.1: "that is the size of one slope; divide the other by it.",
            1 / 9: "turned round: the non-saturating slope is the larger one here.",
        },
    ),
    "06.2": Value(
        1.0,
        "G's loss is (score - 1)^2 / 2; above 1 its slope even turns G back.",
        {
            0: "the slope at 0 is -1; look for the place where the orange line crosses zero.",
            0.5: "half-way between D's two targets, but G aims at the 'real' one.",
            -1: "that is the slope at logit 0, not the logit where the slope is 0.",
        },
    ),
    "06.3": Function(
        losses.hinge_discriminator,
        [
            (torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.25, 0.75])),
            (torch.tensor([0.0, 4.0]), torch.tensor([0.5, -0.5])),
        ],
        {
            "labels swapped: real logits belong above 1, fake ones below -1.": lambda r, f: (
                losses.hinge_discriminator(f, r)
            ),
            "take the mean over the batch, not the sum.": lambda r, f: (
                (1 - r).relu().sum() + (1 + f).relu().sum()
            ),
            "the max with 0 is missing: a logit beyond the margin must cost nothing.": (
                lambda r, f: (1 - r).mean() + (1 + f).mean()
            ),
            "take the max with 0 for each logit, then the mean.": lambda r, f: (
                (1 - r).mean().relu() + (1 + f).mean().relu()
            ),
            "the margin is missing: it is max(0, 1 - D(x)), not max(0, -D(x)).": lambda r, f: (
                (-r).relu().mean() + f.relu().mean()
            ),
            "the sign is turned: this is a loss, D makes it small.": lambda r, f: (
                -losses.hinge_discriminator(r, f)
            ),
        },
    ),
}
