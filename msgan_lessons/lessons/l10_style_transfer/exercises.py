"""Exercises of lesson 10_style_transfer."""

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import agrees, gives_shape, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).abs().mean()


def _cycle(x: Tensor, y: Tensor, G, F) -> Tensor:
    """Formula (24)."""
    return _distance(F(G(x)), x) + _distance(G(F(y)), y)


def _brighter(x: Tensor) -> Tensor:
    return 0.5 * x + 0.3


def _bent(x: Tensor) -> Tensor:
    return x.sin() - 0.1


def _comes_back(answer) -> bool:
    """Two translators that undo each other."""
    return abs(float(answer(_x, _y, lambda x: 2 * x, lambda x: x / 2))) < 1e-6


_noise = torch.Generator().manual_seed(10)
_x, _y = (2 * torch.rand(2, 2, 3, 4, 4, generator=_noise) - 1).unbind()
_given = _x, _y, _brighter, _bent

BANK: dict[str, Value | Function] = {
    "10.1": Value(
        "adversarial",
        "cycle and identity loss are 0 where nothing changes; D alone still tells the styles "
        "apart, and so drives all change.",
        {
            "cycle": "what was not changed comes back unchanged: that loss is 0.",
            "identity": "an image of the target style stays as it is, too: that loss is 0.",
            "all": "two of the three compare images that are equal here.",
            "none": "D still tells the styles apart.",
            "both": "one of the three is asked for: cycle and identity loss are both 0.",
            "cycle and identity": "both compare images that are equal here: they are 0.",
            0: "the name of a loss is asked for: the one that is not 0.",
        },
        clues=(
            "Put G(x) = x and F(y) = y into (23), (24) and (25).",
            "Which of them compares an image with itself, and which asks a D for its opinion?",
        ),
        also=("adversarial loss", "the adversarial loss", "L_adv", "adv"),
        choices=("adversarial", "cycle", "identity"),
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
            1.125: "the second D has a quarter of the pixels, not an eighth.",
            0.625: "(23) takes the mean of the losses over K; the work of both D adds up.",
            4 / 3: "that is the limit for ever more scales: 1 + 1/4 + 1/16 + ...",
            5: "that is in multiples of the coarse D; the fine one is the unit.",
            0.8: "that is one scale as a part of two; the other way round is asked for.",
            125: "that is in per cent; give a multiple.",
        },
        clues=(
            "With the same width the work of a D goes with the pixels that it sees.",
            "How many pixels has an image of half the side? Add that to the fine D's whole.",
        ),
        solution="1 + 1 / 4",
    ),
    "10.3": Function(
        _cycle,
        [_given, (_y[:1], _x[:1], _bent, torch.tanh), (_x, _x, _bent, _bent)],
        {
            "both directions count: x there and back, and y back and there.": (
                lambda x, y, G, F: _distance(F(G(x)), x)
            ),
            "both directions count, not y's alone.": lambda x, y, G, F: _distance(G(F(y)), y),
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
            "add the two directions; do not subtract one from the other.": lambda x, y, G, F: (
                _distance(F(G(x)), x) - _distance(G(F(y)), y)
            ),
            "take the mean over images and pixels, not the sum.": lambda x, y, G, F: (
                (F(G(x)) - x).abs().sum() + (G(F(y)) - y).abs().sum()
            ),
            "take the mean over the pixels too, not the sum within each image.": (
                lambda x, y, G, F: _cycle(x, y, G, F) * x[0].numel()
            ),
            "the 1 at the norm asks for absolute values, not the root of a sum of squares.": (
                lambda x, y, G, F: (F(G(x)) - x).norm() + (G(F(y)) - y).norm()
            ),
            "that is the identity loss: compare after the whole way, there and back.": (
                lambda x, y, G, F: _distance(G(y), y) + _distance(F(x), x)
            ),
            "that is one way only: come back before you compare.": lambda x, y, G, F: (
                _distance(G(x), x) + _distance(F(y), y)
            ),
            "take the absolute value before the mean, or differences cancel.": lambda x, y, G, F: (
                (F(G(x)) - x).mean() + (G(F(y)) - y).mean()
            ),
        },
        clues=(
            "(24) has two terms: x goes there and back, y goes back and there.",
            "For each: the mean of the absolute difference to the image that set out.",
        ),
        laws={
            "a loss is one number: take the mean over images, channels and pixels.": gives_shape(
                (), *_given
            ),
            "where F undoes G and G undoes F, the loss has to be 0.": _comes_back,
            "both directions count alike: exchange x and y, and G and F, and it stays.": agrees(
                _given, (_y, _x, _bent, _brighter)
            ),
            "the loss is a mean: the same images twice must not change it.": agrees(
                _given, (torch.cat([_x, _x]), torch.cat([_y, _y]), _brighter, _bent)
            ),
            "no gradient comes through: G learns from this loss, so return a tensor, without "
            "float, item, detach or numpy.": gradient_reaches(*_given),
        },
        solution="""\
def my_cycle_loss(x, y, G, F):
    return (F(G(x)) - x).abs().mean() + (G(F(y)) - y).abs().mean()
""",
    ),
}
