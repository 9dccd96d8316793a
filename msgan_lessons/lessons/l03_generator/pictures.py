"""Pictures of transposed convolutions and of what G draws at each scale (lesson 03_generator)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, sheet, sheet_figure


def writes(kernel: int, stride: int, padding: int, size: int = 6) -> Tensor:
    """Count how often a transposed convolution writes to each pixel of its output: (n, n)."""
    if kernel < 1 or stride < 1 or size < 1 or padding < 0:
        raise ValueError(
            "kernel, stride and size must be at least 1 and padding at least 0, "
            f"got {kernel}, {stride}, {size} and {padding}."
        )
    n = (size - 1) * stride - 2 * padding + kernel
    if n < 1:
        raise ValueError(f"padding must leave at least one pixel of the output, got {padding}.")
    ones, weight = torch.ones(1, 1, size, size), torch.ones(1, 1, kernel, kernel)
    full = F.conv_transpose2d(ones, weight, stride=stride)[0, 0]
    return full[padding : padding + n, padding : padding + n].round().long()


def transposed_writes(kernel: int, stride: int, padding: int = 0) -> Picture:
    """Show how often each output pixel of a transposed convolution is written.

    Parameters
    ----------
    kernel, stride, padding : int
        Of a 6x6 input: kernel and stride at least 1, padding (cut off at each side) at least 0, and
        small enough to leave an output; else a ValueError.
    """
    counts = writes(kernel, stride, padding)
    n, half = len(counts), len(counts) // 2
    middle = half + int(counts[half : half + stride].sum(1).argmax())  # not a row without writes
    figure, (left, right) = new_figure(7.5, 3.2, ncols=2, width_ratios=[1, 1.4])
    left.imshow(counts, cmap="cividis", vmin=0, vmax=int(counts.max()))
    left.axhline(middle, color="white", linewidth=1, linestyle=":")
    left.set(xticks=[], yticks=[], xlabel=f"output, {n}x{n} pixels")
    right.stairs(counts[middle], color=COLOURS["third"], fill=True)  # one patch, quick to draw
    right.set(xlabel="output pixel of the dotted row", ylabel="times written")
    right.set_yticks(range(0, int(counts.max()) + 1, 1 + int(counts.max()) // 6))
    right.set_xticks([0, n], ["0", str(n)])
    right.set_title(f"{n} = (6 - 1) * {stride} - 2 * {padding} + {kernel}", fontsize=10)
    alt = (
        f"A transposed convolution with kernel {kernel}, stride {stride} and padding {padding} "
        f"makes {n}x{n} of 6x6 pixels. Each pixel of the middle row is written "
        f"{', '.join(map(str, counts[middle].tolist()))} times."
    )
    caption = (
        "Brighter: written more often. Away from the border, is every pixel written equally "
        "often, or is there a pattern?"
    )
    return Picture(figure, alt, caption)


def drawn_scales(targets: Sequence[Tensor], drawn: Sequence[Tensor], count: int = 8) -> Picture:
    """Show targets and drawn images in pairs of rows, one pair a scale.

    Parameters
    ----------
    targets, drawn : sequence of Tensor
        One (B, C, r, r) a scale, coarse to fine, values in [-1, 1].
    count : int
        Images a row, at most B.

    Raises
    ------
    ValueError
        If the scales differ.
    """
    if [t.shape for t in targets] != [d.shape for d in drawn] or not targets:
        raise ValueError(
            "targets and drawn must have the same scales, "
            f"got {[tuple(t.shape) for t in targets]} and {[tuple(d.shape) for d in drawn]}."
        )
    rows = {}
    for target, image in zip(targets, drawn, strict=True):
        size = f"{target.shape[-1]}x{target.shape[-1]}"
        rows[f"target {size}"], rows[f"drawn {size}"] = target[:count], image[:count]
    alt = (
        f"For each scale a row of {min(count, len(targets[0]))} targets, and below it what G draws "
        f"from their codes; scales {', '.join(name[7:] for name in list(rows)[::2])}."
    )
    caption = "Compare each pair of rows. At which scale do target and drawing differ most?"
    return _rows(rows, alt, caption, cell=48)


def new_codes(rows: Mapping[str, Tensor]) -> Picture:
    """Show what G draws for codes that it was not fitted to.

    Parameters
    ----------
    rows : mapping
        Name to images (N, C, R, R) in [-1, 1]; at least one row, equally many in each.
    """
    alt = f"Rows of images drawn by G: {'; '.join(rows)}."
    caption = "Which of these would you take for a garment, and which row has more of them?"
    return _rows(rows, alt, caption)


def latent_rows(rows: Mapping[str, Tensor]) -> Picture:
    """Show what becomes of some latents: one a column, at several scales or with changes."""
    alt = f"Rows of images that G draws, each column from one latent: {'; '.join(rows)}."
    caption = "Follow one column down. What does each scale add, and what do the last rows lose?"
    return _rows(rows, alt, caption)


def _rows(rows: Mapping[str, Tensor], alt: str, caption: str, cell: int = 64) -> Picture:
    canvas = sheet(list(rows.values()), cell=cell, gap=4)
    return Picture(sheet_figure(canvas, rows)[0], alt, caption)
