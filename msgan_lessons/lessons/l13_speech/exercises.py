"""Exercises of lesson 13_speech."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import agrees, answers_agree, gives_shape
from msgan_lessons.classroom.exercises import Function, Value

_noise = torch.Generator().manual_seed(13)
_cepstra = [torch.randn(13, n, generator=_noise) for n in (20, 20, 5, 5)]
_a, _b = _cepstra[:2]
_DB = 10 / math.log(10)


def _distortion(real: Tensor, fake: Tensor) -> Tensor:
    return _DB * (2 * (real - fake).square().sum(0)).sqrt().mean()


BANK: dict[str, Value | Function] = {
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
            5000: "that is 8,000 - 3,000: mirror at the new rate of 4,000, not at the old one.",
            7000: "that is 4,000 + 3,000: it hits the same samples, but the lowest is heard.",
            4000: "that is the rate; tones go up to half of it.",
            -1000: "a tone has no sign: give a number above 0.",
            1: "that is in kHz; give Hz.",
        },
        clues=(
            "'Check' puts this very tone through the mean of two; dropping moves it just as far.",
            "Half of the new rate is the highest tone; one above it is mirrored there.",
        ),
        solution="4000 - 3000",
    ),
    "13.2": Value(
        1776,
        "the logit sees 16 + 15 * 4 + 15 * 16 + 2 * 64 = 444 samples of its own rate, and each of "
        "them is a mean of four.",
        {
            444: "that is at the rate of this judge; each of its samples is a mean of several.",
            888: "that is the judge at half of the rate.",
            111: "a lower rate spans more samples of the wave, not fewer: multiply.",
            64: "that is the distance of neighbouring logits at this judge's rate.",
            256: "that is the distance of neighbouring logits, in samples of the wave.",
            222: "that is in milliseconds.",
            51: "that is the sum of the kernels: each stride spreads all that comes after it.",
            204: "those are the kernels added up: each stride spreads all that comes after it.",
            1264: "the last kernel counts too: 3 rows, 64 samples apart.",
            4 * 528: "a kernel of k rows adds k - 1 strides, not k.",
            7104: "a quarter of the rate has a mean of four in each sample, not of 16.",
        },
        clues=(
            "Lesson 08's receptive field: each kernel of k rows adds k - 1 times the product of "
            "the strides before it.",
            "Begin with 16 rows, add three kernels at 4, 16 and 64 samples apart; then think of "
            "what one sample is worth at a quarter of the rate.",
        ),
        solution="4 * (16 + 15 * 4 + 15 * 4**2 + 2 * 4**3)",
    ),
    "13.3": Function(
        _distortion,
        [(_cepstra[0], _cepstra[1]), (_cepstra[2], _cepstra[3]), (_cepstra[1], _cepstra[1])],
        {
            "the factor 2 stands under the root.": lambda r, f: (
                _DB * (r - f).square().sum(0).sqrt().mean()
            ),
            "the factor 2 stands under the root, not before it.": lambda r, f: (
                2 * _DB * (r - f).square().sum(0).sqrt().mean()
            ),
            "sum over the coefficients, not the mean.": lambda r, f: (
                _DB * (2 * (r - f).square().mean(0)).sqrt().mean()
            ),
            "the root comes before the mean over frames.": lambda r, f: (
                _DB * (2 * (r - f).square().sum(0)).mean().sqrt()
            ),
            "the root is missing.": lambda r, f: _DB * (2 * (r - f).square().sum(0)).mean(),
            "10 / ln 10 makes decibels of it.": lambda r, f: (
                (2 * (r - f).square().sum(0)).sqrt().mean()
            ),
            "ln is the natural logarithm: log10(10) is 1.": lambda r, f: (
                10 * (2 * (r - f).square().sum(0)).sqrt().mean()
            ),
            "divide by ln 10, do not multiply by it.": lambda r, f: (
                _distortion(r, f) * math.log(10) ** 2
            ),
            "take squares, not absolute differences.": lambda r, f: (
                _DB * (2 * (r - f).abs().sum(0)).sqrt().mean()
            ),
            "the mean is over the frames, which lie in the second dimension.": lambda r, f: (
                _DB * (2 * (r - f).square().sum(1)).sqrt().mean()
            ),
            "take the mean over the frames, not their sum.": lambda r, f: (
                _distortion(r, f) * r.shape[1]
            ),
            "subtract before you square.": lambda r, f: (
                _DB * (2 * (r.square() - f.square()).sum(0).abs()).sqrt().mean()
            ),
        },
        clues=(
            "(38) from the inside: difference, square, sum over d, times 2, root, mean over t.",
            "d is the first dimension and t the second; the factor before it all is 10 / ln 10.",
        ),
        laws={
            "one number: take the mean over frames at the end.": gives_shape((), _a, _b),
            "a wave has distance 0 from itself.": lambda answer: answers_agree(answer(_a, _a), 0.0),
            "a distance is not below 0.": lambda answer: float(answer(_a, _b)) > 0,
            "real and fake may be exchanged: only the difference counts.": agrees(
                (_a, _b), (_b, _a)
            ),
            "twice the difference is twice the distance.": lambda answer: answers_agree(
                2 * float(answer(_a, _b)), answer(2 * _a, 2 * _b)
            ),
            "the same frames twice must not change a mean over frames.": agrees(
                (_a, _b), (_a.repeat(1, 2), _b.repeat(1, 2))
            ),
        },
        solution="""\
def my_distortion(real, fake):
    each = (2 * (real - fake).square().sum(0)).sqrt()
    return 10 / torch.tensor(10.0).log() * each.mean()
""",
    ),
}
