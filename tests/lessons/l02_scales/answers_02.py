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


def as_written(images, strength):
    low = bilinear_upsample(box_downsample(images))
    return low + strength * (images - low)


def by_bands(images, strength):
    coarse, finest = laplacian_pyramid(images, 2)
    return reconstruct([coarse, strength * finest])


def by_difference(images, strength):
    return images + (strength - 1) * (images - bilinear_upsample(box_downsample(images)))


def by_torch_alone(images, strength):
    small = F.avg_pool2d(images, 2)
    low = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    return low * (1 - strength) + images * strength


def by_lerp(images, strength):
    return torch.lerp(bilinear_upsample(box_downsample(images)), images, strength)


def one_by_one(images, strength):
    return torch.cat([as_written(image[None], strength) for image in images])


def coarse_scaled(images, strength):
    coarse, finest = laplacian_pyramid(images, 2)
    return reconstruct([strength * coarse, finest])


def all_scaled(images, strength):
    return reconstruct([strength * band for band in laplacian_pyramid(images, 2)])


def band_alone(images, strength):
    return strength * laplacian_pyramid(images, 2)[-1]


def band_twice(images, strength):
    return images + strength * laplacian_pyramid(images, 2)[-1]


def sign_turned(images, strength):
    low = bilinear_upsample(box_downsample(images))
    return low + strength * (low - images)


def turned_round(images, strength):
    low = bilinear_upsample(box_downsample(images))
    return strength * low + (1 - strength) * images


def repeated(images, strength):
    low = F.interpolate(box_downsample(images), scale_factor=2, mode="nearest")
    return low + strength * (images - low)


def two_bands(images, strength):
    coarse, *bands = laplacian_pyramid(images, 3)
    return reconstruct([coarse, *(strength * band for band in bands)])


def band_lost(images, strength):
    return bilinear_upsample(box_downsample(images))


def added(images, strength):
    low = bilinear_upsample(box_downsample(images))
    return low + (strength + (images - low))


def squared(images, strength):
    low = bilinear_upsample(box_downsample(images))
    return low + strength**2 * (images - low)


def dropping(images, strength):
    low = bilinear_upsample(images[..., ::2, ::2])
    return low + strength * (images - low)


def over_the_batch(images, strength):
    return images.mean(0) + strength * (images - images.mean(0))


def in_place(images, strength):
    low = bilinear_upsample(box_downsample(images))
    images -= low
    return low + strength * images


def list_of_bands(images, strength):
    coarse, finest = laplacian_pyramid(images, 2)
    return [coarse, strength * finest]


RIGHT = {
    "02.1": [
        1360,
        16 + 64 + 256 + 1024.0,
        np.int64(1360),
        Fraction(1360),
        torch.tensor([4, 8, 16, 32]).square().sum(),
        sum(band.numel() for band in laplacian_pyramid(torch.zeros(1, 1, 32, 32), 4)),
    ],
    "02.2": ["mean", " Mean ", "MEAN.", "the mean", "'mean'"],
    "02.3": [as_written, by_bands, by_difference, by_torch_alone, by_lerp, one_by_one],
}
WRONG = {
    "02.1": [
        (1024, "the finest band alone"),
        (4 * 1024, "has a quarter"),
        (64 + 256 + 1024, "it counts"),
        (16 + 64 + 256, "the coarser scales"),
        (1024 + 256, "the two finest"),
        (1024 + 256 + 64 + 16 + 4, "at 5 scales"),
        (1024 + 256 + 64 + 16 + 4 + 1, "a single pixel"),
        (4 + 16 + 64 + 256, "an image of 16x16"),
        (4 + 8 + 16 + 32, "square each first"),
        (16, "the coarsest band alone"),
        (4, "the number of bands"),
        (4 / 3, "how many times as many"),
        ("1360", "without quotes"),
    ],
    "02.2": [
        ("reconstruction", "whatever down does"),
        ("Package", "the same down"),
        ("none", "the check cell that follows"),
        ("all", "two of the claims"),
        ("both", "one claim alone"),
        ("variance", "no claim"),
        ("the claim", "one of 'package', 'reconstruction', 'mean', 'none'"),
        (2, "one of 'package', 'reconstruction', 'mean', 'none'"),
    ],
    "02.3": [
        (coarse_scaled, "you scaled the coarse part"),
        (all_scaled, "you scaled the whole image"),
        (band_alone, "the band alone is not the image"),
        (band_twice, "already holds the band once"),
        (sign_turned, "the band's sign is turned"),
        (turned_round, "is taken away"),
        (repeated, "repeated pixels"),
        (two_bands, "halve once"),
        (lambda images, strength: as_written(images, strength).clip(-1, 1), "do not clip"),
        (band_lost, "the coarse part alone"),
        (lambda images, strength: image_pyramid(images, 2)[0], "upsample it again"),
        (added, "it is not added to it"),
        (squared, "case 1 gives"),
        (dropping, "strength 0 must leave"),
        (over_the_batch, "strength 0 must leave"),
        (in_place, "changes its argument 'images' in place"),
        (list_of_bands, "strength 1 must give the images back"),
    ],
}
