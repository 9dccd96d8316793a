"""Exercises of lesson 02_scales."""

import torch

from msgan_lessons.classroom.exercise_types import Function, Value
from msgan_lessons.resampling import bilinear_upsample, box_downsample

__all__ = ["BANK_02"]


def _low(images: torch.Tensor) -> torch.Tensor:
    """Halve and double: the images without their finest band."""
    return bilinear_upsample(box_downsample(images))


def _nearest(images: torch.Tensor) -> torch.Tensor:
    return box_downsample(images).repeat_interleave(2, -1).repeat_interleave(2, -2)


_noise = torch.Generator().manual_seed(2)
_images = [torch.rand(2, c, 8, 8, generator=_noise) * 2 - 1 for c in (1, 3)]

BANK_02: dict[str, Value | Function] = {
    "02.1": Value(
        1360,
        "16 + 64 + 256 + 1024: a third more than the image, which is the price of all scales.",
        {
            1024: "that is the finest band alone; the coarser ones are kept too.",
            4096: "only the finest band has 32x32 numbers; each coarser one has a quarter.",
            1344: "the coarsest band is the 4x4 image itself; it counts.",
            336: "these are the coarser scales; the finest band counts too.",
        },
    ),
    "02.2": Value(
        "mean",
        "the bands hold whatever down loses, so any down can be undone, but pixels that are "
        "dropped no longer count in the mean.",
        {
            "reconstruction": "run the cell: each band is a difference from the very image that "
            "is upsampled again.",
            "package": "both pyramids use the same down, so they agree.",
            "none": "run the cell once more and read which claim does not hold.",
        },
    ),
    "02.3": Function(
        lambda images, strength: _low(images) + strength * (images - _low(images)),
        [(_images[0], 2.0), (_images[1], 0.5), (_images[0], 0.0)],
        {
            "you scaled the coarse part; the band is images - up(down(images)).": lambda x, s: (
                s * _low(x) + (x - _low(x))
            ),
            "the band alone is not the image; add up(down(images)).": lambda x, s: (
                s * (x - _low(x))
            ),
            "the image already holds the band once; strength 1 must change nothing.": lambda x, s: (
                x + s * (x - _low(x))
            ),
            "the band's sign is turned: it is images - up(down(images)).": lambda x, s: (
                _low(x) + s * (_low(x) - x)
            ),
            "upsample with bilinear_upsample; repeated pixels make another band.": lambda x, s: (
                _nearest(x) + s * (x - _nearest(x))
            ),
        },
    ),
}
