"""Right and wrong answers to the exercises of lesson 14."""

from fractions import Fraction

import numpy as np
import torch
from torch import nn

from msgan_lessons.lessons.l14_efficiency.exercises import PARAMETERS_AT_64
from msgan_lessons.lessons.l14_efficiency.measured import counted_flops
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline


def counted(kernel=4, backward=False):
    layer, image = nn.Conv2d(64, 128, kernel, 2, 1, bias=False), torch.zeros(1, 64, 16, 16)
    image.requires_grad_(backward)
    return counted_flops(lambda: layer(image).sum().backward() if backward else layer(image))


def as_written(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * (flops / moved))


def by_the_package(flops, moved, peak, bandwidth):
    return Roofline(peak, bandwidth, bandwidth).attainable(flops / moved)


def by_the_ridge(flops, moved, peak, bandwidth):
    intensity = flops / moved
    return bandwidth * intensity if intensity < peak / bandwidth else peak


def seconds(flops, moved, peak, bandwidth):
    return max(flops / peak, moved / bandwidth)


def bytes_an_operation(flops, moved, peak, bandwidth):
    intensity = moved / flops
    return peak if intensity > peak / bandwidth else bandwidth * intensity


RIGHT = {
    "14.1": [2**24, 2 * 16 * 64 * 128 * 64, counted(), 1.68e7, torch.tensor(2.0**24)],
    "14.2": [14.2, 888_306 * 16 / 1e6, np.float64(14.21), Fraction(888_306 * 16, 10**6)],
    "14.3": [
        as_written,
        by_the_package,
        by_the_ridge,
        lambda flops, moved, peak, rate: flops / seconds(flops, moved, peak, rate),
        lambda flops, moved, peak, rate: torch.tensor([peak, rate * flops / moved]).min(),
        lambda flops, moved, peak, rate: np.minimum(peak, np.multiply(rate, flops) / moved),
    ],
}
WRONG = {
    "14.1": [
        (2 * 4 * 64 * 128 * 64, "4² = 16"),
        (2 * 16 * 64 * 128 * 16**2, "not at 16x16"),
        (2 * 16 * 64 * 128 * 8, "8x8 places, not at 8"),
        (2 * 64 * 128 * 64, "4² entries are missing"),
        (2 * 16 * 64 * 128, "for one place"),
        (counted(3), "3x3 kernel"),
        (counted(backward=True), "forward and backward"),
        (16.8, "in millions"),
        (-(2**24), "not it"),
        ("16.8 million", "without quotes"),
    ],
    "14.2": [
        (8 * PARAMETERS_AT_64 / 1e6, "add both"),
        (4 * PARAMETERS_AT_64 / 1e6, "4 numbers of 4 bytes each"),
        (12 * PARAMETERS_AT_64 / 1e6, "one of the four is missing"),
        (16 * PARAMETERS_AT_64, "in bytes"),
        (0.888306, "millions of parameters"),
        (16 * PARAMETERS_AT_64 * 8 / 1e6, "megabits"),
        (2 * 14.2, "4 bytes, not 8"),
        (16 * PARAMETERS_AT_64 / 1024**2, "2^20 bytes"),
        (14_213, "thousands of bytes"),
        (100, "not it"),
    ],
    "14.3": [
        (lambda flops, moved, peak, rate: max(peak, rate * flops / moved), "min, not max"),
        (bytes_an_operation, "not bytes an operation"),
        (lambda flops, moved, peak, rate: flops / (moved / rate), "take the minimum with it"),
        (lambda flops, moved, peak, rate: peak, "not the peak"),
        (lambda flops, moved, peak, rate: min(peak, 4 * rate * flops / moved), "bytes already"),
        (seconds, "that is a time"),
        (lambda flops, moved, peak, rate: min(peak, flops / moved / rate), "multiply the"),
        (lambda flops, moved, peak, rate: min([peak, rate]), "the intensity is missing"),
        (lambda flops, moved, peak, rate: flops / moved, "that is the intensity"),
        (lambda flops, moved, peak, rate: peak / rate, "that is the ridge"),
        (lambda flops, moved, peak, rate: flops / (flops / peak + moved / rate), "not both"),
        (lambda flops, moved, peak, rate: as_written(flops, moved, rate, peak), "exchanged"),
        (lambda flops, moved, peak, rate: peak + rate * flops / moved, "faster than the peak"),
        (lambda flops, moved, peak, rate: as_written(flops, moved, peak, rate) / 1e9, "waited"),
        (lambda flops, moved, peak, rate: min(peak, rate * (flops // moved)), "is waited for"),
        (lambda flops, moved, peak, rate: min(peak, 2 * rate * flops / moved), "is waited for"),
        (lambda flops, moved, peak, rate: min(80e9, 10e9 * flops / moved), "bandwidth doubled"),
    ],
}
