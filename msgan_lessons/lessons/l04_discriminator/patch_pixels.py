"""Patches and logits as pixels: dimmed around, cut out, framed, coloured (lesson 04)."""

import torch
from matplotlib.colors import to_rgb
from torch import Tensor

from msgan_lessons.base.pictures import COLOURS

__all__ = ["cut_out", "framed", "patch_seen", "shaded"]

LINE = 3  # pixels of a frame


def patch_seen(image: Tensor, top: int, left: int, side: int) -> Tensor:
    """Dim an image outside a square.

    Parameters
    ----------
    image : Tensor
        Shape (C, H, W), values in [-1, 1].
    top, left, side : int
        The square in pixels; it may reach over the border.

    Returns
    -------
    Tensor
        Same shape; unchanged inside, one quarter of the brightness above black outside.

    Examples
    --------
    >>> patch_seen(torch.ones(1, 1, 3), 0, 1, 1)
    tensor([[[-0.5000,  1.0000, -0.5000]]])
    """
    inside = torch.zeros(image.shape[-2:], dtype=torch.bool)
    inside[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)] = True
    return torch.where(inside, image, (image + 1) / 4 - 1)


def cut_out(image: Tensor, top: int, left: int, side: int) -> Tensor:
    """Cut a square out of an image; a light checkerboard stands where it leaves the image.

    Parameters
    ----------
    image : Tensor
        Shape (C, H, W), values in [-1, 1], C 1 or 3.
    top, left, side : int
        The square in pixels; it may reach over the border.

    Returns
    -------
    Tensor
        Shape (3, side, side).

    Examples
    --------
    >>> cut_out(torch.zeros(1, 2, 2), 0, -1, 2)[0]
    tensor([[0.6000, 0.0000],
            [0.9000, 0.0000]])
    """
    rows, columns = torch.arange(top, top + side), torch.arange(left, left + side)
    height, width = image.shape[-2:]
    inside = ((rows >= 0) & (rows < height))[:, None] & (columns >= 0) & (columns < width)
    checker = 0.6 + 0.3 * ((rows[:, None] + columns) % 2 == 0)
    found = image[:, rows.clamp(0, height - 1)][:, :, columns.clamp(0, width - 1)]
    return torch.where(inside, found, checker).expand(3, -1, -1)


def framed(image: Tensor, top: int, left: int, side: int, colour: str, cell: int) -> Tensor:
    """Enlarge an image and draw a frame into it, along the inside of a square.

    Parameters
    ----------
    image : Tensor
        Shape (C, r, r), values in [-1, 1], C 1 or 3.
    top, left, side : int
        The square in pixels of `image`; where it leaves the image, the frame runs along the border.
    colour : str
        Key in `pictures.COLOURS`.
    cell : int
        Pixels a side after enlarging by repetition.

    Returns
    -------
    Tensor
        Shape (3, cell, cell).

    Examples
    --------
    >>> framed(torch.zeros(1, 2, 2), 0, 0, 1, "sixth", 8)[0, 1, :5]
    tensor([-1., -1., -1., -1.,  0.])
    """
    large = image.expand(3, -1, -1).clone() if len(image[0]) == cell else _enlarged(image, cell)
    share = cell / image.shape[-1]
    rows, columns = (
        slice(max(round(start * share), 0), max(min(round((start + side) * share), cell), 0))
        for start in (top, left)
    )
    inside = large[:, rows, columns]  # a view: what is drawn into it is drawn into `large`
    rgb = torch.tensor(to_rgb(COLOURS[colour]))[:, None, None] * 2 - 1
    for edge in (inside[:, :LINE], inside[:, -LINE:], inside[..., :LINE], inside[..., -LINE:]):
        edge.copy_(rgb.expand_as(edge))
    return large


def shaded(logits: Tensor) -> Tensor:
    r"""Colour logits: blue where D says 'real', orange where it says 'fake', white in between.

    Parameters
    ----------
    logits : Tensor
        Shape (h, w).

    Returns
    -------
    Tensor
        Shape (3, h, w), in [-1, 1].

    Examples
    --------
    >>> shaded(torch.zeros(1, 1)).flatten()
    tensor([1., 1., 1.])
    """
    certain = 2 * logits.sigmoid() - 1  # -1: fake, 1: real
    ends = [torch.tensor(to_rgb(COLOURS[k]))[:, None, None] for k in ("fake", "real")]
    return 1 - 2 * certain.abs() * (1 - torch.where(certain < 0, *ends))


def _enlarged(image: Tensor, cell: int) -> Tensor:
    """Repeat pixels: (C, r, r) to (3, cell, cell)."""
    nearest = torch.arange(cell) * image.shape[-1] // cell
    return image[:, nearest].index_select(2, nearest).repeat(3 // len(image), 1, 1)
