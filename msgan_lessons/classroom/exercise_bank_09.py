"""Exercises of lesson 09_super_resolution."""

import math

import torch
from torch import Tensor

from msgan_lessons.applications.upscaling import back_project
from msgan_lessons.classroom.exercise_types import Function, Value
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.resampling import bilinear_upsample, nearest_upsample

__all__ = ["BANK_09"]


def _missing(images: Tensor, low: Tensor) -> Tensor:
    return low - image_pyramid(images, 3)[0]


def _up(x: Tensor, once=nearest_upsample) -> Tensor:
    return once(once(x))


_noise = torch.Generator().manual_seed(9)
_cases = [
    (
        torch.rand(2, c, 4 * h, 4 * h, generator=_noise) * 2 - 1,
        torch.rand(2, c, h, h, generator=_noise) * 2 - 1,
    )
    for c, h in ((1, 4), (3, 8), (3, 4))
]

BANK_09: dict[str, Value | Function] = {
    "09.1": Value(
        10 * math.log10(2),
        "the squared error doubles, E|x - x'|^2 = 2 Var, and 10 log10(2) is 3.01 dB.",
        {
            20 * math.log10(2): "PSNR is 10 log10 of a squared error; 20 log10 is for amplitudes.",
            -10 * math.log10(2): "how much lower is asked for: a number above 0.",
            2: "that is the factor of the squared error; say it in dB.",
            0: "a draw and the real image differ from each other, and each from their mean.",
            math.log(2): "the logarithm is to the base 10, times 10.",
            math.log10(2): "dB are ten times that.",
        },
    ),
    "09.2": Value(
        63 / 64,
        "low has 8 * 8 numbers of 64 * 64 a channel, so 1/64 is known and 63/64 are free.",
        {
            15 / 16: "that is the share for 16x16; 8x8 is one halving more.",
            7 / 8: "halving divides both sides, so the numbers by four.",
            1 / 64: "that is the share that low fixes.",
            31 / 32: "one halving more divides the known share by four, not by two.",
            3 / 4: "that is the share of the finest band alone.",
        },
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
            "what is missing has to be enlarged twice, by 2 each time.": lambda images, low: (
                images + _missing(images, low).repeat(1, 1, 4, 4)
            ),
        },
    ),
}
