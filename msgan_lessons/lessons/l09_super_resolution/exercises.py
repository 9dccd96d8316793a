"""Exercises of lesson 09_super_resolution."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import answers_agree, gives_shape, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value
from msgan_lessons.lessons.l09_super_resolution.pairs import back_project
from msgan_lessons.pyramid import bilinear_upsample, image_pyramid, nearest_upsample


def _missing(images: Tensor, low: Tensor) -> Tensor:
    return low - image_pyramid(images, 3)[0]


def _up(x: Tensor, once=nearest_upsample) -> Tensor:
    return once(once(x))


def _keeps_low(answer) -> bool:
    return answers_agree(image_pyramid(torch.as_tensor(answer(_x, _low)), 3)[0], _low)


def _rests(answer) -> bool:
    return answers_agree(answer(_x, image_pyramid(_x, 3)[0]), _x)


def _alone(answer) -> bool:
    return answers_agree(answer(_x, _low)[1:], answer(_x[1:], _low[1:]))


def _learns(answer) -> bool:
    """The sum of P(x) is that of low, whatever x is: the squares tell."""
    return gradient_reaches(_x, _low)(lambda images, low: answer(images, low) ** 2)


_noise = torch.Generator().manual_seed(9)
_cases = [
    (
        torch.rand(2, c, 4 * h, 4 * h, generator=_noise) * 2 - 1,
        torch.rand(2, c, h, h, generator=_noise) * 2 - 1,
    )
    for c, h in ((1, 4), (3, 8), (3, 4))
]
_x, _low = _cases[-1]

BANK: dict[str, Value | Function] = {
    "09.1": Value(
        10 * math.log10(2),
        "the squared error doubles, E|x - x'|^2 = 2 Var, and 10 log10(2) is 3.01 dB.",
        {
            20 * math.log10(2): "PSNR is 10 log10 of a squared error; 20 log10 is for amplitudes.",
            -10 * math.log10(2): "how much lower is asked for: a number above 0.",
            2: "that is the factor of the squared error; say it in dB.",
            0.5: "that is the factor between the squared errors, upside down; say it in dB.",
            0: "a draw and the real image differ from each other, and each from their mean.",
            10 * math.log(2): "the logarithm is to the base 10.",
            math.log(2): "the logarithm is to the base 10, times 10.",
            math.log10(2): "dB are ten times that.",
            5 * math.log10(2): "PSNR takes the squared error as it is, not its root.",
            10 * math.log10(3): "the error is the variance twice: the draw's and the image's own.",
            0.65: "that is what our GAN loses to MSE; (20) says it for a G that really draws.",
        },
        clues=(
            "Look at the line of the lesson below (20) about a G that draws.",
            "By which factor is its squared error larger? PSNR falls by 10 log10 of that factor.",
        ),
        solution="10 * torch.tensor(2.0).log10()",
    ),
    "09.2": Value(
        63 / 64,
        "low has 8 * 8 numbers of 64 * 64 a channel, so 1/64 is known and 63/64 are free.",
        {
            15 / 16: "that is the share for 16x16; 8x8 is one halving more.",
            7 / 8: "halving divides both sides, so the numbers by four.",
            1 / 64: "that is the share that low fixes.",
            1 / 8: "low's side is an eighth; the numbers go with its square, and the rest is free.",
            31 / 32: "one halving more divides the known share by four, not by two.",
            3 / 4: "that is the share of the finest band alone.",
            1: "low fixes some of them: its 8 * 8 means.",
            63: "for each number that is fixed, 63 are free; give the share, from 0 to 1.",
            64 * 63: "that is how many are free; divide by all 64 * 64.",
            100 * 63 / 64: "that is in per cent; give a share from 0 to 1.",
        },
        clues=(
            "'Guess first' says where 15/16 comes from: count the numbers of one channel.",
            "What low holds is fixed: divide its pixels by the image's, and subtract from 1.",
        ),
        solution="1 - 8 * 8 / (64 * 64)",
    ),
    "09.3": Function(
        back_project,
        _cases,
        {
            "add what is missing, low - down(image), not low itself.": lambda images, low: (
                images + _up(low)
            ),
            "the sign: what is missing is low - down(image).": lambda images, low: (
                images - _up(_missing(images, low))
            ),
            "repeat pixels: after bilinear upsampling the 4x4 means are not low.": (
                lambda images, low: images + _up(_missing(images, low), bilinear_upsample)
            ),
            "keep the image's fine scales: this is low alone, enlarged.": lambda images, low: _up(
                low
            ),
            "repeat each pixel 4x4 times; this lays the whole small image side by side.": (
                lambda images, low: images + _missing(images, low).repeat(1, 1, 4, 4)
            ),
            "that is the correction alone; add it to the images.": lambda images, low: _up(
                _missing(images, low)
            ),
            "down takes the mean of 4x4 pixels, not one of them.": lambda images, low: (
                images + _up(low - images[..., ::4, ::4])
            ),
            "do not cut at -1 and 1: it spoils the means that P has just set.": (
                lambda images, low: back_project(images, low).clamp(-1, 1)
            ),
            "add all of what is missing: with half of it the means are not low yet.": (
                lambda images, low: images + _up(_missing(images, low)) / 2
            ),
        },
        clues=(
            "Formula: P(x) = x + up(low - down(x)), each of the two over two doublings.",
            "down is the coarsest of three scales of image_pyramid; up is nearest_upsample, twice.",
        ),
        laws={
            "images come out as large as they went in.": gives_shape(tuple(_x.shape), _x, _low),
            "each image gets its own correction, whatever else is in the batch.": _alone,
            "down(P(x)) has to be low: the 4x4 means of the result are others.": _keeps_low,
            "an image with the right means has to stay as it is.": _rests,
            "P is G's last layer, and the gradient does not come through: stay with tensors, "
            "without detach, no_grad or numpy.": _learns,
        },
        solution="""\
def my_back_projection(images, low):
    missing = low - torch.nn.functional.avg_pool2d(images, 4)
    return images + missing.repeat_interleave(4, 2).repeat_interleave(4, 3)
""",
    ),
}
