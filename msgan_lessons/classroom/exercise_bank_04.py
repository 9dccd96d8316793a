"""Exercises of lesson 04_discriminator."""

import torch
from torch.nn import functional as F

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_04"]


def _head(features: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.conv2d(features, weight[None]).flatten()


_features = torch.linspace(-1, 1, 3 * 2 * 4 * 4).reshape(3, 2, 4, 4).sin()
_weight = torch.linspace(-2, 1, 2 * 4 * 4).reshape(2, 4, 4)

BANK_04: dict[str, Value | Function] = {
    "04.1": Value(
        70.0,
        "1 + 3 (1 + 2 + 4 + 8 + 8): the last two kernels step over 8 pixels each.",
        {
            16: "each kernel counts in steps of the layers before it: multiply by their strides.",
            22: "that is after three layers; two more follow.",
            46: "that is after four layers; one more follows.",
            94: "the fourth layer has stride 1: the step stays 8 for the fifth.",
        },
    ),
    "04.2": Value(
        "no",
        "averaged down again, each pixel is (1, 6, 1)/8 of itself and its neighbours along each "
        "axis, so a trace of the blur is left at the next scale.",
        {"yes": "run the cell of blurred, then the check once more: it stops at that claim."},
    ),
    "04.3": Function(
        _head,
        [(_features, _weight), (_features[:1] * 2, _weight.flip(-1))],
        {
            "return the logit; the sigmoid belongs to the loss.": lambda f, w: _head(
                f, w
            ).sigmoid(),
            "sum the products over the map, do not average them.": lambda f, w: (f * w).mean(
                (1, 2, 3)
            ),
            "one logit for each image: do not sum over the batch.": lambda f, w: (f * w).sum(),
            "return shape (B,): flatten what the convolution gives.": lambda f, w: F.conv2d(
                f, w[None]
            ),
            "sum over the channels as well: one logit an image.": lambda f, w: (f * w).sum((2, 3)),
        },
    ),
}
