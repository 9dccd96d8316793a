"""Right and wrong answers to the exercises of lesson 09."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from msgan_lessons.lessons.l09_super_resolution.pairs import back_project
from msgan_lessons.pyramid import bilinear_upsample, image_pyramid, nearest_upsample


def by_the_pyramid(images, low):
    missing = low - image_pyramid(images, 3)[0]
    return images + nearest_upsample(nearest_upsample(missing))


def by_mean_pooling(image, low):
    return image + F.interpolate(low - F.avg_pool2d(image, 4), scale_factor=4)


def by_reshaping(image, low):
    b, c, h, w = low.shape
    squares = image.reshape(b, c, h, 4, w, 4)
    means = squares.mean((3, 5), keepdim=True)
    return (squares - means + low[:, :, :, None, :, None]).reshape(image.shape)


def by_repeating(image, low):
    missing = low - F.interpolate(image, scale_factor=0.25, mode="area")
    return image + missing.repeat_interleave(4, 2).repeat_interleave(4, 3)


def by_kronecker(images, low):
    return images + torch.kron(low - F.avg_pool2d(images, 4), torch.ones(1, 1, 4, 4))


def by_loop(images, low):
    result = images.clone()
    for i in range(low.shape[2]):
        for j in range(low.shape[3]):
            square = images[:, :, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
            gap = low[:, :, i, j] - square.mean((2, 3))
            result[:, :, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4] += gap[:, :, None, None]
    return result


def sign_turned(images, low):
    return images + F.interpolate(F.avg_pool2d(images, 4) - low, scale_factor=4)


def bilinear(images, low):
    missing = low - F.avg_pool2d(F.avg_pool2d(images, 2), 2)
    return images + bilinear_upsample(bilinear_upsample(missing))


def bilinear_at_once(images, low):
    missing = low - F.avg_pool2d(images, 4)
    return images + F.interpolate(missing, scale_factor=4, mode="bilinear")


def only_low(images, low):
    return low.repeat_interleave(4, -1).repeat_interleave(4, -2)


def tiled(images, low):
    return images + torch.tile(low - F.avg_pool2d(images, 4), (4, 4))


def correction_alone(images, low):
    return F.interpolate(low - F.avg_pool2d(images, 4), scale_factor=4)


def every_fourth_pixel(images, low):
    return images + F.interpolate(low - F.interpolate(images, scale_factor=0.25), scale_factor=4)


def largest_pixel(images, low):
    return images + F.interpolate(low - F.max_pool2d(images, 4), scale_factor=4)


def softened(images, low):
    detail = images - F.interpolate(F.avg_pool2d(images, 4), scale_factor=4)
    return F.interpolate(low, scale_factor=4) + 0.9 * detail


def mean_over_the_batch(images, low):
    gap = (low - F.avg_pool2d(images, 4)).mean(0, keepdim=True)
    return images + F.interpolate(gap, scale_factor=4)


def flat(images, low):
    return by_mean_pooling(images, low).flatten(1)


def small(images, low):
    return F.avg_pool2d(by_mean_pooling(images, low), 4)


def by_numpy(images, low):
    gap = (low - F.avg_pool2d(images, 4)).detach().numpy()
    return images.detach().numpy() + np.kron(gap, np.ones((4, 4)))


def without_gradient(images, low):
    with torch.no_grad():
        return by_mean_pooling(images, low)


def in_place(images, low):
    images += F.interpolate(low - F.avg_pool2d(images, 4), scale_factor=4)
    return images


def enlarged_once(images, low):
    return images + nearest_upsample(low - F.avg_pool2d(images, 4))


RIGHT = {
    "09.1": [3, 3.01, 3.0103, 10 * math.log10(2), torch.tensor(2.0).log10() * 10, np.float32(3.01)],
    "09.2": [63 / 64, 0.984375, 0.984, Fraction(63, 64), 1 - 8 * 8 / 64**2, torch.tensor([0.984])],
    "09.3": [
        back_project,
        by_the_pyramid,
        by_mean_pooling,
        by_reshaping,
        by_repeating,
        by_kronecker,
        by_loop,
    ],
}
WRONG = {
    "09.1": [
        (6.02, "for amplitudes"),
        (-3.01, "a number above 0"),
        (2, "the factor of the squared error"),
        (1 / 2, "upside down"),
        (0.0, "differ from each other"),
        (6.93, "to the base 10."),
        (math.log(2), "to the base 10, times 10"),
        (torch.tensor(2.0).log10(), "ten times that"),
        (10 * math.log10(math.sqrt(2)), "not its root"),
        (10 * math.log10(3), "the variance twice"),
        (26.00 - 25.35, "our GAN loses"),
        (13, "not it"),
        ("3 dB", "without quotes"),
    ],
    "09.2": [
        (15 / 16, "16x16"),
        (1 - 1 / 8, "divides both sides"),
        (1 / 64, "that low fixes"),
        (1 / 8, "with its square"),
        (1 - 1 / 32, "not by two"),
        (0.75, "finest band"),
        (1.0, "low fixes some"),
        (63, "63 are free"),
        (64 * 64 - 8 * 8, "divide by all"),
        (98.4, "per cent"),
        (-63 / 64, "not it"),
    ],
    "09.3": [
        (lambda images, low: images + F.interpolate(low, scale_factor=4), "not low itself"),
        (sign_turned, "the sign"),
        (bilinear, "repeat pixels"),
        (bilinear_at_once, "the 4x4 means of the result are others"),
        (only_low, "keep the image's fine scales"),
        (tiled, "side by side"),
        (correction_alone, "correction alone"),
        (every_fourth_pixel, "not one of them"),
        (lambda images, low: torch.clip(by_mean_pooling(images, low), -1.0, 1.0), "do not cut"),
        (lambda images, low: (images + by_mean_pooling(images, low)) / 2, "with half of it"),
        (largest_pixel, "the 4x4 means of the result are others"),
        (softened, "has to stay as it is"),
        (mean_over_the_batch, "each image gets its own correction"),
        (flat, "as large as they went in"),
        (small, "as large as they went in"),
        (by_numpy, "the gradient does not come through"),
        (without_gradient, "the gradient does not come through"),
        (in_place, "changes its argument 'images' in place"),
        (enlarged_once, "stops with RuntimeError"),
    ],
}
