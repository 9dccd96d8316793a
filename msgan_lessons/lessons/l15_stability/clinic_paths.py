"""The way of G's images to D, right and with a wrong line (lesson 15_stability)."""

from collections.abc import Callable

from torch import Tensor, nn

from msgan_lessons.pyramid import image_pyramid

__all__ = ["Way", "as_drawn", "cut_off", "halved", "pooled", "subsampled"]

Scales = list[Tensor]
CUT = 8  # pixels a side of the scale that `cut_off` cuts off


class Way(nn.Module):
    """G, and what happens to its images on the way to D.

    Parameters
    ----------
    generator : nn.Module
        A `MultiScaleGenerator`.
    path : callable
        Scales to scales: `as_drawn`, `pooled`, or one with a fault.

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> G = MultiScaleGenerator(resolution=8, channels=(4, 2), emit="all")
    >>> [x.shape[-1] for x in Way(G, as_drawn)(torch.zeros(2, 64))]
    [4, 8]
    """

    def __init__(self, generator: nn.Module, path: Callable[[Scales], Scales]) -> None:
        super().__init__()
        self.generator, self.path = generator, path
        self.sizes, self.latent_dim = generator.sizes, generator.latent_dim
        self.blocks = generator.blocks

    def forward(self, z: Tensor) -> Scales:
        """Turn latents (B, latent_dim) into what D is shown, coarse to fine."""
        return self.path(self.generator(z))


def as_drawn(scales: Scales) -> Scales:
    """Show D what G drew (right, for a G that draws every scale).

    Parameters
    ----------
    scales : list of Tensor
        What G returned, coarse to fine.

    Returns
    -------
    list of Tensor
        What D is shown, coarse to fine.
    """
    return list(scales)


def pooled(scales: Scales) -> Scales:
    """Show D the finest image at three scales, averaged as the real ones are (right).

    Parameters
    ----------
    scales : list of Tensor
        As for `as_drawn`.

    Returns
    -------
    list of Tensor
        What D is shown, coarse to fine.
    """
    return image_pyramid(scales[-1], 3)


def subsampled(scales: Scales) -> Scales:
    """Show D the finest image at three scales, taking every second pixel (wrong).

    Parameters
    ----------
    scales : list of Tensor
        As for `as_drawn`.

    Returns
    -------
    list of Tensor
        What D is shown, coarse to fine.
    """
    return image_pyramid(scales[-1], 3, down=lambda x: x[..., ::2, ::2])


def halved(scales: Scales) -> Scales:
    """Show D images in [0, 1], while the real ones lie in [-1, 1] (wrong).

    Parameters
    ----------
    scales : list of Tensor
        As for `as_drawn`.

    Returns
    -------
    list of Tensor
        What D is shown, coarse to fine.
    """
    return [(x + 1) / 2 for x in scales]


def cut_off(scales: Scales) -> Scales:
    """Detach the 8x8 image from G (wrong).

    Parameters
    ----------
    scales : list of Tensor
        As for `as_drawn`.

    Returns
    -------
    list of Tensor
        What D is shown, coarse to fine.
    """
    return [x.detach() if x.shape[-1] == CUT else x for x in scales]
