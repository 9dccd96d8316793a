"""Right and wrong answers to the exercises of lesson 02."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from msgan_lessons.pyramid import (
    bilinear_upsample,
    box_downsample,
    image_pyramid,
    laplacian_pyramid,
    reconstruct,
)

BANDS = laplacian_pyramid(torch.zeros(1, 1, 32, 32), 4)


def low(images):
    return bilinear_upsample(box_downsample(images))


def as_written(images, strength, low=low):
    return low(images) + strength * (images - low(images))


def by_bands(images, strength):
    coarse, finest = laplacian_pyramid(images, 2)
    return reconstruct([coarse, strength * finest])


def by_torch_alone(images, strength):
    small = F.avg_pool2d(images, 2)
    low = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    return low * (1 - strength) + images * strength


def squares(images):
    return F.interpolate(box_downsample(images), scale_factor=2, mode="nearest")


def every_second(images):
    return bilinear_upsample(images[..., ::2, ::2])


def two_bands(images, strength):
    coarse, *bands = laplacian_pyramid(images, 3)
    return reconstruct([coarse, *(strength * band for band in bands)])


def in_place(images, strength):
    coarse = low(images)
    images -= coarse
    return coarse + strength * images


RIGHT = {
    "02.1": [1360, 16 + 64 + 256 + 1024.0, Fraction(1360), sum(band.numel() for band in BANDS)],
    "02.2": ["mean", " Mean ", "MEAN.", "the mean", "'mean'"],
    "02.3": [
        as_written,
        by_bands,
        by_torch_alone,
        lambda images, strength: images + (strength - 1) * (images - low(images)),
        lambda images, strength: torch.lerp(low(images), images, strength),
        lambda images, strength: torch.cat([as_written(x[None], strength) for x in images]),
    ],
}
WRONG = {
    "02.1": [
        (32 * 32, "the finest band alone"),
        (4 * 1024, "has a quarter"),
        (64 + 256 + 1024, "it counts"),
        (16 + 64 + 256, "the coarser scales"),
        (1024 + 256, "the two finest"),
        (1024 + 256 + 64 + 16 + 4, "at 5 scales"),
        (1024 + 256 + 64 + 16 + 4 + 1, "a single pixel"),
        (4 + 16 + 64 + 256, "an image of 16x16"),
        (4 + 8 + 16 + 32, "square each first"),
        (4 * 4, "the coarsest band alone"),
        (len([4, 8, 16, 32]), "the number of bands"),
        (4 / 3, "how many times as many"),
        ("1360", "without quotes"),
    ],
    "02.2": [
        ("Package", "the same down"),
        ("none", "the check cell that follows"),
        ("both", "one claim alone"),
        ("the claim", "one of 'package', 'reconstruction', 'mean', 'none'"),
        (np.int64(2), "one of 'package', 'reconstruction', 'mean', 'none'"),
    ],
    "02.3": [
        (lambda images, strength: images + (strength - 1) * low(images), "scaled the coarse part"),
        (lambda images, strength: strength * images, "you scaled the whole image"),
        (lambda images, strength: strength * (images - low(images)), "is not the image"),
        (lambda images, strength: images + strength * (images - low(images)), "the band once"),
        (lambda images, strength: as_written(images, -strength), "the band's sign is turned"),
        (lambda images, strength: as_written(images, 1 - strength), "is taken away"),
        (lambda images, strength: as_written(images, strength, squares), "repeated pixels"),
        (two_bands, "halve once"),
        (lambda images, strength: as_written(images, strength).clip(-1, 1), "do not clip"),
        (lambda images, strength: low(images), "the coarse part alone"),
        (lambda images, strength: image_pyramid(images, 2)[0], "upsample it again"),
        (lambda images, strength: low(images) + strength + images - low(images), "added to it"),
        (lambda images, strength: as_written(images, strength**2), "case 1 gives"),
        (lambda images, strength: as_written(images, strength, every_second), "strength 0 must"),
        (in_place, "changes its argument 'images' in place"),
        (lambda images, strength: laplacian_pyramid(images, 2), "must give the images back"),
    ],
}
