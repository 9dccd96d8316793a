"""Any folder of images: cropped to the centre, resized, broken files named."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

__all__ = ["check", "check_size", "open_flat", "read", "square"]

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
ON_BROKEN = ("refuse", "skip")


def check(folder: Path) -> None:
    """Refuse a folder that is missing or holds no images.

    Parameters
    ----------
    folder : Path
        Searched to any depth; hidden files are passed over.

    Raises
    ------
    FileNotFoundError
        If it does not exist or is not a folder.
    ValueError
        If it holds no file with the ending of an image.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"data=folder:{folder}: there is no such folder.")
    if next(_files(folder), None) is None:
        raise ValueError(f"data=folder:{folder}: it holds no images ({', '.join(SUFFIXES)}).")


def read(
    folder: Path, resolution: int, on_broken: str, min_side: int = 4
) -> tuple[Tensor, tuple[str, ...]]:
    """Read all images of a folder in colour.

    Parameters
    ----------
    folder : Path
        Searched to any depth, in the order of the names.
    resolution : int
        Pixels a side after the centre crop.
    on_broken : str
        'refuse' or 'skip' files that cannot be decoded.
    min_side : int
        Fewest pixels a side that an image may have.

    Returns
    -------
    tuple
        Tensor uint8 (N, 3, R, R), and the names of the files skipped.

    Raises
    ------
    ValueError
        If `on_broken` is unknown, a file is broken and may not be skipped, an image is too small,
        or none is left.
    """
    if on_broken not in ON_BROKEN:
        raise ValueError(f"on_broken must be refuse or skip, got {on_broken!r}.")
    images, broken = [], []
    for path in sorted(_files(folder)):
        try:
            flat = open_flat(path)
        except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
            broken.append(str(path.relative_to(folder)))
            continue
        check_size(flat, min_side, f"data=folder:{folder}: {path.relative_to(folder)}")
        images.append(square(flat, resolution))
    if broken and on_broken == "refuse":
        shown = ", ".join(broken[:5]) + (f" and {len(broken) - 5} more" if len(broken) > 5 else "")
        raise ValueError(
            f"data=folder:{folder}: {len(broken)} file(s) cannot be read: {shown}; "
            "remove them, or skip them with on_broken=skip."
        )
    if not images:
        raise ValueError(f"data=folder:{folder}: none of its {len(broken)} images can be read.")
    return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous(), tuple(broken)


def _files(folder: Path):
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path


def open_flat(source: Path | BinaryIO) -> Image.Image:
    """Open an image upright, in colour, transparent pixels on white.

    Parameters
    ----------
    source : Path or binary file
        Any format that PIL knows.

    Returns
    -------
    Image
        Mode RGB.

    Raises
    ------
    UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError
        If it cannot be decoded.
    """
    with Image.open(source) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(white, upright).convert("RGB")


def check_size(image: Image.Image, min_side: int, name: str) -> None:
    """Refuse an image that is too small.

    Parameters
    ----------
    image : Image
        Of any size.
    min_side : int
        Fewest pixels a side.
    name : str
        For the sentence.

    Raises
    ------
    ValueError
        If a side is shorter.
    """
    if min(image.size) < min_side:
        raise ValueError(
            f"{name} must have at least {min_side}x{min_side} pixels, "
            f"got {image.width}x{image.height}."
        )


def square(image: Image.Image, resolution: int) -> np.ndarray:
    """Crop to the centre and resize.

    Parameters
    ----------
    image : Image
        Mode RGB.
    resolution : int
        Pixels a side.

    Returns
    -------
    ndarray
        uint8 (R, R, 3).
    """
    size = (resolution, resolution)
    return np.asarray(ImageOps.fit(image, size, Image.Resampling.LANCZOS))
