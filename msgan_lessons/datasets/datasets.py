"""Real images: checked on opening, square, in [-1, 1], never downloaded unasked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.datasets import emoji_data, image_folder, shipped_data, torchvision_data

__all__ = ["ImageData", "check_source", "open_images"]

SPLITS = ("train", "test")


@dataclass(frozen=True)
class ImageData:
    """Square images in memory, with labels where there are any.

    Parameters
    ----------
    name : str
        What was opened.
    pixels : Tensor
        uint8, shape (N, C, R, R), 0 to 255.
    labels : Tensor or None
        int64, shape (N,); indices into `classes`.
    classes : tuple of str
        Names of the classes; empty without labels.
    skipped : tuple of str
        Broken files that were left out.
    """

    name: str
    pixels: Tensor
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()

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
        """Return images as the networks want them.

        Parameters
        ----------
        indices : Tensor or slice, optional
            Which; all where it is missing.

        Returns
        -------
        Tensor
            float32, shape (n, C, R, R), in [-1, 1].
        """
        chosen = self.pixels if indices is None else self.pixels[indices]
        return chosen.float() / 127.5 - 1

    def batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        """Yield shuffled batches for ever, each image once before any comes again.

        Parameters
        ----------
        batch_size : int
            Images in a batch, from 1 to the size of the data; what is left over at the end of a
            round is dropped, so that all batches are alike.
        generator : torch.Generator
            Stream of the shuffling, on the CPU.

        Yields
        ------
        Tensor
            float32, shape (batch_size, C, R, R), in [-1, 1].

        Raises
        ------
        ValueError
            At once, if the batch does not fit the data.
        """
        if not 1 <= batch_size <= len(self):
            raise ValueError(
                f"batch_size must be from 1 to the {len(self)} images of {self.name}, "
                f"got {batch_size}."
            )
        return self._batches(batch_size, generator)

    def _batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
        whole = len(self) - len(self) % batch_size
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
        white; 'emoji': both), 'fashion_mnist_full', 'cifar10', 'celeba' (through torchvision,
        where they were downloaded), or 'folder:PATH' (every image below that folder).
    resolution : int
        Pixels a side, at least 4. Fashion-MNIST's 28x28 are padded to 32x32 and averaged or
        interpolated from there; other images are centre-cropped and resized.
    split : str
        'train' or 'test'; a folder has one part alone and ignores it.
    on_broken : str
        For a folder: 'refuse' a broken file by an error, or 'skip' it and name it in `skipped`.
    download : bool
        Fetch a torchvision data set that is missing. Nothing is fetched otherwise.
    min_side : int
        For a folder: refuse an image with fewer pixels a side, instead of enlarging it.

    Returns
    -------
    ImageData

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
    if split not in SPLITS:
        raise ValueError(f"split must be train or test, got {split!r}.")
    if resolution < 4:
        raise ValueError(f"resolution must be at least 4, got {resolution}.")
    check_source(name, download=download)
    if name.startswith("folder:"):
        pixels, skipped = image_folder.read(Path(name[7:]), resolution, on_broken, min_side)
        return ImageData(name, pixels, skipped=skipped)
    if name in shipped_data.NAMES:
        pixels, labels, classes = shipped_data.read(name, split)
        pixels = F.pad(pixels, (2, 2, 2, 2))  # 28x28 -> 32x32, black border
        return ImageData(name, _resize(pixels, resolution), labels, classes)
    if name in emoji_data.NAMES:
        pixels, labels, classes = emoji_data.read(name, split)
        return ImageData(name, _resize(pixels, resolution), labels, classes)
    pixels, labels, classes = torchvision_data.read(name, split, resolution, download)
    return ImageData(name, pixels, labels, classes)


def check_source(name: str, *, download: bool = False) -> None:
    """Refuse a data set that cannot be opened, before any work starts.

    Parameters
    ----------
    name : str
        As for `open_images`.
    download : bool
        Whether missing files may be fetched; then their absence is no error.

    Raises
    ------
    ValueError
        If the name is unknown or the shipped file is damaged (which, the expected hash, and how
        to restore it).
    FileNotFoundError
        If the data are not on this machine.
    """
    if name.startswith("folder:"):
        return image_folder.check(Path(name[7:]))
    if name in shipped_data.NAMES:
        return shipped_data.check(name)
    if name in emoji_data.NAMES:
        return emoji_data.check(name)
    if name in torchvision_data.NAMES:
        return None if download else torchvision_data.check(name)
    known = ", ".join((*shipped_data.NAMES, *emoji_data.NAMES, *torchvision_data.NAMES))
    raise ValueError(f"data must be one of {known} or folder:PATH, got {name!r}.")


def _resize(pixels: Tensor, resolution: int) -> Tensor:
    """Resize (N, C, H, H) uint8, smoothed where it shrinks."""
    if pixels.shape[-1] == resolution:
        return pixels
    size = (resolution, resolution)
    resized = F.interpolate(pixels.float(), size, mode="bilinear", antialias=True)
    return resized.round().clamp(0, 255).to(torch.uint8)
