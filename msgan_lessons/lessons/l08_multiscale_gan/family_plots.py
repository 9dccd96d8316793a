"""Pictures of the family: what each G shows, and which image teaches which block (lesson 08)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LogNorm
from torch import Tensor

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, sheet, show_sheet
from msgan_lessons.pyramid import image_pyramid

__all__ = ["family_samples", "lab_film", "lab_picture"]


def lab_picture(frame: Mapping[str, np.ndarray], sizes: Sequence[int], name: str) -> Picture:
    """Show a frame of the multi-scale lab: images, logits and gradients by scale.

    Parameters
    ----------
    frame : mapping
        As `scale_lab.ScaleLab.frame` returns it.
    sizes : sequence of int
        Resolutions, coarse to fine.
    name : str
        Of the model, and where it stands.

    Returns
    -------
    Picture
    """
    names = [f"{r}x{r}" for r in sizes]
    figure, grid = new_figure(11.5, 4.2, ncols=3, width_ratios=[1.25, 0.8, 1.1])
    left, middle, right = grid
    rows = [_enlarged(frame[f"scale_{r}"], 2 * 40 + 4) for r in sizes]
    show_sheet(left, np.concatenate(rows), [f"{n}\nreal\nfake" for n in names], [])
    left.set_title(name, fontsize=10)
    logits = np.asarray(frame["response"], float)
    places = np.arange(len(names))
    for k, kind in enumerate(("real", "fake")):
        middle.barh(places + 0.36 * (k - 0.5), logits[:, k], 0.34, color=COLOURS[kind], label=kind)
    middle.axvline(0, color="black", linewidth=0.8)
    middle.set_yticks(places, names)
    middle.invert_yaxis()
    middle.set_title("what D says (logit)", fontsize=10)
    middle.legend(fontsize=8, frameon=False)
    gradients = np.nan_to_num(np.asarray(frame["gradients"], float))
    _heat(right, names, gradients)
    paths = [f"{n} reaches {_listed(names, row)}" for n, row in zip(names, gradients, strict=True)]
    said = [f"{n} {a:.1f} and {b:.1f}" for n, (a, b) in zip(names, logits, strict=True) if a == a]
    alt = (
        f"{name}. Left: real and generated images at {', '.join(names)}. Middle: D's logits for "
        f"real and fake images by scale: {'; '.join(said)}. Right: which judged image sends a "
        f"gradient to which block of G: {'; '.join(paths)}."
    )
    caption = "At which scale does D tell real from fake best, and which blocks learn from it?"
    return Picture(figure, alt, caption)


def lab_film(trace, moments: int = 6) -> Picture:
    """Show moments of a recorded lab, the first and the last among them, and its score.

    Parameters
    ----------
    trace : runs.trace.Trace
        As the lab of lesson 08 leaves it, with 'frechet' in some rows.
    moments : int
        Rows of images, at least 2.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If `moments` is below 2.
    """
    if moments < 2:
        raise ValueError(f"moments must be at least 2, got {moments}.")
    last = len(trace) - 1  # each about three times as far as the one before
    chosen = sorted({0, *(round(last * 3.0**-k) for k in range(moments - 1))})
    finest = max(trace.frame(0), key=lambda n: trace.frame(0)[n].size)
    half = len(trace.frame(0)[finest]) // 2 + 1  # the row of fakes
    rows = [_enlarged(trace.frame(i)[finest][half:], 48) for i in chosen]
    figure, (left, right) = new_figure(10.0, 0.62 * len(chosen) + 0.6, ncols=2)
    steps = [f"{trace.row(i)['step']:,}" for i in chosen]
    show_sheet(left, np.concatenate(rows), [f"step {step}" for step in steps], [])
    left.set_title("the same latents, drawn by the averaged G", fontsize=10)
    scored = [(r["step"], r["frechet"]) for r in trace.rows if r.get("frechet") is not None]
    if scored:
        right.plot(*zip(*scored, strict=True), color=COLOURS["fake"])
        right.set_yscale("log")
    right.set(xlabel="step", title="Fréchet distance to test images, lower is better")
    ends = f" from {scored[0][1]:.1f} to {scored[-1][1]:.1f}" if scored else ""
    alt = (
        f"Left: eight generated images at the steps {', '.join(steps)}. Right: "
        f"Fréchet distance on the course's classifier against the step{ends}."
    )
    return Picture(figure, alt, "When does a garment stop changing its kind? When do details come?")


def _enlarged(pixels: np.ndarray, height: int) -> np.ndarray:
    """A sheet of the lab at the size of the others, in colour, with a white edge below."""
    pixels = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, 2)
    width = 8 * 40 + 7 * 2
    rows = np.arange(height - 4) * len(pixels) // (height - 4)
    columns = np.arange(width) * pixels.shape[1] // width
    sheet = np.full((height, width, 3), 255, np.uint8)
    sheet[: height - 4] = pixels[rows][:, columns]
    return sheet


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
