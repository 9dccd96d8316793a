"""Pictures of pyramids, bands and what can be guessed of them (lesson 02_scales)."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from msgan_lessons.base.pictures import CELL, COLOURS, Picture, new_figure, sheet, show_sheet
from msgan_lessons.losses import pixel_mse
from msgan_lessons.pyramid import image_pyramid, reconstruct


def pyramid_rows(image: Tensor, bands: Sequence[Tensor], left_out: str = "nothing") -> Picture:
    """Show the scales of an image (C, R, R) in [-1, 1], some bands (C, r, r), what they rebuild."""
    bands = [b[None] for b in bands]
    scales = [x[0] for x in image_pyramid(image[None], len(bands))]
    rebuilt = [reconstruct(bands[: k + 1])[0] for k in range(len(bands))]
    sizes = [f"{x.shape[-1]}x{x.shape[-1]}" for x in scales]
    error = float(pixel_mse(rebuilt[-1][None], image[None]))
    canvas = sheet([scales, [b[0] for b in bands], rebuilt])
    figure, axis = new_figure(canvas.shape[1] / 80 + 1.4, canvas.shape[0] / 80 + 0.6)
    names = ["scales x", f"bands b\nleft out: {left_out}", "rebuilt\nfrom the bands"]
    show_sheet(axis, canvas, names, sizes)
    axis.set_xlabel(f"mean squared error of the rebuilt {sizes[-1]} image: {error:.4f}", fontsize=9)
    alt = (
        f"Three rows of {len(bands)} images from {sizes[0]} to {sizes[-1]}: the scales of one "
        f"image, its Laplacian bands, and the image rebuilt; band left out: {left_out}. "
        f"The rebuilt image differs from the original by a mean squared error of {error:.4f}."
    )
    caption = "In the row of bands, mid-grey is 0. From which column on does the last row differ?"
    return Picture(figure, alt, caption)


def guessed_bands(
    columns: Mapping[str, Tensor],
    sizes: Sequence[int],
    bilinear: Sequence[float],
    learned: Sequence[float],
) -> Picture:
    """Show examples of a guessed scale, and the energy that two guesses leave at each scale.

    Parameters
    ----------
    columns : mapping
        Name of a column to its images (N, C, h, h), values in [-1, 1].
    sizes : sequence of int
        Resolutions of the scales that were guessed, coarse to fine.
    bilinear, learned : sequence of float
        Mean squared value of what each guess leaves, one a scale.

    Raises
    ------
    ValueError
        If the energies do not fit the scales.
    """
    if not len(sizes) == len(bilinear) == len(learned) > 0:
        raise ValueError(
            f"there must be one energy a scale for {list(sizes)}, "
            f"got {len(bilinear)} and {len(learned)}."
        )
    figure, (left, right) = new_figure(10.5, 3.8, ncols=2, width_ratios=[1.5, 1])
    canvas = sheet(list(zip(*columns.values(), strict=True)))
    show_sheet(left, canvas, [], list(columns))
    left.set_anchor("W")
    places = np.arange(len(sizes))
    for shift, heights, colour, label in (
        (-0.2, bilinear, "third", "after bilinear upsampling"),
        (0.2, learned, "optimum", "after the learned guess"),
    ):
        bars = right.bar(places + shift, heights, 0.38, color=COLOURS[colour], label=label)
        right.bar_label(bars, fmt="%.3f", fontsize=8)
    right.set_xticks(places, [f"{s}x{s}" for s in sizes])
    right.set(xlabel="scale that is guessed from the next coarser one")
    right.set(ylabel="energy that remains", ylim=(0, 1.3 * max(*bilinear, *learned, 1e-6)))
    right.legend(fontsize=8, frameon=False, loc="upper right")
    listed = "; ".join(
        f"{s}x{s}: {b:.3f} and {g:.3f}" for s, b, g in zip(sizes, bilinear, learned, strict=True)
    )
    alt = (
        f"Left: {len(canvas) // CELL} examples with the columns {', '.join(columns)}. Right: mean "
        f"squared value of what remains after bilinear upsampling and after learning: {listed}."
    )
    caption = "In the last column, mid-grey is 0. Where does the learned guess still fail?"
    return Picture(figure, alt, caption)
