"""Keep G at several moments; scores by count; closest training images (lesson 16_evaluation)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons import metrics
from msgan_lessons.training import draw

__all__ = ["patch_score", "draw_full"]


def patch_score(
    generator: nn.Module, z: Tensor, real: Tensor, directions: torch.Generator
) -> float:
    """Say how far generated images lie from real ones: the distance of the patches, over scales.

    Parameters
    ----------
    generator : nn.Module
        As for `sampling.draw`.
    z : Tensor
        Shape (N, latent_dim).
    real : Tensor
        Real images (M, C, R, R) in [-1, 1].
    directions : torch.Generator
        At the same place each time, so that two scores differ by the images alone.

    Returns
    -------
    float
        At least 0, lower is better: the mean of `metrics.band_distances` over the bands.
    """
    fake = draw_full(generator, z, real.shape[-1])[-1]
    bands = metrics.band_distances(real, fake, directions)
    return sum(bands.values()) / len(bands)


def draw_full(generator: nn.Module, z: Tensor, resolution: int) -> list[Tensor]:
    """Draw images that can be compared with full-size ones, also from a G that is still growing.

    Parameters
    ----------
    generator : nn.Module
        As for `sampling.draw`.
    z : Tensor
        Shape (N, latent_dim).
    resolution : int
        Pixels a side that the finest scale must have.

    Returns
    -------
    list of Tensor
        As `sampling.draw` returns them; a finest scale that is smaller comes alone, each pixel
        repeated.

    Examples
    --------
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> [x.shape for x in draw_full(MultiScaleGenerator(), torch.zeros(2, 64), 64)]
    [torch.Size([2, 1, 64, 64])]
    """
    scales = draw(generator, z)
    if scales[-1].shape[-1] < resolution:
        return [F.interpolate(scales[-1], resolution, mode="nearest")]
    return scales
