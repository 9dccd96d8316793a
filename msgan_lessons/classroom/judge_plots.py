"""What D sees and what it notices: the patch of one logit, and accuracies per scale (lesson 04)."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from msgan_lessons.classroom.pictures import COLOURS, Picture, new_figure
from msgan_lessons.classroom.plots import tile
from msgan_lessons.patch import PatchDiscriminator

__all__ = ["accuracy_bars", "patch_of", "patch_seen", "patch_under"]


def patch_of(module: nn.Module, row: int, column: int) -> tuple[int, int, int]:
    r"""Where in the image the patch of one output lies, for a stack of convolutions.

    .. math:: start \leftarrow start - padding \cdot s, \qquad s \leftarrow s \cdot stride

    Parameters
    ----------
    module : nn.Module
        Its `Conv2d` layers are taken in order, as one chain of square kernels without dilation.
    row, column : int
        Which output, from 0.

    Returns
    -------
    tuple of int
        (top, left, side) in pixels; top and left are negative where the patch reaches into the
        padding.

    References
    ----------
    The recursion of `patch.receptive_field`, with the padding as well.

    Examples
    --------
    >>> patch_of(PatchDiscriminator(channels=(16, 32)), 2, 3)
    (1, 5, 18)
    """
    start, step, side = 0, 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            side += (layer.kernel_size[0] - 1) * step
            start -= layer.padding[0] * step
            step *= layer.stride[0]
    return start + row * step, start + column * step, side


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


def patch_under(image: Tensor, n_convolutions: int, across: float, down: float) -> Picture:
    """Show which part of an image one logit of a patch D sees.

    Parameters
    ----------
    image : Tensor
        Shape (C, H, W), values in [-1, 1]; H and W divisible by 2**n_convolutions.
    n_convolutions : int
        Strided convolutions of D, at least 1.
    across, down : float
        Place of the logit in D's map, from 0 (left, top) to 1 (right, bottom).

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the image cannot be halved that often, or a place is not in [0, 1].
    """
    channels, height, width = image.shape
    halvings = 2**n_convolutions
    if n_convolutions < 1 or height % halvings or width % halvings:
        raise ValueError(
            f"n_convolutions must be at least 1 and halve {height}x{width} evenly, "
            f"got {n_convolutions}."
        )
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise ValueError(f"across and down must be from 0 to 1, got {across} and {down}.")
    rows, columns = height // halvings, width // halvings
    row, column = min(int(down * rows), rows - 1), min(int(across * columns), columns - 1)
    judge = PatchDiscriminator(img_channels=channels, channels=(1,) * n_convolutions)
    top, left, side = patch_of(judge, row, column)
    figure, (seen, logits) = new_figure(6.4, 2.9, ncols=2)
    seen.imshow(tile(patch_seen(image, top, left, side)[None], 1), interpolation="nearest")
    _frame(seen, left, top, side)
    seen.set_title(f"{side}x{side} pixels seen", fontsize=10)
    cells = torch.full((1, 1, rows, columns), -0.2)
    cells[0, 0, row, column] = 1
    logits.imshow(tile(cells, 1), interpolation="nearest", extent=(0, columns, rows, 0))
    _frame(logits, column, row, 1)
    logits.set_title(f"one of {rows}x{columns} logits", fontsize=10)
    for axis in (seen, logits):
        axis.set_axis_off()
    alt = (
        f"A {height}x{width} image, dimmed outside the {side}x{side} patch that logit "
        f"({row}, {column}) of {rows}x{columns} sees after {n_convolutions} strided convolutions."
    )
    caption = (
        "Left: what one logit sees (bright, framed). A frame that leaves the image sees padding. "
        "Right: which logit it is."
    )
    return Picture(figure, alt, caption)


def accuracy_bars(accuracies: Mapping[str, Sequence[float]], resolutions: Sequence[int]) -> Picture:
    """Show, for each damage, how well the D of each scale notices it.

    Parameters
    ----------
    accuracies : mapping
        Name of the damage to one accuracy a scale, coarse to fine, each in [0, 1].
    resolutions : sequence of int
        Pixels a side of the scales, coarse to fine.

    Returns
    -------
    Picture

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


def _frame(axis, left: float, top: float, side: float) -> None:
    """Frame the pixels from (left, top); images of `imshow` begin at -0.5, extents at 0."""
    shift = min(axis.get_xlim())
    square = Rectangle(
        (left + shift, top + shift), side, side, fill=False, edgecolor=COLOURS["fourth"],
        linewidth=2, clip_on=True,
    )  # fmt: skip
    axis.add_patch(square)
