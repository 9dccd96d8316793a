"""Exercises of lesson 10_style_transfer."""

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_10"]


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).abs().mean()


def _cycle(x: Tensor, y: Tensor, G, F) -> Tensor:
    """Formula (24)."""
    return _distance(F(G(x)), x) + _distance(G(F(y)), y)


def _brighter(x: Tensor) -> Tensor:
    return 0.5 * x + 0.3


def _bent(x: Tensor) -> Tensor:
    return x.sin() - 0.1


_noise = torch.Generator().manual_seed(10)
_x, _y = (2 * torch.rand(2, 2, 3, 4, 4, generator=_noise) - 1).unbind()

BANK_10: dict[str, Value | Function] = {
    "10.1": Value(
        "adversarial",
        "cycle and identity loss are 0 where nothing changes; D alone still tells the styles "
        "apart, and so drives all change.",
        {
            "cycle": "what was not changed comes back unchanged: that loss is 0.",
            "identity": "an image of the target style stays as it is, too: that loss is 0.",
            "all": "two of the three compare images that are equal here.",
            "none": "D still tells the styles apart.",
        },
    ),
    "10.2": Value(
        1.25,
        "the second D sees images of half the side, a quarter of the pixels: 1 + 1/4.",
        {
            1.3125: "that is the price of three scales.",
            1.5: "half the side leaves a quarter of the pixels.",
            2: "the second D is as wide as the first, but its images are smaller.",
            1: "the second D does not come for nothing.",
            0.25: "that is the price of the coarse D alone; the fine one judges too.",
        },
    ),
    "10.3": Function(
        _cycle,
        [(_x, _y, _brighter, _bent), (_y[:1], _x[:1], _bent, torch.tanh), (_x, _x, _bent, _bent)],
        {
            "both directions count: x there and back, and y back and there.": (
                lambda x, y, G, F: _distance(F(G(x)), x)
            ),
            "compare what came back with the image it was, not with the other style: no pairs.": (
                lambda x, y, G, F: _distance(F(G(x)), y) + _distance(G(F(y)), x)
            ),
            "x goes through G first, then through F.": lambda x, y, G, F: (
                _distance(G(F(x)), x) + _distance(F(G(y)), y)
            ),
            "take the absolute difference, not its square.": lambda x, y, G, F: (
                (F(G(x)) - x).square().mean() + (G(F(y)) - y).square().mean()
            ),
            "add the two directions; do not take their mean.": lambda x, y, G, F: (
                _cycle(x, y, G, F) / 2
            ),
            "take the mean over images and pixels, not the sum.": lambda x, y, G, F: (
                (F(G(x)) - x).abs().sum() + (G(F(y)) - y).abs().sum()
            ),
            "that is the identity loss: compare after the whole way, there and back.": (
                lambda x, y, G, F: _distance(G(y), y) + _distance(F(x), x)
            ),
            "take the absolute value before the mean, or differences cancel.": lambda x, y, G, F: (
                (F(G(x)) - x).mean() + (G(F(y)) - y).mean()
            ),
        },
    ),
}
