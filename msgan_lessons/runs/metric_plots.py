"""The picture of `msgan evaluate`: samples, their neighbours, figures (lesson 16_evaluation)."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.axes import Axes
from torch import Tensor

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, tile

__all__ = ["band_bars", "evaluation_figure", "figures_table", "neighbour_rows"]

COLUMNS = (0.0, 0.62, 0.8, 1.0)  # places of the table's columns, as shares of its width
HEADINGS = ("", "G", "real*", "better")


def evaluation_figure(
    scores: Mapping,
    floor: Mapping,
    samples: Tensor,
    neighbours: Tensor,
    rows: Sequence[Sequence[str]],
) -> Picture:
    """Show samples above their nearest training images, distances by band, and a table.

    Parameters
    ----------
    scores, floor : mapping
        As `metrics.score_images` and `metrics.score_floor` return them.
    samples, neighbours : Tensor
        Shape (n, C, R, R), in [-1, 1]: images of G, and for each its nearest training image.
    rows : sequence of sequence of str
        The table: name, figure of G, figure of real against real, which way is better.

    Returns
    -------
    Picture
        Its alt text holds the figures.

    Raises
    ------
    ValueError
        If `samples` and `neighbours` differ in shape or there are none.
    """
    if not len(samples) or samples.shape != neighbours.shape:
        raise ValueError(
            "samples and neighbours must be images of the same shape, "
            f"got {tuple(samples.shape)} and {tuple(neighbours.shape)}."
        )
    n = len(samples)
    top = 2 * 8.2 / n + 0.1
    figure, axes = new_figure(9.0, top + 3.0, nrows=2, ncols=2, height_ratios=(top, 3.0),
                              width_ratios=(1, 1.3))  # fmt: skip
    for axis in axes[0]:
        axis.remove()
    neighbour_rows(figure.add_subplot(axes[0, 0].get_gridspec()[0, :]), samples, neighbours)
    band_bars(axes[1, 0], scores["swd"], floor["mean"]["swd"], floor["std"]["swd"])
    figures_table(axes[1, 1], rows, floor["count"])
    numbers = "; ".join(f"{name} {fake} (real {real})" for name, fake, real, _ in rows)
    alt = (
        f"{n} generated images, each above its nearest training image; bars of the distance in "
        f"{len(scores['swd'])} Laplacian bands beside those of real images; a table: {numbers}."
    )
    caption = (
        "Is a sample the copy of its neighbour? In which band do real and generated images "
        "differ, and by how much more than real images do among themselves?"
    )
    return Picture(figure, alt, caption)


def neighbour_rows(axis: Axes, samples: Tensor, neighbours: Tensor) -> None:
    """Draw a row of samples above a row of their nearest training images.

    Parameters
    ----------
    axis : Axes
        Where to.
    samples, neighbours : Tensor
        Shape (n, C, R, R), in [-1, 1].
    """
    side, gap = samples.shape[-1], max(1, samples.shape[-1] // 16)
    canvas = tile(torch.cat([samples, neighbours]), len(samples), gap)
    axis.imshow(canvas, interpolation="nearest")
    axis.set_yticks([side / 2, side * 1.5 + gap], ["G", "nearest\nin training"], fontsize=9)
    axis.tick_params(length=0)
    axis.set_xticks([])
    axis.spines[:].set_visible(False)


def band_bars(axis: Axes, fake: Mapping, real: Mapping, spread: Mapping) -> None:
    """Draw the sliced Wasserstein distance of each Laplacian band beside its noise floor.

    Parameters
    ----------
    axis : Axes
        Where to.
    fake, real, spread : mapping
        Resolution of the band to the distance of G's images, to the mean distance of real from
        real images, and to that mean's standard deviation.
    """
    places = torch.arange(len(fake)).tolist()
    width = 0.38
    for shift, heights, colour, label, error in (
        (-width / 2, fake, "fake", "G from real", None),
        (width / 2, real, "real", "real from real", list(spread.values())),
    ):
        axis.bar(
            [p + shift for p in places], list(heights.values()), width, yerr=error, capsize=3,
            color=COLOURS[colour], label=label,
        )  # fmt: skip
    axis.set_xticks(places, [f"{side}x{side}" for side in fake])
    axis.set(xlabel="Laplacian band, coarse to fine", ylabel="sliced Wasserstein distance")
    axis.legend(fontsize=8, frameon=False)


def figures_table(axis: Axes, rows: Sequence[Sequence[str]], count: int) -> None:
    """Write the table of figures.

    Parameters
    ----------
    axis : Axes
        Where to; its frame is taken away.
    rows : sequence of sequence of str
        Name, figure of G, figure of real against real, which way is better.
    count : int
        Images a side in real against real.
    """
    axis.set_axis_off()
    lines = [HEADINGS, *rows]
    step = 0.92 / len(lines)
    for i, line in enumerate(lines):
        height = 1 - i * step
        for column, (left, text) in enumerate(zip(COLUMNS, line, strict=True)):
            axis.text(
                left, height, text, transform=axis.transAxes, fontsize=9, va="top",
                ha="left" if column == 0 else "right" if column == 3 else "center",
                weight="bold" if i == 0 else "normal",
            )  # fmt: skip
    note = f"* real images against other real images, {count:,} a side"
    axis.text(0, 0, note, transform=axis.transAxes, fontsize=8, va="bottom")
