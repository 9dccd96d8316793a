"""Do the scales of a generated image show the same picture (lesson 16_evaluation)."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor

from msgan_lessons.metrics.checks import check_images
from msgan_lessons.pyramid import box_downsample

__all__ = ["scale_consistency"]


def scale_consistency(scales: Sequence[Tensor]) -> dict[int, float]:
    r"""How far each scale is from the next finer one, halved: root mean square.

    .. math:: \sqrt{E\,[(down(x_{k+1}) - x_k)^2]}

    Parameters
    ----------
    scales : sequence of Tensor
        At least two, coarse to fine, each (N, C, R, R) with R twice the one before, in [-1, 1].

    Returns
    -------
    dict
        {resolution of x_k: value}, coarse to fine, one fewer than scales; values from 0 (the
        coarse picture is the fine one, averaged over 2x2 squares) to 2, in units of [-1, 1].

    Raises
    ------
    TypeError
        If a scale is not a tensor of floats.
    ValueError
        If there are fewer than two scales, or they do not double.

    References
    ----------
    Ours. MSG-GAN (Karnewar and Wang 2020) shows such scales side by side without a number.

    Examples
    --------
    >>> import torch
    >>> scale_consistency([torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 8, 8)])
    {4: 1.0}
    """
    scales = [check_images(images, "scales") for images in scales]
    if len(scales) < 2:
        raise ValueError(f"scales must hold at least two tensors, got {len(scales)}.")
    found = {}
    for coarse, fine in pairwise(scales):
        n, c, h, w = coarse.shape
        if fine.shape != (n, c, 2 * h, 2 * w):
            raise ValueError(
                f"scales must double in size, got {tuple(coarse.shape)} before {tuple(fine.shape)}."
            )
        difference = box_downsample(fine.double()) - coarse.double()
        found[w] = difference.square().mean().sqrt().item()
    return found
