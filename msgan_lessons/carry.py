"""What each block of a G starts from: noise, features or an image (lessons 03 and 08)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn

from msgan_lessons.blocks import join, refining_block, upsampling_block
from msgan_lessons.resampling import bilinear_upsample

__all__ = ["CARRY", "blocks_from_noise", "check_noise", "noise_lengths", "refined"]

CARRY = ("features", "image")


def noise_lengths(sizes: Sequence[int], latent_dim: int, carry: str) -> list[int]:
    """Count the numbers of z that enter each block.

    Parameters
    ----------
    sizes : sequence of int
        Pixels a side of each scale, coarse to fine.
    latent_dim : int
        Numbers that enter the first block.
    carry : str
        'features': no noise enters later. 'image': each later block takes a noise plane.

    Returns
    -------
    list of int
        For the blocks that take noise, coarse to fine.

    Examples
    --------
    >>> noise_lengths([4, 8, 16], 64, "features"), noise_lengths([4, 8, 16], 64, "image")
    ([64], [64, 64, 256])
    """
    planes = [size**2 for size in sizes[1:]] if carry == "image" else []
    return [latent_dim, *planes]


def blocks_from_noise(
    base_resolution: int, latent_dim: int, channels: Sequence[int], img_channels: int, carry: str
) -> nn.ModuleList:
    """Make the blocks of a G, coarse to fine: the first takes noise, the others what is carried.

    Parameters
    ----------
    base_resolution : int
        Pixels a side that the first block makes.
    latent_dim : int
        Numbers that enter it.
    channels : sequence of int
        Feature channels that leave each block.
    img_channels : int
        Channels of an image, which for carry='image' enters each later block, with its noise plane.
    carry : str
        One of `CARRY`. 'features': each later block doubles the resolution (DCGAN). 'image': it
        works at the resolution of the enlarged image (LAPGAN).

    Returns
    -------
    nn.ModuleList
        One a scale.

    Examples
    --------
    >>> import torch
    >>> first, second = blocks_from_noise(4, 8, (6, 3), 1, "features")
    >>> second(first(torch.zeros(2, 8, 1, 1))).shape
    torch.Size([2, 3, 8, 8])
    """
    first = upsampling_block(latent_dim, channels[0], first=base_resolution)
    if carry == "image":
        later = [refining_block(img_channels + 1, c) for c in channels[1:]]
    else:
        later = [upsampling_block(a, b) for a, b in pairwise(channels)]
    return nn.ModuleList([first, *later])


def check_noise(z: Tensor, latent_dim: int) -> None:
    """Refuse noise that is not of this length.

    Parameters
    ----------
    z : Tensor
        Should have the shape (B, latent_dim).
    latent_dim : int
        All numbers that enter a G.

    Raises
    ------
    ValueError
        If it has another.
    """
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise ValueError(f"z must have shape (B, {latent_dim}), got {tuple(z.shape)}.")


def refined(
    noise: Sequence[Tensor],
    sizes: Sequence[int],
    blocks: nn.ModuleList,
    image: Callable[[int, Tensor, Tensor | None], Tensor],
    low: Sequence[Tensor] | None = None,
) -> list[Tensor]:
    r"""Draw every scale from the image below it and a noise plane; no gradient between scales.

    .. math:: h_k = G_k([up(x_{k-1}), z_k])

    Parameters
    ----------
    noise : sequence of Tensor
        z in parts of `noise_lengths`, one for each block: (B, length).
    sizes : sequence of int
        Pixels a side of each scale, coarse to fine.
    blocks : nn.ModuleList
        As `blocks_from_noise` makes them for carry='image'.
    image : callable
        k (from 0), h_k and the image below (None for the coarsest) to the image x_k.
    low : sequence of Tensor, optional
        The images below, coarse to fine without the finest; default: those that are drawn.

    Returns
    -------
    list of Tensor
        One image a scale, coarse to fine.

    Raises
    ------
    ValueError
        If `low` does not hold the scales without the finest.

    References
    ----------
    LAPGAN (Denton et al. 2015), section 3.
    """
    if low is not None and (got := [x.shape[-1] for x in low]) != list(sizes[:-1]):
        raise ValueError(f"low must hold the scales {list(sizes[:-1])}, got {got}.")
    first, *planes = noise
    images = [image(0, blocks[0](first[:, :, None, None]), None)]
    for k, plane in enumerate(planes, start=1):
        below = images[-1].detach() if low is None else low[k - 1]
        noise_plane = plane.reshape(-1, 1, sizes[k], sizes[k])
        h = blocks[k](join(bilinear_upsample(below), noise_plane))  # (B, channels[k], r_k, r_k)
        images.append(image(k, h, below))
    return images
