"""Any folder of short clips: animated files, or subfolders of numbered frames (lesson 12_video)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError
from torch import Tensor

__all__ = ["check", "read"]

ANIMATED = (".apng", ".gif", ".png", ".webp")
STILL = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)
NEEDED = "animated GIF, WebP or PNG files, or subfolders of numbered frames"


def check(folder: Path, frames: int = 16) -> None:
    """Refuse a folder whose clips cannot be used, before any work starts.

    Parameters
    ----------
    folder : Path
        Animated files, and subfolders of which each holds the frames of one clip; hidden ones are
        passed over.
    frames : int
        Frames that each clip must have at least.

    Raises
    ------
    FileNotFoundError
        If it does not exist or is not a folder.
    ValueError
        If it holds no clips, or a clip is broken or has too few frames.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"clips=folder:{folder}: there is no such folder.")
    clips = list(_clips(folder))
    if not clips:
        raise ValueError(f"clips=folder:{folder}: it holds no clips; it needs {NEEDED}.")
    for path in clips:
        _length(path, folder, frames)


def read(folder: Path, resolution: int = 32, frames: int = 16) -> Tensor:
    """Read the clips of a folder in colour.

    Parameters
    ----------
    folder : Path
        As for `check`; clips come in the order of their names.
    resolution : int
        Pixels a side after the centre crop.
    frames : int
        Frames of a clip: where it has more, as many are taken from it, evenly spaced.

    Returns
    -------
    Tensor
        uint8, shape (N, 3, frames, resolution, resolution).

    Raises
    ------
    FileNotFoundError, ValueError
        As `check`.
    """
    check(folder, frames)
    read = [_read(path, folder, resolution, frames) for path in sorted(_clips(folder))]
    return torch.from_numpy(np.stack(read)).permute(0, 4, 1, 2, 3).contiguous()


def _clips(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        is_clip = path.is_dir() and any(_frames(path))
        if is_clip or (path.is_file() and path.suffix.lower() in ANIMATED):
            yield path


def _frames(folder: Path) -> list[Path]:
    """Files of a clip's frames, by number: frame2 comes before frame10."""

    def number(path: Path) -> tuple:
        digits = "".join(c if c.isdigit() else " " for c in path.stem).split()
        return [int(d) for d in digits], path.name

    found = [p for p in folder.iterdir() if p.suffix.lower() in STILL and p.name[0] != "."]
    return sorted(found, key=number)


def _length(path: Path, folder: Path, frames: int) -> int:
    """Frames of a clip, or a refusal."""
    name = path.relative_to(folder)
    if path.is_dir():
        found = len(_frames(path))
    else:
        try:
            with Image.open(path) as image:
                found = getattr(image, "n_frames", 1)
        except BROKEN as error:
            raise ValueError(_cannot(folder, name)) from error
    if found == 1:
        raise ValueError(
            f"clips=folder:{folder}: {name} has one frame, it is a picture; "
            f"each clip needs at least {frames} frames, in one file or in a subfolder of its own."
        )
    if found < frames:
        raise ValueError(
            f"clips=folder:{folder}: {name} has {found} frames; each clip needs at least {frames}."
        )
    return found


def _read(path: Path, folder: Path, resolution: int, frames: int) -> np.ndarray:
    """One clip, (frames, R, R, 3) uint8."""
    found = _length(path, folder, frames)
    wanted = [round(i) for i in np.linspace(0, found - 1, frames)]
    size, at = (resolution, resolution), path
    try:
        if path.is_dir():
            files, shown = _frames(path), []
            for at in [files[i] for i in wanted]:
                shown.append(_open(at, size))
            return np.stack(shown)
        with Image.open(path) as image:
            every = enumerate(ImageSequence.Iterator(image))
            return np.stack([_flat(frame, size) for i, frame in every if i in wanted])
    except (*BROKEN, EOFError) as error:
        raise ValueError(_cannot(folder, at.relative_to(folder))) from error


def _open(path: Path, size: tuple[int, int]) -> np.ndarray:
    with Image.open(path) as image:
        return _flat(image, size)


def _flat(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """An upright RGB square; transparent pixels become white."""
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", upright.size, "white")
    flat = Image.alpha_composite(white, upright).convert("RGB")
    return np.asarray(ImageOps.fit(flat, size, Image.Resampling.LANCZOS))


def _cannot(folder: Path, name: Path) -> str:
    return f"clips=folder:{folder}: {name} cannot be read; remove it, or save it again."
