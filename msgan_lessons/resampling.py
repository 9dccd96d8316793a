"""Halving and doubling a resolution: the arrows between two scales (lesson 02_scales)."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = [
    "bilinear_upsample",
    "binomial_downsample",
    "binomial_upsample",
    "box_downsample",
    "nearest_upsample",
]


def box_downsample(images: Tensor) -> Tensor:
    """Halve the resolution: each new pixel is the mean of a 2x2 square.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W even.

    Returns
    -------
    Tensor
        Shape (B, C, H/2, W/2), same range; the mean of the image is kept exactly.

    References
    ----------
    The pooling of MSG-GAN (Karnewar and Wang 2020, section 2.1).

    Examples
    --------
    >>> box_downsample(torch.arange(4.0).reshape(1, 1, 2, 2))
    tensor([[[[1.5000]]]])
    """
    return F.avg_pool2d(images, 2)


def bilinear_upsample(images: Tensor) -> Tensor:
    """Double the resolution by linear interpolation between pixel centres.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W), within the range of the input.

    Examples
    --------
    >>> bilinear_upsample(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0]
    tensor([0., 1., 3., 4.])
    """
    return F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


def nearest_upsample(images: Tensor) -> Tensor:
    """Double the resolution: each pixel becomes a 2x2 square.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W); `box_downsample` gives the input back.

    References
    ----------
    ProGAN (Karras et al. 2018), figure 2: how a new scale is faded in.

    Examples
    --------
    >>> nearest_upsample(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0]
    tensor([0., 0., 4., 4.])
    """
    return F.interpolate(images, scale_factor=2, mode="nearest")


def binomial_downsample(images: Tensor) -> Tensor:
    """Burt and Adelson's REDUCE: blur with (1 4 6 4 1)/16, keep every second pixel.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W even and at least 4; borders are mirrored.

    Returns
    -------
    Tensor
        Shape (B, C, H/2, W/2), within the range of the input.

    References
    ----------
    Burt and Adelson 1983, equation 1 with a = 0.375.

    Examples
    --------
    >>> binomial_downsample(torch.ones(1, 1, 8, 8)).shape
    torch.Size([1, 1, 4, 4])
    """
    return _binomial_blur(images)[..., ::2, ::2]


def binomial_upsample(images: Tensor) -> Tensor:
    """Burt and Adelson's EXPAND: put zeros between the pixels, blur, and multiply by 4.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W at least 2; borders are mirrored.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W), within the range of the input.

    References
    ----------
    Burt and Adelson 1983, equation 2.

    Examples
    --------
    >>> bool(torch.allclose(binomial_upsample(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 8, 8)))
    True
    """
    b, c, h, w = images.shape
    spread = images.new_zeros(b, c, 2 * h, 2 * w)
    spread[..., ::2, ::2] = images
    return 4 * _binomial_blur(spread)


def _binomial_blur(images: Tensor) -> Tensor:
    taps = images.new_tensor([1, 4, 6, 4, 1]) / 16
    c = images.shape[1]
    kernel = torch.outer(taps, taps).expand(c, 1, 5, 5)
    return F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel, groups=c)
