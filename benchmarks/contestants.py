"""Who is timed: our loop and the textbook's, on the same networks and data."""

import copy

from benchmarks.games import build, image_batches, loader_batches, our_rows, random_batches
from benchmarks.process import Desk
from benchmarks.textbook import textbook_loop
from benchmarks.timing import timed
from msgan_lessons.pyramid import image_pyramid

__all__ = ["ours", "textbook"]


def ours(
    desk: Desk,
    model: str,
    *,
    resolution: int = 32,
    batch_size: int = 32,
    average: bool = False,
    real: bool = True,
    device: str = "cpu",
    compiled: str = "",
) -> None:
    """Time `training.train`.

    Parameters
    ----------
    desk : Desk
        Asks how long so many steps take.
    model : str
        Key in `family.MODELS`.
    resolution, batch_size : int
        Of the images.
    average : bool
        Keep G's running average too; no textbook does.
    real : bool
        Fashion-MNIST from memory; else one batch of noise again and again.
    device : str
        As for `train`.
    compiled : str
        Mode of torch.compile for both networks; empty: not compiled.
    """
    pair, streams = build(model, resolution=resolution)
    if compiled:
        pair.generator.compile(mode=compiled)
        pair.discriminator.compile(mode=compiled)
    batches = (image_batches if real else random_batches)(resolution, batch_size, streams)
    copied = copy.deepcopy(pair.generator) if average else None
    for _row in our_rows(pair, timed(desk, batches), streams, average=copied, device=device):
        pass


def textbook(
    desk: Desk,
    model: str,
    *,
    resolution: int = 32,
    batch_size: int = 32,
    forwards: int = 2,
    loader: bool = False,
    device: str = "cpu",
) -> None:
    """Time the textbook loop on the same networks.

    Parameters
    ----------
    desk, model, resolution, batch_size, device
        As for `ours`.
    forwards : int
        1: G's step uses the fakes of D's step, as ours does; 2: it draws new ones.
    loader : bool
        Take batches from a `DataLoader` over single images, as tutorials do; else from memory.
    """
    pair, streams = build(model, resolution=resolution)
    batches = (loader_batches if loader else image_batches)(resolution, batch_size, streams)
    n_scales = len(pair.generator.sizes) if model == "msggan" else 1
    rows = textbook_loop(
        pair.generator.to(device),
        pair.discriminator.to(device),
        timed(desk, batches),
        pair.config,
        latents=streams["latents"],
        scales=lambda images: image_pyramid(images, n_scales),
        forwards=forwards,
    )
    for _row in rows:
        pass
