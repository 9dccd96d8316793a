"""Right and wrong answers to the exercises of lesson 00."""

import math
from fractions import Fraction

import numpy as np
import torch

RIGHT = {
    "00.1": [0.5, 1 / 2, torch.tensor(0.0).sigmoid(), np.float32(0.5), Fraction(1, 2)],
    "00.2": [4, 4.0, torch.tensor(4), np.int64(4), int(math.log2(32 / 4)) + 1],
    "00.3": [
        lambda pixel: pixel / 127.5 - 1,
        lambda pixel: -1 + (1 - -1) * pixel / 255,
        lambda pixel: torch.lerp(torch.tensor(-1.0), torch.tensor(1.0), pixel / 255),
        lambda pixel: np.interp(pixel, [0, 255], [-1, 1]),
        lambda pixel: Fraction(pixel) * Fraction(2, 255) - 1,
        lambda pixel: pixel / 255 - (1 - pixel / 255),
    ],
}
WRONG = {
    "00.1": [
        (math.exp(0), "those are the odds"),
        (torch.tensor(1.0).sigmoid(), "the logit is 0"),
        (math.log(0.5), "logarithm of the probability"),
        (0.5 * (1 - 0.5), "the slope of the sigmoid"),
        (0.693, "what cross-entropy charges"),
        ("Undecided", "write the probability as a number"),
        ("0.5", "without quotes"),
    ],
    "00.2": [
        (math.log2(32) + 1, "the coarsest is 1x1"),
        (32 / 4, "count the halvings"),
        (4 * 4, "pixels of the coarsest"),
        ([4, 8, 16, 32], "how many are they"),
        ("four", "without quotes"),
    ],
    "00.3": [
        (lambda pixel: pixel / 255.0, "from 0 to 1"),
        (lambda pixel: 2 * pixel / 255, "from 0 to 2"),
        (lambda pixel: 2 * pixel / 255 + 1, "do not add it"),
        (lambda pixel: (pixel - 255 // 2) / (255 // 2), "white becomes more than 1"),
        (lambda pixel: (pixel - 128) / 128, "white stays below 1"),
        (lambda pixel: (127.5 - pixel) / 127.5, "black and white have changed places"),
        (lambda pixel: (pixel - 127.5) / 255, "from -0.5 to 0.5"),
        (lambda pixel: pixel - 255 / 2, "divide as well"),
        (lambda pixel: 2 * (pixel - 1) / 255, "divide first"),
        (lambda pixel: pixel / (255 / 2 - 1), "divides by 126.5"),
        (lambda pixel: 2 * pixel // 255 - 1, "cuts the decimals off"),
        (lambda pixel: float(round(2 * pixel / 255 - 1)), "rounding leaves three values"),
        (lambda pixel: 127.5 * pixel + 127.5, "the way back"),
        (lambda pixel: torch.tensor(pixel).tanh(), "on a straight line"),
        (lambda pixel: 2 * (pixel / 255) ** 2 - 1, "a straight line"),
        (lambda pixel: f"{pixel / 127.5 - 1}", "black, 0, must become -1"),
        (lambda pixel: print(pixel / 127.5 - 1), "it returns nothing"),
    ],
}
