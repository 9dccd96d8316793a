"""Figures with words: grids, rows, curves, tables, each with its alternative text and caption."""

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import numpy as np
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.record import current_run

COLOURS = {  # Okabe and Ito's palette, safe for colour-blind readers; one meaning each
    "real": "#0072B2",
    "fake": "#D55E00",
    "optimum": "#009E73",
    "third": "#CC79A7",
    "fourth": "#E69F00",
    "fifth": "#56B4E9",
    "sixth": "#000000",
}
STYLE = {"facecolor": "white", "layout": "constrained", "dpi": 80}


class Picture:
    """A figure with its text alternative; shows in JupyterLab, in exported HTML and as text.

    Parameters
    ----------
    figure : Figure or ndarray
        Drawn with `matplotlib.figure.Figure`, or pixels, uint8 (H, W, 3), shown as they are.
    alt, caption : str
        What is seen, for those who do not see it, in a few words at least; what to look for.

    Raises
    ------
    ValueError
        If `alt` or `caption` is empty.
    """

    def __init__(self, figure: Figure | np.ndarray, alt: str, caption: str) -> None:
        if not alt.strip() or not caption.strip():
            raise ValueError("a picture must have an alt text and a caption, got an empty one.")
        self.png, self.alt, self.caption = _png(figure), alt, caption

    def html(self) -> str:
        """Return the picture as one HTML figure that needs no other file."""
        data = base64.b64encode(self.png).decode()
        alt = html.escape(self.alt, quote=True)
        image = f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{data}">'
        text = f"<figcaption>{html.escape(self.caption)}</figcaption>"
        return f'<figure style="margin:0">{image}{text}</figure>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        current_run().figure(self.png, self.alt, self.caption)
        return {"text/html": self.html(), "text/plain": f"[figure] {self.alt}"}


def _png(figure: Figure | np.ndarray) -> bytes:
    """Write a PNG of at most 256 colours: a third of the bytes, no difference seen."""
    drawn, packed = io.BytesIO(), io.BytesIO()
    if isinstance(figure, np.ndarray):
        image = Image.fromarray(figure)
    else:
        figure.savefig(drawn, format="png")
        image = Image.open(drawn).convert("RGB")
    few = image.quantize(256, dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def new_figure(width: float = 7.0, height: float = 2.6, **subplots) -> tuple:
    """Return a white figure, in inches of 80 pixels, and its axes (one, or an array of them)."""
    figure = Figure(figsize=(width, height), **STYLE)
    axes = figure.subplots(**subplots)
    for axis in axes.flat if hasattr(axes, "flat") else [axes]:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def tile(images: Tensor, columns: int, gap: int = 1) -> np.ndarray:
    """Set images (N, 1 or 3, H, W) in [-1, 1] side by side: uint8 (rows, columns, 3) in pixels."""
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(f"images must have shape (N, 1 or 3, H, W), got {tuple(images.shape)}.")
    n, _, h, w = images.shape
    rows = -(-n // columns)
    canvas = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, 3), 255, np.uint8)
    pixels = ((images.detach().float().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    for i, picture in enumerate(pixels.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()):
        top, left = i // columns * (h + gap), i % columns * (w + gap)
        canvas[top : top + h, left : left + w] = picture
    return canvas


def image_grid(images: Tensor, columns: int, alt: str, caption: str, enlarge: int = 2) -> Picture:
    """Show images (N, C, H, W) in [-1, 1] in a grid, each pixel as a square of `enlarge` pixels."""
    canvas = tile(images, columns)
    return Picture(canvas.repeat(enlarge, 0).repeat(enlarge, 1), alt, caption)


def image_rows(
    rows: Mapping[str, Iterable[Tensor]], alt: str, caption: str, row_height: float = 0.95
) -> Picture:
    """Show rows of images, each row with its name; images of all resolutions take the same space.

    Parameters
    ----------
    rows : mapping
        Name of a row to its images, (C, H, W) each: a list, or a batch (N, C, H, W).
    alt, caption : str
        What it shows; what to look for.
    row_height : float
        Inches.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if not rows:
        raise ValueError("rows must hold at least one row of images, got none.")
    n_columns = max(len(images) for images in rows.values())
    figure, axes = new_figure(
        row_height * n_columns + 1.1, row_height * len(rows),
        nrows=len(rows), ncols=n_columns, squeeze=False,
    )  # fmt: skip
    for axis in axes.flat:
        axis.set_axis_off()
    for (name, images), line in zip(rows.items(), axes, strict=True):
        for axis, image in zip(line, images, strict=False):
            axis.imshow(tile(image[None], 1), interpolation="nearest")
        line[0].text(
            -0.12, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=9
        )
    return Picture(figure, alt, caption)


def training_curves(rows: Sequence[Mapping], caption: str) -> Picture:
    """Show D(x), D(G(z)) and both losses in rows of `training.train`, if they were played."""
    figure, (left, right) = new_figure(9.0, 3.0, ncols=2)
    names = {
        "D(x) before": ("d_real_before", "real", "-"),
        "D(x) after": ("d_real_after", "real", ":"),
        "D(G(z)) before": ("d_fake_before", "fake", "-"),
        "D(G(z)) after": ("d_fake_after", "fake", ":"),
    }
    for label, (key, colour, style) in names.items():
        left.plot(*smooth(rows, key), style, color=COLOURS[colour], label=label)
    left.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    left.set(xlabel="step", ylabel="mean probability of 'real'", ylim=(0, 1))
    right.plot(*smooth(rows, "d_loss"), color=COLOURS["third"], label="loss of D")
    right.plot(*smooth(rows, "g_loss"), color=COLOURS["optimum"], label="loss of G")
    right.set(xlabel="step", ylabel="loss")
    for axis in (left, right):
        axis.legend(
            fontsize=8, frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1),
            handlelength=1.2, columnspacing=1,
        )  # fmt: skip
    end = {
        key: last_value_text(rows, key)
        for key in ("d_real_before", "d_fake_before", "d_loss", "g_loss")
    }
    alt = (
        f"Two graphs over {rows[-1]['step'] if rows else 0} steps. Left: D's mean probability of "
        f"'real', at the end {end['d_real_before']} for real and {end['d_fake_before']} for "
        f"generated images. Right: the losses, at the end {end['d_loss']} for D and "
        f"{end['g_loss']} for G."
    )
    return Picture(figure, alt, caption)


def smooth(rows: Sequence[Mapping], key: str, points: int = 150) -> tuple[list, list]:
    """Means of a column over equal stretches of steps: steps, means; the unmeasured is left out."""
    pairs = [(row["step"], row[key]) for row in rows if row.get(key) is not None]
    width = max(1, len(pairs) // points)
    groups = [pairs[i : i + width] for i in range(0, len(pairs), width)]
    return [float(np.mean([s for s, _ in g])) for g in groups], [
        float(np.mean([v for _, v in g])) for g in groups
    ]


def last_value_text(rows: Sequence[Mapping], key: str) -> str:
    """Say how a column of rows ends: its last number, or 'none' where it was not measured."""
    value = rows[-1].get(key) if rows else None
    return "none" if value is None else f"{value:.2f}"


CELL = 96  # screen pixels of one image, whatever its resolution


def sheet(rows: Sequence[Sequence[Tensor]], cell: int = CELL, gap: int = 6) -> np.ndarray:
    """Set rows of images (C, h, h) in [-1, 1] on one sheet (height, width, 3), equally large."""
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
    """Draw a sheet into an axes, with names at its left side and on top."""
    axis.imshow(canvas, interpolation="nearest")
    axis.set_anchor("E")  # spare room goes to the names
    axis.spines[:].set_visible(False)
    axis.tick_params(length=0, labelsize=9, top=False, labeltop=True, labelbottom=False)
    for set_ticks, names, length in (
        (axis.set_xticks, columns, canvas.shape[1]),
        (axis.set_yticks, rows, canvas.shape[0]),
    ):
        set_ticks([(i + 0.5) * length / len(names) for i in range(len(names))], names)


def sheet_figure(
    canvas: np.ndarray,
    rows: Iterable[str],
    columns: Iterable[str] = (),
    *,
    left: float | None = None,
    above: float = 0.2,
) -> tuple:
    """Draw a sheet with its names: the figure and its axes; margins are in inches."""
    rows, columns = list(rows), list(columns)
    left = 0.09 * max(map(len, rows)) + 0.3 if left is None else left
    figure, axis = new_figure(canvas.shape[1] / 80 + left, canvas.shape[0] / 80 + above)
    show_sheet(axis, canvas, rows, columns)
    return figure, axis


def framed_cells(images: Tensor, marked: int | slice) -> Tensor:
    """Put a margin around images (N, C, H, W): orange around the marked ones, white else."""
    images = images.expand(-1, 3, -1, -1)
    cells = F.pad(images, (2,) * 4, value=1.0)
    cells[marked] = torch.tensor(to_rgb(COLOURS["fourth"]))[:, None, None] * 2 - 1
    cells[marked][..., 2:-2, 2:-2] = images[marked]
    return cells


def legend_above(figure: Figure, axis, columns: int, size: int = 9) -> None:
    """Name the lines of an axes above the whole figure."""
    figure.legend(
        *axis.get_legend_handles_labels(), loc="outside upper center", ncols=columns,
        fontsize=size, frameon=False,
    )  # fmt: skip


def few_ticks(side) -> None:
    """Give the logarithmic side of an axes ticks at 1, 2 and 5, as plain numbers."""
    side.set_major_locator(LogLocator(subs=(1, 2, 5)))
    side.set_major_formatter("{x:g}")
    side.set_minor_locator(NullLocator())


def mean_and_range_text(values: Sequence[float], digits: int = 2, ends: int = 2) -> str:
    """Write the mean of one number a seed, and behind it the lowest and the highest."""
    mean, low, high = f"{fmean(values):.{digits}f}", min(values), max(values)
    return mean if len(values) == 1 else f"{mean} ({low:.{ends}f} to {high:.{ends}f})"
