"""Pictures of pyramids, bands and what can be guessed of them (lesson 02_scales)."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from msgan_lessons.base.plots import tile

__all__ = ["sheet", "show_sheet", "CELL"]

CELL = 96  # screen pixels of one image, whatever its resolution


def sheet(rows: Sequence[Sequence[Tensor]], cell: int = CELL, gap: int = 6) -> np.ndarray:
    """Set rows of images of any resolution on one sheet, each enlarged to the same size.

    Parameters
    ----------
    rows : sequence of sequence of Tensor
        Rows of equal length; each image (C, h, h) in [-1, 1], C 1 or 3 and h at most 256. Values
        outside are shown as black or white.
    cell : int
        Pixels a side of every image on the sheet.
    gap : int
        White pixels between them.

    Returns
    -------
    ndarray
        uint8, shape (height, width, 3).

    Raises
    ------
    ValueError
        If there are no images, or the rows differ in length.

    Examples
    --------
    >>> import torch
    >>> sheet([[torch.zeros(1, 4, 4), torch.zeros(1, 8, 8)]], cell=16, gap=2).shape
    (16, 34, 3)
    """
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"rows must hold equally many images, got {[len(r) for r in rows]}.")
    step = cell + gap
    canvas = np.full((len(rows) * step - gap, lengths.pop() * step - gap, 3), 255, np.uint8)
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            pixels = tile(image[None], 1)  # (h, h, 3)
            nearest = np.arange(cell) * len(pixels) // cell
            top, left = i * step, j * step
            canvas[top : top + cell, left : left + cell] = pixels[nearest][:, nearest]
    return canvas


def show_sheet(axis, canvas: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a sheet into an axes, with names at its left side and on top.

    Parameters
    ----------
    axis : Axes
        Drawn into.
    canvas : ndarray
        As `sheet` returns it.
    rows, columns : sequence of str
        Names; none are drawn where it is empty.
    """
    axis.imshow(canvas, interpolation="nearest")
    axis.set_anchor("E")  # spare room goes to the names
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0, labelsize=9, top=False, labeltop=True, labelbottom=False)
    for set_ticks, names, length in (
        (axis.set_xticks, columns, canvas.shape[1]),
        (axis.set_yticks, rows, canvas.shape[0]),
    ):
        set_ticks([(i + 0.5) * length / len(names) for i in range(len(names))], names)
