"""Pairs of a small and a large image: the coarsest scale of a pyramid and the rest (lesson 09)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.pyramid import image_pyramid

__all__ = ["DOUBLINGS", "open_large_images", "pairs"]

Images = Tensor | Sequence[Tensor]
DOUBLINGS = 2  # 16x16 to 64x64
HELD_OUT = 5  # of a folder, every fifth image
SIDES = {  # pixels a side of what would have to be enlarged
    "fashion_mnist": 28, "fashion_mnist_full": 28, "cifar10": 32,
    "emoji": 64, "emoji_noto": 64, "emoji_twemoji": 64, "celeba": 178,
}  # fmt: skip


def open_large_images(name: str, resolution: int = 64) -> tuple[ImageData, ImageData]:
    """Open images that have the fine scales which are to be learned, and others to judge by.

    Parameters
    ----------
    name : str
        As for `datasets.open_images`.
    resolution : int
        Pixels a side, at least 16 and a multiple of 4.

    Returns
    -------
    tuple of ImageData
        For training, held out. Of a folder, every fifth image is held out.

    Raises
    ------
    ValueError
        If the images are smaller than the resolution (enlarged ones have no fine scale to learn),
        or a folder holds fewer than ten.
    FileNotFoundError
        If the data are not on this machine.

    Examples
    --------
    >>> [len(data) for data in open_large_images("emoji")]
    [1403, 476]
    """
    if SIDES.get(name, resolution) < resolution:
        raise ValueError(
            f"data must hold images of at least {resolution}x{resolution} pixels, "
            f"got {name} with {SIDES[name]}x{SIDES[name]}."
        )
    if not name.startswith("folder:"):
        splits = ("train", "test")
        return tuple(open_images(name, resolution=resolution, split=s) for s in splits)
    whole = open_images(name, resolution=resolution, min_side=resolution)
    if len(whole) < 2 * HELD_OUT:
        raise ValueError(f"data={name} must hold at least {2 * HELD_OUT} images, got {len(whole)}.")
    out = torch.arange(len(whole)) % HELD_OUT == 0
    return ImageData(name, whole.pixels[~out]), ImageData(name, whole.pixels[out])


def pairs(
    data: ImageData, batch_size: int, streams: Streams, *, every_scale: bool = False
) -> Iterator[tuple[tuple[Tensor], Images]]:
    """Yield what G is given and what it should return, for `TaskGame`.

    Parameters
    ----------
    data : ImageData
        Large images.
    batch_size : int
        As for `ImageData.batches`.
    streams : Streams
        'data' shuffles.
    every_scale : bool
        Whether G returns every scale above the small image, coarse to fine, or the finest alone.

    Yields
    ------
    tuple
        ((low,), real): low (B, C, R/4, R/4) is the coarsest scale of the image pyramid of real.

    Raises
    ------
    ValueError
        If the batch does not fit the data.

    Examples
    --------
    >>> data, _ = open_large_images("emoji")
    >>> (low,), real = next(pairs(data, 2, Streams(0), every_scale=True))
    >>> tuple(low.shape), [x.shape[-1] for x in real]
    ((2, 3, 16, 16), [32, 64])
    """
    for real in data.batches(batch_size, streams["data"]):
        low, *finer = image_pyramid(real, DOUBLINGS + 1)
        yield (low,), finer if every_scale else finer[-1]
