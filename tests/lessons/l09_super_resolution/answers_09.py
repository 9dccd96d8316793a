"""Right and wrong answers to the exercises of lesson 09."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from msgan_lessons.lessons.l09_super_resolution.pairs import back_project
from msgan_lessons.pyramid import bilinear_upsample, image_pyramid, nearest_upsample


def gap(images, low):
    return low - F.avg_pool2d(images, 4)


def grown(small, mode="nearest"):
    return F.interpolate(small, scale_factor=4, mode=mode)


def smooth(small):
    return bilinear_upsample(bilinear_upsample(small))


def as_written(images, low):
    return images + grown(gap(images, low))


def by_the_pyramid(images, low):
    missing = low - image_pyramid(images, 3)[0]
    return images + nearest_upsample(nearest_upsample(missing))


def by_reshaping(images, low):
    b, c, h, w = low.shape
    squares = images.reshape(b, c, h, 4, w, 4)
    means = squares.mean((3, 5), keepdim=True)
    return (squares - means + low[:, :, :, None, :, None]).reshape(images.shape)


def by_numpy(images, low):
    missing = gap(images, low).detach().numpy()
    return images.detach().numpy() + np.kron(missing, np.ones((4, 4)))


def in_place(images, low):
    images += grown(gap(images, low))
    return images


RIGHT = {
    "09.1": [3, 3.01, 10 * math.log10(2), torch.tensor(2.0).log10() * 10, np.float32(3.01)],
    "09.2": [63 / 64, 0.984, Fraction(63, 64), 1 - 8 * 8 / 64**2, torch.tensor([0.984])],
    "09.3": [
        as_written,
        back_project,
        by_the_pyramid,
        by_reshaping,
        lambda images, low: images + torch.kron(gap(images, low), torch.ones(1, 1, 4, 4)),
    ],
}
WRONG = {
    "09.1": [
        (6.02, "for amplitudes"),
        (-3.01, "a number above 0"),
        (6.93, "to the base 10."),
        (math.log(2), "to the base 10, times 10"),
        (10 * math.log10(3), "the variance twice"),
        (torch.tensor(2.0).log10(), "ten times that"),
        (10 * math.log10(math.sqrt(2)), "not its root"),
        (26.00 - 25.35, "our GAN loses"),
        (13, "not it"),
        ("3 dB", "without quotes"),
    ],
    "09.2": [
        (1 - 1 / 8, "divides both sides"),
        (1 / 64, "that low fixes"),
        (0.125, "with its square"),
        (1 - 1 / 32, "not by two"),
        (0.75, "finest band"),
        (64 * 64 - 8 * 8, "divide by all"),
        (98.4, "per cent"),
        (-63 / 64, "not it"),
    ],
    "09.3": [
        (lambda images, low: images + grown(low), "not low itself"),
        (lambda images, low: images - grown(gap(images, low)), "the sign"),
        (lambda images, low: images + smooth(gap(images, low)), "repeat pixels"),
        (lambda images, low: images + grown(gap(images, low), "bilinear"), "result are others"),
        (lambda images, low: grown(low), "keep the image's fine scales"),
        (lambda images, low: images + torch.tile(gap(images, low), (4, 4)), "side by side"),
        (lambda images, low: grown(gap(images, low)), "correction alone"),
        (lambda images, low: images + grown(low - images[..., ::4, ::4]), "not one of them"),
        (lambda images, low: torch.clip(as_written(images, low), -1.0, 1.0), "do not cut"),
        (lambda images, low: (images + as_written(images, low)) / 2, "with half of it"),
        (lambda images, low: images + grown(low - F.max_pool2d(images, 4)), "result are others"),
        (lambda images, low: 0.9 * as_written(images, low) + 0.1 * grown(low), "stay as it is"),
        (lambda images, low: images + grown(gap(images, low).mean(0, True)), "its own correction"),
        (lambda images, low: as_written(images, low).flatten(1), "as large as they went in"),
        (lambda images, low: F.avg_pool2d(as_written(images, low), 4), "as they went in"),
        (by_numpy, "the gradient does not come through"),
        (torch.no_grad()(as_written), "the gradient does not come through"),
        (in_place, "changes its argument 'images' in place"),
        (lambda images, low: images + nearest_upsample(gap(images, low)), "with RuntimeError"),
    ],
}
