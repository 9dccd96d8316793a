"""Exercises of lesson 13_speech."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_13"]

_noise = torch.Generator().manual_seed(13)
_cepstra = [torch.randn(13, n, generator=_noise) for n in (20, 20, 5, 5)]
_DB = 10 / math.log(10)


def _distortion(real: Tensor, fake: Tensor) -> Tensor:
    return _DB * (2 * (real - fake).square().sum(0)).sqrt().mean()


BANK_13: dict[str, Value | Function] = {
    "13.1": Value(
        1000,
        "4,000 samples a second hold tones up to 2,000 Hz; 3,000 Hz is mirrored there, to "
        "4,000 - 3,000.",
        {
            3000: "4,000 samples a second cannot hold a tone above 2,000 Hz.",
            1500: "played at its own rate a wave keeps its tones; only those above half of the "
            "rate move.",
            2000: "that is the highest tone of this rate; a tone above it is mirrored there.",
            0: "without a mean nothing is weakened; the tone is still there, but lower.",
            6000: "a rate that is halved cannot raise a tone.",
        },
    ),
    "13.2": Value(
        1776,
        "the logit sees 16 + 15 * 4 + 15 * 16 + 2 * 64 = 444 samples of its own rate, and each of "
        "them is a mean of four.",
        {
            444: "that is at the rate of this judge; each of its samples is a mean of several.",
            888: "that is the judge at half of the rate.",
            64: "that is the distance of neighbouring logits at this judge's rate.",
            256: "that is the distance of neighbouring logits, in samples of the wave.",
            222: "that is in milliseconds.",
        },
    ),
    "13.3": Function(
        _distortion,
        [(_cepstra[0], _cepstra[1]), (_cepstra[2], _cepstra[3]), (_cepstra[1], _cepstra[1])],
        {
            "the factor 2 stands under the root.": lambda r, f: (
                _DB * (r - f).square().sum(0).sqrt().mean()
            ),
            "sum over the coefficients, not the mean.": lambda r, f: (
                _DB * (2 * (r - f).square().mean(0)).sqrt().mean()
            ),
            "the root comes before the mean over frames.": lambda r, f: (
                _DB * (2 * (r - f).square().sum(0)).mean().sqrt()
            ),
            "10 / ln 10 makes decibels of it.": lambda r, f: (
                (2 * (r - f).square().sum(0)).sqrt().mean()
            ),
            "take squares, not absolute differences.": lambda r, f: (
                _DB * (2 * (r - f).abs().sum(0)).sqrt().mean()
            ),
            "the mean is over the frames, which lie in the second dimension.": lambda r, f: (
                _DB * (2 * (r - f).square().sum(1)).sqrt().mean()
            ),
        },
    ),
}
