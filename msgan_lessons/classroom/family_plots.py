"""Pictures of the family: what each G shows, and which image teaches which block (lesson 08)."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.colors import LogNorm
from torch import Tensor, nn

from msgan_lessons.classroom.pictures import Picture, new_figure
from msgan_lessons.classroom.scale_plots import sheet, show_sheet
from msgan_lessons.ensemble import DiscriminatorEnsemble
from msgan_lessons.losses import LOSSES
from msgan_lessons.pyramid import image_pyramid

__all__ = ["family_samples", "scale_gradients", "scale_lens"]


def scale_gradients(
    generator: nn.Module, discriminator: nn.Module, z: Tensor
) -> tuple[list[int], Tensor]:
    r"""Size of the gradient that each block of G receives through the image of each scale.

    .. math:: \left\| \frac{\partial \mathcal{L}_G}{\partial x_j}
        \frac{\partial x_j}{\partial \theta_k} \right\|_2

    Parameters
    ----------
    generator : nn.Module
        With `blocks`, one a scale.
    discriminator : nn.Module
        The judge of a trunk sees all images, and one at a time is a function of G. Of an ensemble,
        one member at a time speaks: on the image drawn at its scale, or on the final one, pooled.
    z : Tensor
        Shape (B, latent_dim).

    Returns
    -------
    tuple
        Resolutions j of the images that D judges, coarse to fine, and the norms, shape
        (judged images, blocks of G), 0 where no path leads from the image to the block. The loss
        is the non-saturating one, whatever the pair was trained with.

    References
    ----------
    MSG-GAN (Karnewar and Wang 2020), section 2, describes these paths in words.

    Examples
    --------
    >>> from msgan_lessons.discriminator import MultiScaleDiscriminator
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> sizes = {"resolution": 8, "channels": (4, 2)}
    >>> pair = MultiScaleGenerator(**sizes, emit="all"), MultiScaleDiscriminator(**sizes)
    >>> scale_gradients(*pair, torch.ones(2, 64))[0]  # this D looks at the finest image alone
    [8]
    """
    sizes, terms = _terms(generator, discriminator, generator(z))
    norms = torch.zeros(len(terms), len(generator.blocks))
    for j, term in enumerate(terms):
        for k, block in enumerate(generator.blocks):
            weights = list(block.parameters())
            slopes = torch.autograd.grad(term, weights, retain_graph=True, allow_unused=True)
            squares = [s.square().sum() for s in slopes if s is not None]
            norms[j, k] = sum(squares, torch.zeros(())).sqrt()
    return sizes, norms


def scale_lens(generator: nn.Module, discriminator: nn.Module, z: Tensor, name: str) -> Picture:
    """Show what G draws at each scale, and which of these images teaches which block of G.

    Parameters
    ----------
    generator, discriminator, z
        As for `scale_gradients`; neither network is changed.
    name : str
        Of the pair, with its stage where it grows.

    Returns
    -------
    Picture
    """
    generator = copy.deepcopy(generator).train()  # as it learns; batch norm keeps count in a copy
    with torch.no_grad():
        shown = generator(z)
    sizes, norms = scale_gradients(generator, discriminator, z)
    blocks = [f"{r}x{r}" for r in generator.sizes]
    figure, (left, right) = new_figure(8.6, 0.7 * len(blocks) + 1.0, ncols=2, width_ratios=[1, 1.1])
    drawn = {x.shape[-1]: x[:6] for x in shown}
    lines = [_line([drawn.get(r)], 6, cell=48) for r in generator.sizes]
    show_sheet(left, np.concatenate(lines), blocks, [])
    left.set_title(f"what G shows ({name})", fontsize=10)
    judged = dict(zip(sizes, norms.tolist(), strict=True))
    _heat(right, blocks, np.array([judged.get(r, [0] * len(blocks)) for r in generator.sizes]))
    paths = [f"{r}x{r} reaches {_listed(blocks, row)}" for r, row in judged.items()]
    alt = (
        f"Left: images of {name} at {', '.join(f'{r}x{r}' for r in drawn)}. Right: which judged "
        f"image sends a gradient to which block of G: {'; '.join(paths)}."
    )
    caption = "A number is the length of a gradient; an empty field means that no path leads there."
    return Picture(figure, alt, caption)


def family_samples(
    samples: Mapping[str, Sequence[Tensor]], real: Tensor, caption: str, count: int = 4
) -> Picture:
    """Show what each model draws at every scale that it has, above the real images.

    Parameters
    ----------
    samples : mapping
        Model to its images, one tensor (N, C, r, r) a scale, coarse to fine, in [-1, 1].
    real : Tensor
        Shape (N, C, R, R); halved for the other scales.
    caption : str
        What to look for.
    count : int
        Images shown of each scale.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are no samples.
    """
    if not samples:
        raise ValueError("samples must hold at least one model, got none.")
    sizes = sorted({x.shape[-1] for scales in samples.values() for x in scales})
    n_scales = int(np.log2(real.shape[-1] / sizes[0])) + 1
    rows = {**samples, "real": image_pyramid(real, n_scales)}
    grid, told = [], []
    for name, scales in rows.items():
        drawn = {x.shape[-1]: x[:count] for x in scales}
        told.append(f"{name} at {', '.join(str(size) for size in sizes if size in drawn)}")
        grid.append([drawn.get(size) for size in sizes])
    canvas = np.concatenate([_line(line, count) for line in grid])
    figure, axis = new_figure(canvas.shape[1] / 80 + 1.1, canvas.shape[0] / 80 + 0.3)
    show_sheet(axis, canvas, list(rows), [f"{size}x{size}" for size in sizes])
    alt = f"{count} images of each model at each scale that it shows: {'; '.join(told)}."
    return Picture(figure, alt, caption)


def _terms(
    generator: nn.Module, discriminator: nn.Module, fake: Sequence[Tensor]
) -> tuple[list[int], list[Tensor]]:
    """Resolutions that are judged, and G's loss as a function of one of them at a time."""
    loss = LOSSES["non_saturating"].generator
    if isinstance(discriminator, DiscriminatorEnsemble):
        logits = discriminator(fake)
        sides = [x.shape[-1] for x in fake]
        if discriminator.inject == "finest":
            sides = [sides[-1] >> k for k in reversed(range(len(logits)))]
        alone = [
            [s if i == j else s.detach() for i, s in enumerate(logits)] for j in range(len(logits))
        ]
        return sides, [loss(scales) for scales in alone]
    entering = [
        x.shape[-1] for x in fake if len(fake) == 1 or x.shape[-1] in discriminator.entering
    ]
    alone = [[x if x.shape[-1] == r else x.detach() for x in fake] for r in entering]
    return entering, [loss(discriminator(images)) for images in alone]


def _heat(axis, names: Sequence[str], norms: np.ndarray) -> None:
    """Norms (judged images, blocks) as coloured fields, with a number in each that is not 0."""
    low, high = 0.01, 1.0  # of the colours; the same for all models
    axis.imshow(np.ma.masked_equal(norms, 0), cmap="cividis", norm=LogNorm(low, high), aspect=0.7)
    for (j, k), value in np.ndenumerate(norms):
        if value > 0:
            colour = "black" if value > (low * high) ** 0.5 else "white"
            axis.text(k, j, f"{value:.2g}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(length=0, labelsize=9)
    axis.set(xlabel="to the block of G", ylabel="from the judged image")
    axis.set_title("length of the gradient", fontsize=10)


def _listed(blocks: Sequence[str], norms: Sequence[float]) -> str:
    reached = [name for name, norm in zip(blocks, norms, strict=True) if norm > 0]
    return "the blocks " + ", ".join(reached) if reached else "no block"


def _line(cells: Sequence[Tensor | None], count: int, cell: int = 36) -> np.ndarray:
    """One row of a sheet: for each scale `count` images, or white; a wide gap between scales."""
    height, wide = cell + 4, count * (cell + 2) + 10
    canvas = np.full((height, wide * len(cells), 3), 255, np.uint8)
    for i, images in enumerate(cells):
        if images is not None:
            part = sheet([images], cell=cell, gap=2)
            canvas[2 : 2 + cell, i * wide + 5 : i * wide + 5 + part.shape[1]] = part
    return canvas
