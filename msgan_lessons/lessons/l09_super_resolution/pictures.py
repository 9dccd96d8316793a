"""Pictures of enlarged images and of what PSNR does not see (lesson 09_super_resolution)."""

from collections.abc import Mapping

from torch import Tensor

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    legend_above,
    new_figure,
    sheet,
    sheet_figure,
)
from msgan_lessons.pyramid import laplacian_pyramid

CELL = 80  # screen pixels of one image
GAIN = 2.0  # of bands, to be seen
HEADINGS = {
    "psnr": "PSNR", "ssim": "SSIM", "perceptual": "percept.", "frechet": "Fréchet",
    "consistency": "consist.",
}  # fmt: skip
DIGITS = {"psnr": 2, "ssim": 3, "frechet": 2}  # others have 4
HIGHER = ("psnr", "ssim")  # is better


def enlarged_rows(rows: Mapping[str, Tensor], caption: str, part: float = 1.0) -> Picture:
    """Show images in rows: small, enlarged by several methods, real; each column is one image.

    Parameters
    ----------
    rows : mapping
        Name to images (N, C, r, r) in [-1, 1], equally many in each row.
    part : float
        Share of each side that is shown, in (0, 1], from the middle.

    Raises
    ------
    ValueError
        If there are no rows, they differ in length, or `part` is out of range.
    """
    if not 0 < part <= 1:
        raise ValueError(f"part must be in (0, 1], got {part}.")
    canvas = sheet([list(_middle(x, part)) for x in rows.values()], CELL, 4)
    figure, _ = sheet_figure(canvas, rows)
    count = len(next(iter(rows.values())))
    alt = f"{count} images in columns; rows: {'; '.join(rows)}."
    return Picture(figure, alt, caption)


def added_bands(image: Tensor, fakes: Mapping[str, Tensor], caption: str) -> Picture:
    """Show for one image what each method adds at each scale, beside the real bands.

    Parameters
    ----------
    image : Tensor
        The real one, shape (C, R, R), values in [-1, 1].
    fakes : mapping
        Name to the enlarged image, of the same shape.

    Raises
    ------
    ValueError
        If the resolution cannot be halved twice, or the shapes differ.
    """
    every = {**fakes, "real": image}
    if shapes := [tuple(x.shape) for x in every.values() if x.shape != image.shape]:
        raise ValueError(f"fakes must have the shape {tuple(image.shape)}, got {shapes[0]}.")
    rows = [list(every.values())]
    for k in (1, 2):
        rows.append([GAIN * laplacian_pyramid(x[None], 3)[k][0] for x in every.values()])
    half, side = image.shape[-1] // 2, image.shape[-1]
    names = ["image", f"band {half}x{half}", f"band {side}x{side}"]
    figure, _ = sheet_figure(sheet(rows, CELL, 4), names, every, above=0.45)
    alt = (
        f"One image as {', '.join(every)}; below each its bands {names[1][5:]} and {names[2][5:]}."
    )
    return Picture(figure, alt, caption)


def distortion_perception(scores: Mapping[str, Mapping[str, float]], caption: str) -> Picture:
    """Show each method twice: PSNR, higher is nearer, against what compares sets, lower is alike.

    Parameters
    ----------
    scores : mapping
        Method, at least one, to its scores, as `content.scores` returns them.
    """
    check_some("scores", scores, "method")
    figure, axes = new_figure(9.0, 3.2, ncols=2)
    fine = [key for key in next(iter(scores.values())) if key.startswith("swd_")][-1]
    size = f"{fine[4:]}x{fine[4:]}"
    labels = {"frechet": "Fréchet distance", fine: f"SWD of the {size} band"}
    colours = list(COLOURS.values())
    for axis, (key, label) in zip(axes, labels.items(), strict=True):
        for k, (name, row) in enumerate(scores.items()):
            colour = colours[k % len(colours)]
            axis.scatter(row["psnr"], row[key], color=colour, label=name, s=45, zorder=3)
        axis.set(xlabel="PSNR in dB (right: nearer)")
        axis.set(ylabel=label, ylim=(0, None))
        axis.grid(alpha=0.3)
    legend_above(figure, axes[0], len(scores))
    told = "; ".join(
        f"{name}: {row['psnr']:.1f} dB, Fréchet {row['frechet']:.2f}, SWD {row[fine]:.3f}"
        for name, row in scores.items()
    )
    return Picture(figure, f"Two graphs with one point a method. {told}.", caption)


def score_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Set scores in a table of text, one line a method; the best of each column has a star.

    Parameters
    ----------
    scores : mapping
        Method, at least one, to its scores, the same for all, as `content.scores` returns them.

    Examples
    --------
    >>> print(score_table({"bicubic": {"psnr": 21.9}, "MSE": {"psnr": 25.42}}))
                  PSNR
    bicubic      21.90
    MSE          25.42*
    """
    check_some("scores", scores, "method")
    keys, width = list(next(iter(scores.values()))), max(map(len, scores)) + 2
    headings = (HEADINGS.get(key, key.replace("swd_", "SWD ")) for key in keys)
    lines = [" " * width + "".join(f"{heading:>9} " for heading in headings)]
    best = {k: (max if k in HIGHER else min)(r[k] for r in scores.values()) for k in keys}
    for name, row in scores.items():
        cells = (
            f"{row[key]:>9.{DIGITS.get(key, 4)}f}{'*' if row[key] == best[key] else ' '}"
            for key in keys
        )
        lines.append(f"{name:<{width}}" + "".join(cells))
    return "\n".join(line.rstrip() for line in lines)


def _middle(images: Tensor, part: float) -> Tensor:
    side = max(1, round(images.shape[-1] * part))
    start = (images.shape[-1] - side) // 2
    return images[..., start : start + side, start : start + side]
