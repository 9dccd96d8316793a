"""The baseline without a network: one curve a channel, for all images (lesson 10)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from msgan_lessons.datasets.images import ImageData

__all__ = ["colour_curves", "colour_matched", "with_curves"]

LEVELS = 256


def colour_curves(source: ImageData, target: ImageData) -> Tensor:
    r"""For each channel, the increasing curve that gives one data set the levels of another.

    .. math:: T(v) = F_{target}^{-1}\big(\tfrac12 (F_{source}(v^-) + F_{source}(v))\big)

    F is the share of all pixels of a data set with a level of at most v; the middle of the step
    at v is taken, so that the white background stays white.

    Parameters
    ----------
    source, target : ImageData
        With as many channels; they need not show the same things.

    Returns
    -------
    Tensor
        Shape (C, 256), levels from 0 to 255.

    Raises
    ------
    ValueError
        If the channels differ.

    References
    ----------
    Histogram matching (Gonzalez and Woods, section 3.3), over data sets and not image by image.
    Reinhard et al. 2001 match mean and deviation; that would grey the white background.

    Examples
    --------
    >>> data = ImageData("steps", torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16))
    >>> bool((colour_curves(data, data) == torch.arange(256)).all())
    True
    """
    if source.img_channels != target.img_channels:
        raise ValueError(
            "source and target must have as many channels, "
            f"got {source.img_channels} and {target.img_channels}."
        )
    curves = []
    for c in range(source.img_channels):
        below, reached = _shares(source.pixels[:, c]), _shares(target.pixels[:, c])
        middle = (below + torch.cat([below.new_zeros(1), below[:-1]])) / 2
        curves.append(torch.searchsorted(reached, middle).clamp(max=LEVELS - 1))
    return torch.stack(curves).float()


def with_curves(images: Tensor, curves: Tensor) -> Tensor:
    """Apply one curve a channel.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), in [-1, 1].
    curves : Tensor
        As `colour_curves` returns them.

    Returns
    -------
    Tensor
        The same shape, in [-1, 1].
    """
    levels = ((images + 1) * 127.5).round().clamp(0, LEVELS - 1).long()
    changed = [curve[levels[:, c]] for c, curve in enumerate(curves.to(images.device))]
    return torch.stack(changed, 1) / 127.5 - 1


def colour_matched(first: ImageData, second: ImageData, images: Sequence[Tensor]) -> list[Tensor]:
    """Give images of two styles each other's colours, by the curves between two data sets.

    Parameters
    ----------
    first, second : ImageData
        Training sets of the two styles.
    images : sequence of Tensor
        [x, y]: images (N, C, H, W) of the first and of the second style, in [-1, 1].

    Returns
    -------
    list of Tensor
        [x with the colours of the second style, y with those of the first].

    Raises
    ------
    ValueError
        If the channels differ.
    """
    curves = (colour_curves(first, second), colour_curves(second, first))
    return [with_curves(x, curve) for x, curve in zip(images, curves, strict=True)]


def _shares(pixels: Tensor) -> Tensor:
    """Share of pixels with at most each level, float64 (256,)."""
    counts = torch.bincount(pixels.flatten().long(), minlength=LEVELS).double()
    return counts.cumsum(0) / counts.sum()
