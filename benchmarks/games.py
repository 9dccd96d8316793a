"""What every contestant plays with: networks of the family, our loop, and batches."""

import itertools
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from msgan_lessons import family
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.family import Model
from msgan_lessons.training import train

__all__ = ["FOR_EVER", "build", "image_batches", "loader_batches", "our_rows", "random_batches"]

FOR_EVER = 10**9


def build(model: str, seed: int = 0, **arguments: int) -> tuple[Model, Streams]:
    """Build a member of the family for a benchmark, at full depth from the start.

    'one_patch_d' is multiscale_d without its coarser judges: what it is compared with.

    Parameters
    ----------
    model : str
        Key in `family.MODELS`, or 'one_patch_d'.
    seed : int
        Of the weights and of everything drawn.
    **arguments
        'resolution', 'width', 'img_channels', 'latent_dim'.

    Returns
    -------
    tuple
        The model, and the streams that follow.
    """
    streams = Streams(seed)
    streams.seed_weights()
    alone = model == "one_patch_d"
    pair = family.build("multiscale_d" if alone else model, **arguments)
    if alone:
        pair.discriminator.members = pair.discriminator.members[-1:]
    return pair.with_(growth_images=0), streams


def our_rows(
    pair: Model,
    batches: Iterable[Tensor],
    streams: Streams,
    *,
    average: nn.Module | None = None,
    device: str = "cpu",
) -> Iterator[dict]:
    """Train for as long as rows are asked for, as a lesson does.

    Parameters
    ----------
    pair, batches, streams, device
        As for `train`.
    average : nn.Module, optional
        A copy of G for its running average.

    Returns
    -------
    iterator of dict
    """
    return train(
        pair.generator, pair.discriminator, batches, pair.config, steps=FOR_EVER,
        generator_ema=average, streams=streams, device=device,
    )  # fmt: skip


def loader_batches(resolution: int, batch_size: int, streams: Streams) -> Iterator[Tensor]:
    """Batches for ever, collated from single images by torch's own loader, in this process."""
    dataset = TensorDataset(open_images(resolution=resolution).images())
    loader = DataLoader(
        dataset, batch_size, shuffle=True, drop_last=True, generator=streams["data"]
    )
    return (batch for _ in itertools.count() for (batch,) in loader)


def random_batches(resolution: int, batch_size: int, streams: Streams) -> Iterator[Tensor]:
    """One batch of noise for ever: no data set weighs on the memory that is measured."""
    shape = (batch_size, 1, resolution, resolution)
    images = torch.rand(shape, generator=streams["data"]) * 2 - 1
    return itertools.repeat(images)


def image_batches(resolution: int, batch_size: int, streams: Streams) -> Iterator[Tensor]:
    """Batches of Fashion-MNIST from memory, as every lesson draws them."""
    return open_images(resolution=resolution).batches(batch_size, streams["data"])
