"""Any folder of images: cropped to the centre, resized, broken files named."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

__all__ = ["check", "read"]

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


def read(folder: Path, resolution: int, on_broken: str) -> tuple[Tensor, tuple[str, ...]]:
    """Read all images of a folder in colour.

    Parameters
    ----------
    folder : Path
        Searched to any depth, in the order of the names.
    resolution : int
        Pixels a side after the centre crop.
    on_broken : str
        'refuse' or 'skip' files that cannot be decoded.

    Returns
    -------
    tuple
        Tensor uint8 (N, 3, R, R), and the names of the files skipped.

    Raises
    ------
    ValueError
        If `on_broken` is unknown, a file is broken and may not be skipped, or none is left.
    """
    if on_broken not in ON_BROKEN:
        raise ValueError(f"on_broken must be refuse or skip, got {on_broken!r}.")
    images, broken = [], []
    for path in sorted(_files(folder)):
        try:
            images.append(_open(path, resolution))
        except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
            broken.append(str(path.relative_to(folder)))
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


def _open(path: Path, resolution: int) -> np.ndarray:
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", upright.size, "white")  # transparent pixels become white
    flat = Image.alpha_composite(white, upright).convert("RGB")
    size = (resolution, resolution)
    return np.asarray(ImageOps.fit(flat, size, Image.Resampling.LANCZOS))  # (R, R, 3)
