"""Right and wrong answers to the exercises of lesson 14."""

from fractions import Fraction

import numpy as np
import torch
from torch import nn

from msgan_lessons.lessons.l14_efficiency.exercises import PARAMETERS_AT_64
from msgan_lessons.lessons.l14_efficiency.measured import counted_flops
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline


def counted():
    layer, image = nn.Conv2d(64, 128, 4, 2, 1, bias=False), torch.zeros(1, 64, 16, 16)
    return counted_flops(lambda: layer(image))


def as_written(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * (flops / moved))


def by_the_package(flops, moved, peak, bandwidth):
    return Roofline(peak, bandwidth, bandwidth).attainable(flops / moved)


def by_the_time(flops, moved, peak, bandwidth):
    return flops / max(flops / peak, moved / bandwidth)


def by_the_ridge(flops, moved, peak, bandwidth):
    intensity = flops / moved
    return bandwidth * intensity if intensity < peak / bandwidth else peak


def as_a_tensor(flops, moved, peak, bandwidth):
    return torch.tensor([peak, bandwidth * flops / moved]).min()


def by_numpy(flops, moved, peak, bandwidth):
    return np.minimum(peak, np.multiply(bandwidth, flops) / moved)


def larger(flops, moved, peak, bandwidth):
    return torch.tensor([peak, bandwidth * flops / moved]).max()


def bytes_an_operation(flops, moved, peak, bandwidth):
    intensity = moved / flops
    return peak if intensity > peak / bandwidth else bandwidth * intensity


def no_peak(flops, moved, peak, bandwidth):
    return flops / (moved / bandwidth)


def in_numbers(flops, moved, peak, bandwidth):
    intensity = flops / (moved / 4)
    return min(peak, bandwidth * intensity)


def seconds(flops, moved, peak, bandwidth):
    compute, memory = flops / peak, moved / bandwidth
    return compute if compute > memory else memory


def divided(flops, moved, peak, bandwidth):
    intensity = flops / moved
    return min(peak, intensity / bandwidth)


def no_intensity(flops, moved, peak, bandwidth):
    return min([peak, bandwidth])


def intensity(flops, moved, peak, bandwidth):
    return flops / moved


def one_after_the_other(flops, moved, peak, bandwidth):
    seconds = flops / peak + moved / bandwidth
    return flops / seconds


def exchanged(flops, moved, peak, bandwidth):
    return min(bandwidth, peak * flops / moved)


def added(flops, moved, peak, bandwidth):
    return peak + bandwidth * flops / moved


def in_giga(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * flops / moved) / 1e9


def bits(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * flops / (8 * moved))


def whole_intensity(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * (flops // moved))


def multiply_adds(flops, moved, peak, bandwidth):
    return min(peak, bandwidth * 2 * flops / moved)


def one_machine(flops, moved, peak, bandwidth):
    return min(80e9, 10e9 * flops / moved)


def wrong_side(flops, moved, peak, bandwidth):
    return peak if flops / moved < peak / bandwidth else bandwidth * flops / moved


RIGHT = {
    "14.1": [16_777_216, 2**24, 2 * 16 * 64 * 128 * 64, counted(), 1.68e7, torch.tensor(2.0**24)],
    "14.2": [
        14.2,
        14.212896,
        888_306 * 16 / 1e6,
        np.float64(14.21),
        torch.tensor(14.21),
        Fraction(888_306 * 16, 10**6),
    ],
    "14.3": [as_written, by_the_package, by_the_time, by_the_ridge, as_a_tensor, by_numpy],
}
WRONG = {
    "14.1": [
        (16 * 64 * 128 * 64, "those are the multiply-adds"),
        (2 * 4 * 64 * 128 * 64, "4² = 16"),
        (2 * 16 * 64 * 128 * 16**2, "not at 16x16"),
        (2 * 16 * 64 * 128 * 8, "8x8 places, not at 8"),
        (2 * 64 * 128 * 64, "4² entries are missing"),
        (16 * 64 * 128, "those are the parameters"),
        (2 * 16 * 64 * 128, "for one place"),
        (2 * 9 * 64 * 128 * 64, "3x3 kernel"),
        (3 * 2**24, "forward and backward"),
        (16.8, "in millions"),
        (-(2**24), "not it"),
        ("16.8 million", "without quotes"),
    ],
    "14.2": [
        (4 * PARAMETERS_AT_64 / 1e6, "4 numbers of 4 bytes each"),
        (8 * PARAMETERS_AT_64 / 1e6, "add both"),
        (12 * PARAMETERS_AT_64 / 1e6, "one of the four is missing"),
        (16 * PARAMETERS_AT_64, "in bytes"),
        (PARAMETERS_AT_64, "those are the parameters"),
        (0.888306, "millions of parameters"),
        (16 * PARAMETERS_AT_64 * 8 / 1e6, "megabits"),
        (2 * 14.2, "4 bytes, not 8"),
        (16 * PARAMETERS_AT_64 / 1024**2, "2^20 bytes"),
        (14_213, "thousands of bytes"),
        (16 * 420_978 / 1e6, "resolution=32"),
        (16 * 566_129 / 1e6, "G alone"),
        (16 * 322_177 / 1e6, "D alone"),
        (100, "not it"),
    ],
    "14.3": [
        (larger, "min, not max"),
        (bytes_an_operation, "not bytes an operation"),
        (no_peak, "take the minimum with it"),
        (lambda flops, moved, peak, bandwidth: peak, "not the peak"),
        (in_numbers, "in bytes already"),
        (seconds, "that is a time"),
        (divided, "multiply the intensity by it"),
        (no_intensity, "the intensity is missing"),
        (intensity, "that is the intensity"),
        (lambda flops, moved, peak, bandwidth: peak / bandwidth, "that is the ridge"),
        (one_after_the_other, "not both in turn"),
        (exchanged, "are exchanged"),
        (added, "no layer is faster than the peak"),
        (in_giga, "the memory is waited for"),
        (bits, "the memory is waited for"),
        (whole_intensity, "the memory is waited for"),
        (multiply_adds, "the memory is waited for"),
        (one_machine, "with the peak and the bandwidth doubled"),
        (wrong_side, "min, not max"),
    ],
}
