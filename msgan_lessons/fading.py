"""Progressive growth: which scales play, and how far the newest is faded in (lesson 08)."""

from torch import Tensor

from msgan_lessons.resampling import box_downsample, nearest_upsample

__all__ = ["fade", "grown_images"]


def fade(fine: Tensor, coarse: Tensor, alpha: float) -> Tensor:
    r"""Blend a new scale with what the scale before knew.

    .. math:: \alpha\, x_k + (1 - \alpha)\, up(x_{k-1})

    Parameters
    ----------
    fine : Tensor
        Shape (B, C, 2H, 2W).
    coarse : Tensor
        Shape (B, C, H, W).
    alpha : float
        In [0, 1]; 0 is the coarse image, enlarged.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W).

    References
    ----------
    ProGAN (Karras et al. 2018), figure 2.

    Examples
    --------
    >>> import torch
    >>> fade(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 1), 0.25).mean().item()
    0.25
    """
    return alpha * fine + (1 - alpha) * nearest_upsample(coarse)


def grown_images(images: Tensor, resolution: int, alpha: float) -> Tensor:
    """Show D the real images as a growing G shows its own: at its resolution, faded as far.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, R, R).
    resolution : int
        At most R, reached by halving.
    alpha : float
        In [0, 1].

    Returns
    -------
    Tensor
        Shape (B, C, resolution, resolution).

    References
    ----------
    ProGAN (Karras et al. 2018), appendix A fades the real images like the generated ones.
    """
    while images.shape[-1] > resolution:
        images = box_downsample(images)
    return images if alpha == 1 else fade(images, box_downsample(images), alpha)
