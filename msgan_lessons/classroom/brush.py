"""Painting with the pointer on arrays of several resolutions (lesson 02_scales)."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["Paint", "covered"]


class Paint:
    """What was painted on the scales of a pyramid, stroke by stroke.

    A stroke adds its strength once, however often it passes; the next stroke adds again.

    Parameters
    ----------
    sizes : sequence of int
        Resolutions of the scales.

    Examples
    --------
    >>> paint = Paint([4, 8])
    >>> paint.stroke(0, (0.1, 0.9), number=1, radius=0, strength=0.5)
    >>> paint.layers[0][0, 0]
    tensor([0.0000, 0.0000, 0.0000, 0.5000])
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = list(sizes)
        self.clear()

    def clear(self) -> None:
        """Take all paint away."""
        self.layers = [torch.zeros(1, r, r) for r in self.sizes]
        self._scale, self._number = -1, None

    def stroke(
        self, scale: int, place: tuple[float, float], *, number: int, radius: float, strength: float
    ) -> None:
        """Go on with a stroke, or begin one where its number or the scale is new.

        Parameters
        ----------
        scale : int
            Index of the scale, coarse to fine.
        place : tuple of float
            (down, across), each in [0, 1] from the top left; what lies outside is moved in.
        number : int
            Of the stroke: points of one are joined by a line.
        radius : float
            Pixels of that scale, at least 0; one pixel is always covered.
        strength : float
            Added where the stroke passes.
        """
        here = torch.tensor(place).clamp(0, 1) * self.sizes[scale]
        if (scale, number) != (self._scale, self._number):
            self._scale, self._number, self._last = scale, number, here
            self._below, self._mask = self.layers[scale], torch.zeros_like(self.layers[scale])
        passed = covered(self._last, here, self.sizes[scale], radius)
        self._mask, self._last = torch.maximum(self._mask, passed), here
        self.layers[scale] = self._below + strength * self._mask


def covered(start: Tensor, end: Tensor, resolution: int, radius: float) -> Tensor:
    """Mark the pixels that a round brush covers on a straight way.

    Parameters
    ----------
    start, end : Tensor
        Shape (2,), row and column in pixels from the top left corner.
    resolution : int
        Pixels a side.
    radius : float
        Pixels whose centres lie no further from that of a pixel on the way are covered.

    Returns
    -------
    Tensor
        Shape (1, resolution, resolution), 1 where it is covered, else 0.

    Examples
    --------
    >>> covered(torch.tensor([0.5, 0.5]), torch.tensor([0.5, 2.5]), 4, 0)[0, 0]
    tensor([1., 1., 1., 0.])
    """
    steps = int((end - start).norm() * 2) + 1
    way = start + (end - start) * torch.linspace(0, 1, steps + 1)[:, None]  # (steps + 1, 2)
    way = way.floor().clamp(0, resolution - 1)
    pixels = torch.arange(resolution)
    rows = (pixels - way[:, :1])[:, :, None]  # (steps + 1, r, 1)
    columns = (pixels - way[:, 1:])[:, None]
    return (rows.square() + columns.square() <= radius**2).any(0, keepdim=True).float()
