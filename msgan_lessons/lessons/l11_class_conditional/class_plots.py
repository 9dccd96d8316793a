"""Sheets of images by class (lesson 11)."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from msgan_lessons.base.pictures import Picture, new_figure, sheet, show_sheet

__all__ = ["class_sheet", "image_table"]


def class_sheet(samples: Mapping[str, Tensor], classes: Sequence[str], caption: str) -> Picture:
    """Show images of every class: a column a class, some rows a source.

    Parameters
    ----------
    samples : mapping
        Name of a source to images (k * n, C, R, R) in [-1, 1], n the number of classes: the
        classes in turn, k times.
    classes : sequence of str
        Their n names.
    caption : str
        What to look for.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no source, or images do not come in rounds of n.
    """
    n, rows, names = len(classes), [], []
    for name, images in samples.items():
        if not len(images) or len(images) % n:
            raise ValueError(f"samples must come in rounds of {n} classes, got {len(images)}.")
        rounds = images.split(n)
        rows += [list(part) for part in rounds]
        names += [name] + [""] * (len(rounds) - 1)
    alt = (
        f"Images of {n} classes ({', '.join(classes)}), a column each; rows: {', '.join(samples)}."
    )
    short = [word.replace("/", "/\n").replace(" ", "\n") for word in classes]
    return image_table(rows, names, short, alt, caption)


def image_table(
    rows: Sequence[Sequence[Tensor]],
    names: Sequence[str],
    columns: Sequence[str],
    alt: str,
    caption: str,
    cell: int = 48,
) -> Picture:
    """Show images in rows and columns with names.

    Parameters
    ----------
    rows : sequence of sequence of Tensor
        Rows of equal length of images (C, r, r) in [-1, 1].
    names, columns : sequence of str
        One a row; one a column, or none.
    alt, caption : str
        What it shows; what to look for.
    cell : int
        Pixels a side of an image.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are no images, or rows differ in length.
    """
    canvas = sheet(rows, cell=cell, gap=4)
    room = 0.085 * max(map(len, names)) + 0.25  # inches for the names
    above = 0.45 if columns else 0.1
    figure, axis = new_figure(canvas.shape[1] / 80 + room, canvas.shape[0] / 80 + above)
    show_sheet(axis, canvas, list(names), list(columns))
    return Picture(figure, alt, caption)
