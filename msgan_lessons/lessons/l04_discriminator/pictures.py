"""What D sees and what it notices: patches, logits, accuracies by scale (lesson 04)."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    image_rows,
    new_figure,
    sheet,
    sheet_figure,
    tile,
)


def receptive_field(module: nn.Module) -> tuple[int, int]:
    r"""Side of the image patch that one output of a stack of convolutions depends on.

    .. math:: r \leftarrow r + (k - 1)\,s, \qquad s \leftarrow s \cdot stride

    Returns r and s, the pixels between the patches of neighbouring outputs. The recursion is
    elementary; Isola et al. 2017 reach 70 pixels with it. A test holds the gradient to it.

    Parameters
    ----------
    module : nn.Module
        Its `Conv2d` layers are taken in order, as one chain without dilation.

    Examples
    --------
    >>> from msgan_lessons.discriminator import PatchDiscriminator
    >>> receptive_field(PatchDiscriminator(channels=(16, 32)))
    (18, 4)
    """
    size, step = 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            size += (layer.kernel_size[0] - 1) * step
            step *= layer.stride[0]
    return size, step


def patch_of(module: nn.Module, row: int, column: int) -> tuple[int, int, int]:
    """Where in the image the patch of one output lies: (top, left, side), as `receptive_field`."""
    start, step, side = 0, 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            side += (layer.kernel_size[0] - 1) * step
            start -= layer.padding[0] * step
            step *= layer.stride[0]
    return start + row * step, start + column * step, side


def logit_at(judge: nn.Module, resolution: int, across: float, down: float) -> tuple[int, int, int]:
    """Say which logit of a patch D lies under a place: (row, column, logits a side)."""
    step = receptive_field(judge)[1]
    if resolution % step:
        raise ValueError(
            f"resolution must be divisible by the strides' product {step}, got {resolution}."
        )
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise ValueError(f"across and down must be from 0 to 1, got {across} and {down}.")
    n = resolution // step
    return min(int(down * n), n - 1), min(int(across * n), n - 1), n


LINE = 3  # pixels of a frame


def dim_outside(image: Tensor, top: int, left: int, side: int) -> Tensor:
    """Dim an image (C, H, W) in [-1, 1] outside a square."""
    inside = torch.zeros(image.shape[-2:], dtype=torch.bool)
    inside[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)] = True
    return torch.where(inside, image, (image + 1) / 4 - 1)


def crop_patch(image: Tensor, top: int, left: int, side: int) -> Tensor:
    """Cut a square out of an image: (3, side, side), a checkerboard where it leaves the image."""
    rows, columns = torch.arange(top, top + side), torch.arange(left, left + side)
    height, width = image.shape[-2:]
    inside = ((rows >= 0) & (rows < height))[:, None] & (columns >= 0) & (columns < width)
    checker = 0.6 + 0.3 * ((rows[:, None] + columns) % 2 == 0)
    found = image[:, rows.clamp(0, height - 1)][:, :, columns.clamp(0, width - 1)]
    return torch.where(inside, found, checker).expand(3, -1, -1)


def framed(image: Tensor, top: int, left: int, side: int, colour: str, cell: int) -> Tensor:
    """Enlarge (C, r, r) to (3, cell, cell), and frame the inside of a square of its pixels."""
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


def colour_logits(logits: Tensor) -> Tensor:
    """Colour logits (h, w) as (3, h, w): blue is 'real', orange 'fake', white in between."""
    certain = 2 * logits.sigmoid() - 1  # -1: fake, 1: real
    ends = [torch.tensor(to_rgb(COLOURS[k]))[:, None, None] for k in ("fake", "real")]
    return 1 - 2 * certain.abs() * (1 - torch.where(certain < 0, *ends))


def _enlarged(image: Tensor, cell: int) -> Tensor:
    """Repeat pixels: (C, r, r) to (3, cell, cell)."""
    nearest = torch.arange(cell) * image.shape[-1] // cell
    return image[:, nearest].index_select(2, nearest).repeat(3 // len(image), 1, 1)


def patches_under(
    scales: Sequence[Tensor], judge: nn.Module, across: float, down: float
) -> Picture:
    """Show which part of each scale (C, r, r) one logit of a patch D sees, below one place."""
    figure, axes = new_figure(2.2 * len(scales), 2.6, ncols=len(scales), squeeze=False)
    told = []
    for axis, image in zip(axes[0], scales, strict=True):
        r = image.shape[-1]
        row, column, n = logit_at(judge, r, across, down)
        top, left, side = patch_of(judge, row, column)
        axis.imshow(tile(dim_outside(image, top, left, side)[None], 1), interpolation="nearest")
        frame = Rectangle(
            (left - 0.5, top - 0.5), side, side, fill=False, edgecolor=COLOURS["fourth"],
            linewidth=2, clip_on=True,
        )  # fmt: skip
        axis.add_patch(frame)
        axis.set_axis_off()
        axis.set_title(f"{r}x{r} scale\n{side}x{side} pixels seen", fontsize=10)
        told.append(f"{r}x{r}: logit ({row}, {column}) of {n}x{n}, {side}x{side} pixels")
    alt = (
        "One image at several scales, each dimmed outside the patch that one logit of its D sees. "
        f"{'; '.join(told)}."
    )
    caption = "Bright and framed: what one logit sees. A frame that leaves the image sees padding."
    return Picture(figure, alt, caption)


def logit_maps(
    images: Mapping[str, Tensor], logits: Mapping[str, Sequence[Tensor]], sizes: Sequence[int]
) -> Picture:
    """Show some images, and beside each what the patch D of every scale says of every patch."""
    for kind in images:
        if len(logits.get(kind, ())) != len(sizes):
            got = len(logits.get(kind, ()))
            raise ValueError(f"logits must hold {len(sizes)} maps for {kind!r}, got {got}.")
    canvas = sheet([[x, *map(colour_logits, logits[kind])] for kind, x in images.items()])
    names = ["image", *(f"D at {r}x{r}" for r in sizes)]
    figure, _ = sheet_figure(canvas, images, names, left=0.8, above=0.3)
    told = [
        f"{kind}: " + ", ".join(f"{r}x{r} {m.mean():.2f}" for r, m in zip(sizes, maps, strict=True))
        for kind, maps in logits.items()
    ]
    alt = f"Images and their maps of logits, one a scale. Mean logits: {'; '.join(told)}."
    caption = "Blue: D says real, orange: fake, white: undecided. Which D answers, and where?"
    return Picture(figure, alt, caption)


def accuracy_bars(accuracies: Mapping[str, Sequence[float]], resolutions: Sequence[int]) -> Picture:
    """Show, for each damage, how well the D of each scale notices it.

    Parameters
    ----------
    accuracies : mapping
        Name of the damage to one accuracy a scale, coarse to fine, each in [0, 1].
    resolutions : sequence of int
        Pixels a side of the scales, coarse to fine.

    Raises
    ------
    ValueError
        If a damage does not have one accuracy a scale.
    """
    for damage, values in accuracies.items():
        if len(values) != len(resolutions):
            raise ValueError(
                f"accuracies must hold {len(resolutions)} numbers for each damage, "
                f"got {len(values)} for {damage!r}."
            )
    names = [f"{r}x{r}" for r in resolutions]
    figure, axes = new_figure(7.0, 2.8, ncols=len(accuracies), squeeze=False, sharey=True)
    for axis, (damage, values) in zip(axes[0], accuracies.items(), strict=True):
        bars = axis.bar(names, values, width=0.6, color=COLOURS["fake"])
        axis.bar_label(bars, [f"{v:.0%}" for v in values], fontsize=9, padding=2)
        axis.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
        axis.set_title(damage, fontsize=10)
        axis.set(xlabel="the D of this scale", ylim=(0, 1.12), yticks=[0, 0.5, 1])
    axes[0, 0].set_ylabel("accuracy on test images")
    told = [
        f"{damage}: " + ", ".join(f"{n} {v:.0%}" for n, v in zip(names, values, strict=True))
        for damage, values in accuracies.items()
    ]
    alt = f"Bars of accuracy, chance is 50%. {'; '.join(told)}."
    caption = "Dashed: chance. Which scales notice which damage, and which cannot?"
    return Picture(figure, alt, caption)


def damaged_rows(rows: Mapping[str, Tensor], caption: str) -> Picture:
    """Show the same images real, blurred and flipped, one row each.

    Parameters
    ----------
    rows : mapping
        Name to images (N, C, H, W) in [-1, 1].
    """
    alt = "Eight real images, above the same ones blurred and flipped."
    return image_rows(rows, alt, caption, row_height=0.75)
