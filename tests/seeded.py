"""Numbers from a seed, the same on every run: `from seeded import stream, images`."""

from collections.abc import Iterator

import torch
from torch import Tensor

from msgan_lessons.datasets.images import ImageData


def stream(seed: int = 0) -> torch.Generator:
    """A random stream of its own."""
    return torch.Generator().manual_seed(seed)


def images(*shape: int, seed: int = 0, dtype: torch.dtype | None = None) -> Tensor:
    """Images of any shape, uniform in [-1, 1]."""
    return torch.rand(*shape, generator=stream(seed), dtype=dtype) * 2 - 1


def normal(*shape: int, seed: int = 0, dtype: torch.dtype | None = None) -> Tensor:
    """Latents, features or logits of any shape, from N(0, 1)."""
    return torch.randn(*shape, generator=stream(seed), dtype=dtype)


def batches(size: int = 8, side: int = 8, channels: int = 1, seed: int = 0) -> Iterator[Tensor]:
    """Batches of such images without an end, each another."""
    source = stream(seed)
    while True:
        yield torch.rand(size, channels, side, side, generator=source) * 2 - 1


def data(
    count: int = 12, channels: int = 1, side: int = 8, seed: int = 0, classes: int = 4
) -> ImageData:
    """Noise as a data set; its labels are 0, 1, 2, 3, 0, ..., of the classes a to d."""
    pixels = torch.randint(0, 256, (count, channels, side, side), generator=stream(seed)).byte()
    return ImageData("noise", pixels, torch.arange(count) % classes, tuple("abcdefghij"[:classes]))
