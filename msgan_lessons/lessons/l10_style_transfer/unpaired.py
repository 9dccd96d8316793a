"""Batches of two data sets without pairs, and a pool of past fakes (lesson 10)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images

__all__ = ["ImagePool", "held_out_pairs", "unpaired_batches"]

SHIFT = 4  # pixels of 64


class ImagePool:
    """Past fakes, some of which D sees again, so that it does not forget them.

    Until it is full it hands on what it gets. Then each image is, with probability 1/2, kept in
    the place of an old one, which is handed on instead.

    Parameters
    ----------
    size : int
        Images kept, at least 0; 0: what comes in goes out.
    generator : torch.Generator
        On the CPU.

    Raises
    ------
    ValueError
        If `size` is negative.

    References
    ----------
    Shrivastava et al. 2017, section 2.3, exchange half of each batch; Zhu et al. 2017, section 4,
    keep 50 images and draw for each one, as here.

    Examples
    --------
    >>> pool = ImagePool(2, torch.Generator().manual_seed(0))
    >>> first, second = torch.zeros(2, 1, 1, 1), torch.ones(8, 1, 1, 1)
    >>> bool((pool(first) == first).all()), int((pool(second) == 0).sum())
    (True, 2)
    """

    def __init__(self, size: int, generator: torch.Generator) -> None:
        if size < 0:
            raise ValueError(f"size must be >= 0, got {size}.")
        self.size, self.generator = size, generator
        self.images: list[Tensor] = []

    def __call__(self, images: Tensor) -> Tensor:
        """Take fakes (B, C, H, W), hand on as many, without a graph."""
        return torch.stack([self._exchanged(image) for image in images.detach()])

    def _exchanged(self, image: Tensor) -> Tensor:
        if len(self.images) < self.size:
            self.images.append(image)
            return image
        if self.size and torch.rand((), generator=self.generator) < 0.5:
            place = int(torch.randint(self.size, (), generator=self.generator))
            image, self.images[place] = self.images[place], image
        return image


def unpaired_batches(
    first: ImageData, second: ImageData, batch_size: int, streams: Streams
) -> Iterator[tuple]:
    """Yield batches of two data sets that have nothing to do with each other, for ever.

    Each image is mirrored at random and moved by up to a sixteenth of its side over white.

    Parameters
    ----------
    first, second : ImageData
        Of one resolution, in colour or both grey.
    batch_size : int
        Images of each in a batch.
    streams : Streams
        Order and augmentation.

    Yields
    ------
    tuple
        ((x, y), [y, x]): for G, and for D in the order of G's fakes.

    Raises
    ------
    ValueError
        If the batch does not fit the data.
    """
    order = zip(
        first.batches(batch_size, streams.fresh("first style")),
        second.batches(batch_size, streams.fresh("second style")),
        strict=False,
    )
    stream = streams.fresh("augmentation")
    return (((x, y), [y, x]) for x, y in ((_moved(x, stream), _moved(y, stream)) for x, y in order))


def held_out_pairs(names: Sequence[str], resolution: int, every: int = 1) -> list[Tensor]:
    """Open the held-out images of two styles, which do have pairs: for scores alone.

    Parameters
    ----------
    names : sequence of str
        Data sets whose test images show the same things in the same order.
    resolution : int
        Pixels a side.
    every : int
        Take every so many of them, at least 1.

    Returns
    -------
    list of Tensor
        For each data set (N, C, R, R) in [-1, 1]; image i of all is one emoji.

    Raises
    ------
    ValueError
        If a name is unknown.

    Examples
    --------
    >>> [x.shape for x in held_out_pairs(("emoji_noto", "emoji_twemoji"), 32, every=100)]
    [torch.Size([3, 3, 32, 32]), torch.Size([3, 3, 32, 32])]
    """
    opened = [open_images(name, resolution=resolution, split="test") for name in names]
    return [data.images(slice(None, None, every)) for data in opened]


def _moved(images: Tensor, stream: torch.Generator) -> Tensor:
    """Mirror half of them, move each a little."""
    n, _, _, side = images.shape
    reach = side * SHIFT // 64
    padded = F.pad(images, (reach,) * 4, value=1.0)
    down, right = torch.randint(0, 2 * reach + 1, (2, n), generator=stream).tolist()
    moved = [p[:, i : i + side, j : j + side] for p, i, j in zip(padded, down, right, strict=True)]
    mirrored = (torch.rand(n, 1, 1, 1, generator=stream) < 0.5).to(images.device)
    moved = torch.stack(moved)
    return torch.where(mirrored, moved.flip(-1), moved)
