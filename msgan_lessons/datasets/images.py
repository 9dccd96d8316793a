"""Real images: checked on opening, square, in [-1, 1], never downloaded unasked."""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.datasets import downloads, shipped

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
ON_BROKEN = ("refuse", "skip")


def check_is_folder(folder: Path, name: str) -> None:
    """Refuse a folder that is not there; `name` is that of the argument."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{name}=folder:{folder}: there is no such folder.")


def check_image_folder(folder: Path) -> None:
    """Refuse a folder that is missing or holds no images."""
    check_is_folder(folder, "data")
    if next(_files(folder), None) is None:
        raise ValueError(f"data=folder:{folder}: it holds no images ({', '.join(SUFFIXES)}).")


def read_image_folder(
    folder: Path, resolution: int, on_broken: str, min_side: int = 4
) -> tuple[Tensor, tuple[str, ...]]:
    """Read a folder's images in colour: uint8 (N, 3, R, R), and the names of the files skipped."""
    if on_broken not in ON_BROKEN:
        raise ValueError(f"on_broken must be refuse or skip, got {on_broken!r}.")
    images, broken = [], []
    for path in sorted(_files(folder)):
        try:
            image = open_flat(path)
        except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
            broken.append(str(path.relative_to(folder)))
            continue
        check_size(image, min_side, f"data=folder:{folder}: {path.relative_to(folder)}")
        images.append(crop_and_resize(image, resolution))
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
    """Open an image upright, in colour, transparent pixels on white."""
    with Image.open(source) as image:
        return flat(image)


def flat(image: Image.Image) -> Image.Image:
    """An image that is open, or a frame of it, in this way."""
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(white, upright).convert("RGB")


def check_size(image: Image.Image, min_side: int, name: str) -> None:
    """Refuse an image that has fewer than `min_side` pixels a side; `name` begins the sentence."""
    if min(image.size) < min_side:
        raise ValueError(
            f"{name} must have at least {min_side}x{min_side} pixels, "
            f"got {image.width}x{image.height}."
        )


def crop_and_resize(image: Image.Image, resolution: int) -> np.ndarray:
    """Crop to the centre and resize: uint8 (R, R, 3)."""
    size = (resolution, resolution)
    return np.asarray(ImageOps.fit(image, size, Image.Resampling.LANCZOS))


MIN_SIDE, MOST_PIXELS = 8, 40_000_000
BROKEN = (OSError, SyntaxError, ValueError)  # what PIL raises at a file that is none


def decode(content: bytes, resolution: int) -> Tensor:
    """Decode one image file in colour, as `read` does: uint8 (3, R, R)."""
    _check_header(content)
    try:
        image = open_flat(io.BytesIO(content))
    except BROKEN as error:
        raise ValueError(_no_image(content)) from error
    pixels = crop_and_resize(image, resolution)  # (R, R, 3)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).contiguous()


def _check_header(content: bytes) -> None:
    """Refuse what is no image, too small or too large, by what the file says of itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            header = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as error:
        raise ValueError(f"the image must have at most {MOST_PIXELS:,} pixels.") from error
    except BROKEN as error:
        raise ValueError(_no_image(content)) from error
    check_size(header, MIN_SIDE, "the image")
    if header.width * header.height > MOST_PIXELS:
        raise ValueError(
            f"the image must have at most {MOST_PIXELS:,} pixels, "
            f"got {header.width}x{header.height}."
        )


def _no_image(content: bytes) -> str:
    return (
        "the file must be an image that can be decoded (PNG, JPEG, WebP, GIF, BMP or TIFF), "
        f"got {len(content):,} bytes that cannot."
    )


def check_split(split: str) -> None:
    """Refuse a part of the data that there is not."""
    if split not in ("train", "test"):
        raise ValueError(f"split must be train or test, got {split!r}.")


@dataclass(frozen=True)
class ImageData:
    """Square images in memory, with labels where there are any."""

    name: str
    pixels: Tensor  # uint8 (N, C, R, R), 0 to 255
    labels: Tensor | None = None  # int64 (N,): indices into `classes`
    classes: tuple[str, ...] = ()  # names of the classes; empty without labels
    skipped: tuple[str, ...] = ()  # broken files that were left out

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def resolution(self) -> int:
        """Pixels a side."""
        return self.pixels.shape[-1]

    @property
    def img_channels(self) -> int:
        """1 (grey) or 3 (colour)."""
        return self.pixels.shape[1]

    def images(self, indices: Tensor | slice | None = None) -> Tensor:
        """Return images as the networks want them: float32 (n, C, R, R) in [-1, 1]."""
        chosen = self.pixels if indices is None else self.pixels[indices]
        return chosen.float() / 127.5 - 1

    def batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield shuffled batches for ever, each image once before any comes again."""
        if not 1 <= batch_size <= len(self):
            raise ValueError(
                f"batch_size must be from 1 to the {len(self)} images of {self.name}, "
                f"got {batch_size}."
            )
        return self._batches(batch_size, generator)

    def _batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        whole = len(self) - len(self) % batch_size  # what is left over is dropped
        while True:
            order = torch.randperm(len(self), generator=generator)[:whole]
            for indices in order.split(batch_size):
                yield self.images(indices)


def open_images(
    name: str = "fashion_mnist",
    *,
    resolution: int = 32,
    split: str = "train",
    on_broken: str = "refuse",
    download: bool = False,
    min_side: int = 4,
) -> ImageData:
    """Open real images by name.

    Parameters
    ----------
    name : str
        'fashion_mnist' (ships with the course: 20,000 training and 5,000 test images),
        'emoji_noto', 'emoji_twemoji' (they ship too: emoji in two styles, 64x64 in colour, on
        white; 'emoji': both), 'fashion_mnist_full', 'cifar10', 'celeba' (where `msgan download`
        put them), or 'folder:PATH' (every image below that folder).
    resolution : int
        Pixels a side, at least 4. Fashion-MNIST's 28x28 are padded to 32x32 and averaged or
        interpolated from there; other images are centre-cropped and resized.
    split : str
        'train' or 'test'; a folder has one part alone and ignores it.
    on_broken : str
        For a folder: 'refuse' a broken file by an error, or 'skip' it and name it in `skipped`.
    download : bool
        Fetch a data set that is missing. Nothing is fetched otherwise.
    min_side : int
        For a folder: refuse an image with fewer pixels a side, instead of enlarging it.

    Raises
    ------
    ValueError
        If a name or a value is not known, a file is damaged, or (on_broken='refuse') broken.
    FileNotFoundError
        If the data are not on this machine; the sentence says how to get them.

    Examples
    --------
    >>> data = open_images(split="test")
    >>> len(data), data.images(slice(2)).shape, float(data.images().min())
    (5000, torch.Size([2, 1, 32, 32]), -1.0)
    """
    check_split(split)
    check_least(4, resolution=resolution)
    check_source(name, download=download)
    if name.startswith("folder:"):
        pixels, skipped = read_image_folder(Path(name[7:]), resolution, on_broken, min_side)
        return ImageData(name, pixels, skipped=skipped)
    if name in shipped.NAMES:
        pixels, labels, classes = shipped.read(name, split)
        pixels = F.pad(pixels, (2, 2, 2, 2))  # 28x28 -> 32x32, black border
        return ImageData(name, _resize(pixels, resolution), labels, classes)
    if name in shipped.EMOJI:
        pixels, labels, classes = shipped.read_emoji(name, split)
        return ImageData(name, _resize(pixels, resolution), labels, classes)
    pixels, labels, classes = downloads.read(name, split, resolution, download)
    return ImageData(name, pixels, labels, classes)


def check_source(name: str, *, download: bool = False) -> None:
    """Refuse a data set that cannot be opened, before any work starts."""
    if name.startswith("folder:"):
        return check_image_folder(Path(name[7:]))
    if name in shipped.NAMES:
        return shipped.check(name)
    if name in shipped.EMOJI:
        return shipped.check_emoji(name)
    if name in downloads.NAMES:
        return None if download else downloads.check(name)
    known = (*shipped.NAMES, *shipped.EMOJI, *downloads.NAMES)
    return check_choice("data", name, known, " or folder:PATH")


def _resize(pixels: Tensor, resolution: int) -> Tensor:
    """Resize (N, C, H, H) uint8, smoothed where it shrinks."""
    if pixels.shape[-1] == resolution:
        return pixels
    size = (resolution, resolution)
    resized = F.interpolate(pixels.float(), size, mode="bilinear", antialias=True)
    return resized.round().clamp(0, 255).to(torch.uint8)
