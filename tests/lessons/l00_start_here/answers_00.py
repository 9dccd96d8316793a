"""Right and wrong answers to the exercises of lesson 00."""

import math
from fractions import Fraction

import numpy as np
import torch


def as_written(pixel):
    return pixel / 127.5 - 1


def by_the_range(pixel):
    low, high = -1, 1
    return low + (high - low) * pixel / 255


def from_the_middle(pixel):
    return (pixel - 127.5) / 127.5


def by_lerp(pixel):
    return torch.lerp(torch.tensor(-1.0), torch.tensor(1.0), pixel / 255)


def by_interpolation(pixel):
    return np.interp(pixel, [0, 255], [-1, 1])


def by_fractions(pixel):
    return Fraction(pixel) * Fraction(2, 255) - 1


def by_black_and_white(pixel):
    white = pixel / 255
    return white - (1 - white)


def to_one(pixel):
    return pixel / 255.0


def to_two(pixel):
    return 2 * pixel / 255


def plus_one(pixel):
    return 2 * pixel / 255 + 1


def half_is_127(pixel):
    half = 255 // 2
    return (pixel - half) / half


def half_is_128(pixel):
    return (pixel - 128) / 128


def negative(pixel):
    return (127.5 - pixel) / 127.5


def half_as_wide(pixel):
    return (pixel - 127.5) / 255


def shifted_alone(pixel):
    return pixel - 255 / 2


def minus_one_first(pixel):
    return 2 * (pixel - 1) / 255


def in_the_divisor(pixel):
    return pixel / (255 / 2 - 1)


def whole_numbers(pixel):
    return 2 * pixel // 255 - 1


def rounded(pixel):
    return float(round(2 * pixel / 255 - 1))


def way_back(pixel):
    return 127.5 * pixel + 127.5


def by_tanh(pixel):
    return torch.tensor(pixel).tanh()


def curved(pixel):
    return 2 * (pixel / 255) ** 2 - 1


def squashed(pixel):
    return torch.tensor(pixel / 127.5 - 1).tanh()


def as_a_word(pixel):
    return f"{pixel / 127.5 - 1}"


def printed(pixel):
    print(pixel / 127.5 - 1)


RIGHT = {
    "00.1": [0.5, 1 / 2, torch.tensor(0.0).sigmoid(), np.float32(0.5), Fraction(1, 2), [0.5][0]],
    "00.2": [4, 4.0, torch.tensor(4), np.int64(4), len([4, 8, 16, 32]), int(math.log2(32 / 4)) + 1],
    "00.3": [
        as_written,
        by_the_range,
        from_the_middle,
        by_lerp,
        by_interpolation,
        by_fractions,
        by_black_and_white,
        lambda pixel: torch.as_tensor(pixel) / 127.5 - 1,
    ],
}
WRONG = {
    "00.1": [
        (0, "the logit itself"),
        (math.exp(0), "those are the odds"),
        (2.0, "its reciprocal"),
        (50, "in per cent"),
        (torch.tensor(1.0).sigmoid(), "the logit is 0"),
        (0.25, "the slope of the sigmoid"),
        (math.log(0.5), "logarithm of the probability"),
        (0.693, "what cross-entropy charges"),
        ("Undecided", "write the probability as a number"),
        ("0.5", "without quotes"),
    ],
    "00.2": [
        (3, "the coarsest is 8x8"),
        (5, "the coarsest is 2x2"),
        (math.log2(32) + 1, "the coarsest is 1x1"),
        (2, "the coarsest is 16x16"),
        (32 / 4, "count the halvings"),
        (32, "the side of the finest scale"),
        (4 * 4, "pixels of the coarsest"),
        ([4, 8, 16, 32], "how many are they"),
        ("four", "without quotes"),
    ],
    "00.3": [
        (to_one, "from 0 to 1"),
        (to_two, "from 0 to 2"),
        (plus_one, "do not add it"),
        (half_is_127, "white becomes more than 1"),
        (half_is_128, "white stays below 1"),
        (negative, "black and white have changed places"),
        (half_as_wide, "from -0.5 to 0.5"),
        (shifted_alone, "divide as well"),
        (minus_one_first, "divide first"),
        (in_the_divisor, "divides by 126.5"),
        (whole_numbers, "cuts the decimals off"),
        (rounded, "rounding leaves three values"),
        (way_back, "the way back"),
        (by_tanh, "on a straight line"),
        (curved, "a straight line"),
        (squashed, "black, 0, must become -1"),
        (as_a_word, "black, 0, must become -1"),
        (printed, "it returns nothing"),
    ],
}
