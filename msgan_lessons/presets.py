"""The family as the lessons ask for it: by name, and as a game of one batch (lessons 07 and 08)."""

import torch
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.connections import CONNECTIONS
from msgan_lessons.family import MODELS, dcgan, lapgan, msggan, multiscale_d, progan
from msgan_lessons.model import Model
from msgan_lessons.pyramid import pyramid_like
from msgan_lessons.resampling import box_downsample
from msgan_lessons.scales import channels_for

__all__ = [
    "CONNECTIONS",
    "MODELS",
    "Model",
    "build",
    "channels_for",
    "dcgan",
    "lapgan",
    "msggan",
    "multiscale_d",
    "progan",
    "small_game",
]


def build(name: str, **arguments: object) -> Model:
    """Build a member of the family by name.

    Parameters
    ----------
    name : str
        Key in `MODELS`.
    **arguments
        As for its function.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If the name is unknown or a value out of range.

    Examples
    --------
    >>> build("msggan", resolution=16).generator.sizes
    [4, 8, 16]
    """
    if name not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {name!r}.")
    return MODELS[name](**arguments)


def small_game(model: str, images: Tensor, streams: Streams, lr: float = 1e-3) -> tuple:
    """Set up one batch and a small pair, so that a single step can be looked at (lesson 07).

    Parameters
    ----------
    model : str
        Key in `MODELS`.
    images : Tensor
        Real images (B, C, R, R) in [-1, 1]; averaged down to 16x16.
    streams : Streams
        Seed of the weights and of the latents; the same seed gives the same game.
    lr : float
        Learning rate of plain gradient descent, for both players.

    Returns
    -------
    tuple
        Real scales, fake scales (with their graph), G, D, G's optimiser, D's optimiser.
    """
    while images.shape[-1] > 16:
        images = box_downsample(images)
    streams.seed_weights()
    pair = build(model, resolution=images.shape[-1], width=4, img_channels=images.shape[1])
    z = torch.randn(len(images), pair.generator.latent_dim, generator=streams.fresh("small_game"))
    fake = pair.generator(z)
    players = (pair.generator, pair.discriminator)
    optimizers = (torch.optim.SGD(player.parameters(), lr=lr) for player in players)
    return pyramid_like(images, fake), fake, *players, *optimizers
