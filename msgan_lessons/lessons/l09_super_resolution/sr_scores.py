"""Scores of super-resolution: near pixel by pixel, and alike as a set (lesson 09)."""

import torch
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l09_super_resolution.sr_content import one_channel_distance
from msgan_lessons.lessons.l09_super_resolution.sr_pairs import DOUBLINGS
from msgan_lessons.lessons.l09_super_resolution.upscaling import consistency
from msgan_lessons.metrics import band_distances, frechet_distance, image_features
from msgan_lessons.metrics.images import psnr, ssim

__all__ = ["quarters", "scores"]

PATCHES = 16  # of an image, for SWD
CHUNK = 64  # images at a time


@torch.no_grad()
def scores(real: Tensor, fake: Tensor, low: Tensor, seed: int = 0) -> dict[str, float]:
    """Score enlarged images against the real ones.

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, C, 64, 64), in [-1, 1]; pair i belongs together.
    low : Tensor
        Shape (N, C, 16, 16): what the fakes were made from.
    seed : int
        Of the places and directions of SWD.

    Returns
    -------
    dict
        'psnr' (dB) and 'ssim', higher is nearer; 'perceptual', 'swd_32', 'swd_64' (of the two
        added bands) and 'frechet' (of the features of `quarters`), lower is nearer; 'consistency'.
        The first three compare pair by pair, the next three the two sets as a whole.
    """
    swd = band_distances(real, fake, Streams(seed).fresh("swd"), DOUBLINGS + 1, per_image=PATCHES)
    features = [image_features(quarters(x)) for x in (real, fake)]
    near = [
        one_channel_distance(f, r)
        for f, r in zip(fake.split(CHUNK), real.split(CHUNK), strict=True)
    ]
    return {
        "psnr": psnr(real, fake).mean().item(),
        "ssim": ssim(real, fake).mean().item(),
        "perceptual": torch.cat(near).mean().item(),
        **{f"swd_{size}": swd[size] for size in sorted(swd)[1:]},
        "frechet": frechet_distance(*features),
        "consistency": consistency(fake, low).mean().item(),
    }


def quarters(images: Tensor) -> Tensor:
    """Cut each image into four, so that the classifier sees its pixels without averaging them.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), H and W even.

    Returns
    -------
    Tensor
        Shape (4 N, C, H/2, W/2).

    Examples
    --------
    >>> quarters(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([8, 3, 32, 32])
    """
    halves = [part for x in images.chunk(2, dim=2) for part in x.chunk(2, dim=3)]
    return torch.cat(halves)
