"""Exercises of lesson 04_discriminator."""

import torch
from torch.nn import functional as F

from msgan_lessons.classroom.answers import answers_agree, gives_shape, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value


def _head(features: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.conv2d(features, weight[None]).flatten()


_features = torch.linspace(-1, 1, 3 * 2 * 4 * 4).reshape(3, 2, 4, 4).sin()
_weight = torch.linspace(-2, 1, 2 * 4 * 4).reshape(2, 4, 4)
_oblong = torch.linspace(-1, 2, 2 * 3 * 2 * 5).reshape(2, 3, 2, 5)

BANK: dict[str, Value | Function] = {
    "04.1": Value(
        70.0,
        "1 + 3 (1 + 2 + 4 + 8 + 8): the last two kernels step over 8 pixels each.",
        {
            16: "each kernel counts in steps of the layers before it: multiply by their strides.",
            20: "kernels overlap, so their sides do not add up: each widens the patch by k - 1.",
            22: "that is after three layers; two more follow.",
            46: "that is after four layers; one more follows.",
            69: "the patch starts with one pixel: r = 1 at the image.",
            91: "a layer's own stride counts for the next layer: widen first, then step.",
            93: "a kernel of 4 widens the patch by 3 steps, k - 1, not by 4.",
            94: "the fourth layer has stride 1: the step stays 8 for the fifth.",
            4: "that is what the first layer sees; four more follow.",
            8: "that is s, the distance of neighbouring patches; their side r is asked.",
            4900: "that is the area of the patch; its side is asked.",
            1024: "kernels do not multiply: each widens the patch by k - 1 steps.",
        },
        clues=(
            "Formula (2a), or `field` under In code, which takes (kernel, stride, padding) of each "
            "layer.",
            "Keep two numbers, r and s, both 1 at the image. For each layer widen r by 3 s, and "
            "only then multiply s by the layer's stride.",
        ),
        solution="1 + 3 * (1 + 2 + 4 + 8 + 8)",
    ),
    "04.2": Value(
        "no",
        "averaged down again, each pixel is (1, 6, 1)/8 of itself and its neighbours along each "
        "axis, so a trace of the blur is left at the next scale.",
        {
            "yes": "run the cell of blurred, then the check once more: it stops at that claim.",
            "true": "run the cell of blurred, then the check once more: it stops at that claim.",
            True: "run the cell of blurred, then the check once more: it stops at that claim.",
            "both": "a claim holds or it does not: run the check once more and read.",
            "partly": "the claim is on every coarser scale at once: run the check and read.",
            "almost": "the difference is far above rounding: run the check and read.",
            "finest": "the finest scale sees either blur; the claim on the coarser ones is asked.",
            "the finest": "that scale sees either blur; the claim on the coarser ones is asked.",
            "coarser": "these are the scales in question: does the claim on them still hold?",
        },
        clues=(
            "The first claim of the last check cell; run the cell of `blurred` before it.",
            "Averaging repeated pixels gives the same mean again. Is the mean of four interpolated "
            "pixels still the pixel that they were made of?",
        ),
        also=("n", "false", False, "it does not", "it does not hold"),
        choices=("yes", "no"),
    ),
    "04.3": Function(
        _head,
        [(_features, _weight), (_features[:1] * 2, _weight.flip(-1))],
        {
            "return the logit; the sigmoid belongs to the loss.": lambda f, w: _head(
                f, w
            ).sigmoid(),
            "return the logit itself, not the logarithm of a probability.": lambda f, w: (
                F.logsigmoid(_head(f, w))
            ),
            "a logit is any number: no tanh at the end of D.": lambda f, w: _head(f, w).tanh(),
            "a logit may be below 0: no ReLU at the end of D.": lambda f, w: _head(f, w).relu(),
            "sum the products over the map, do not average them.": lambda f, w: (f * w).mean(
                (1, 2, 3)
            ),
            "one logit for each image: do not sum over the batch.": lambda f, w: (f * w).sum(),
            "return shape (B,): flatten what the convolution gives.": lambda f, w: F.conv2d(
                f, w[None]
            ),
            "return shape (B,), not (B, 1).": lambda f, w: _head(f, w)[:, None],
            "sum over the channels as well: one logit an image.": lambda f, w: (f * w).sum((2, 3)),
            "sum over the places as well: one logit an image.": lambda f, w: (f * w).sum(1),
            "sum the products: one logit an image.": lambda f, w: f * w,
            "squeeze() takes the batch away where it holds one image: name the axes.": (
                lambda f, w: F.conv2d(f, w[None]).squeeze()
            ),
            "height and width have changed places in the weight.": lambda f, w: _head(f, w.mT),
            "no flip: each weight meets the number at its own place.": lambda f, w: _head(
                f, w.flip(-1, -2)
            ),
            "the weight is missing: that only sums the features.": lambda f, w: f.sum((1, 2, 3)),
            "multiply before you sum: each place has its own weight.": lambda f, w: (
                f.sum((1, 2, 3)) * w.sum()
            ),
        },
        clues=(
            "The head in the check of the document's D: a convolution as large as the map.",
            "Its kernel lies on the map once, so each image gives one number: the sum, over "
            "channels and places, of feature times weight.",
        ),
        laws={
            "return shape (B,), also for one image.": gives_shape((1,), _features[:1], _weight),
            "an image's logit must not depend on the others in its batch.": lambda answer: (
                answers_agree(answer(_features, _weight)[:1], answer(_features[:1], _weight))
            ),
            "twice the features must give twice the logit: a head has no bend and no offset.": (
                lambda answer: answers_agree(
                    answer(2 * _features, _weight), 2 * answer(_features, _weight)
                )
            ),
            "the head is for any map: write no size into it, and keep height and width apart.": (
                lambda answer: answers_agree(
                    answer(_oblong, _oblong[0]), _head(_oblong, _oblong[0])
                )
            ),
            "no gradient reaches features and weight: .item(), .tolist(), .detach() or NumPy cut "
            "the graph, and D could not learn.": gradient_reaches(_features, _weight),
        },
        solution=(
            "def my_head(features, weight):\n    return (features * weight).sum(dim=(1, 2, 3))"
        ),
    ),
}
