"""The multi-scale family: each member is two constructor calls and a TrainConfig."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.resampling import box_downsample
from msgan_lessons.runs.config import TrainConfig
from msgan_lessons.runs.repro import Streams
from msgan_lessons.scales import channels_for

__all__ = ["MODELS", "Model", "build", "channels_for", "dcgan", "msggan", "small_game"]


@dataclass(frozen=True)
class Model:
    """Two networks and how to train them.

    Parameters
    ----------
    name : str
        Key in `MODELS`.
    arguments : dict
        What it was built with, so that a checkpoint can build it again.
    generator, discriminator : nn.Module
        On the CPU, freshly initialised.
    config : TrainConfig
        Settings that suit them.
    """

    name: str
    arguments: dict
    generator: MultiScaleGenerator
    discriminator: MultiScaleDiscriminator
    config: TrainConfig

    def with_(self, **changes: object) -> "Model":
        """Return the same networks with some settings changed.

        Parameters
        ----------
        **changes
            Fields of `TrainConfig`.

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            If a setting is out of its range.
        """
        return replace(self, config=self.config.with_(**changes))


def dcgan(
    *, resolution: int = 32, img_channels: int = 1, latent_dim: int = 64, width: int = 16
) -> Model:
    """One scale: G emits the finest image, D sees the finest image.

    Parameters
    ----------
    resolution : int
        A power of two from 8 to 256.
    img_channels : int
        1 or 3.
    latent_dim : int
        Length of z, at least 1.
    width : int
        Feature channels at the finest scale.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If a value is out of range.

    References
    ----------
    Radford et al. 2016. Learning rates and widths are ours, chosen for runs of a minute.
    """
    common = {"resolution": resolution, "img_channels": img_channels}
    sizes = {**common, "channels": channels_for(resolution, width)}
    return Model(
        "dcgan",
        {**common, "latent_dim": latent_dim, "width": width},
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="finest"),
        MultiScaleDiscriminator(**sizes, inject="finest"),
        TrainConfig(),
    )


def msggan(
    *, resolution: int = 32, img_channels: int = 1, latent_dim: int = 64, width: int = 16
) -> Model:
    """Every scale: G emits an image at each, and each enters D.

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If a value is out of range.

    References
    ----------
    Karnewar and Wang 2020. Blocks are DCGAN's, and the loss is a parameter; the paper uses
    WGAN-GP and a relativistic average hinge.
    """
    common = {"resolution": resolution, "img_channels": img_channels}
    sizes = {**common, "channels": channels_for(resolution, width)}
    return Model(
        "msggan",
        {**common, "latent_dim": latent_dim, "width": width},
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="all"),
        MultiScaleDiscriminator(**sizes, inject="all"),
        TrainConfig(),
    )


MODELS: dict[str, Callable[..., Model]] = {"dcgan": dcgan, "msggan": msggan}


def build(name: str, **arguments: int) -> Model:
    """Build a member of the family by name.

    Parameters
    ----------
    name : str
        Key in `MODELS`.
    **arguments
        As for `dcgan`.

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
    z = torch.randn(len(images), 64, generator=streams.fresh("small_game"))
    fake = pair.generator(z)
    players = (pair.generator, pair.discriminator)
    optimizers = (torch.optim.SGD(player.parameters(), lr=lr) for player in players)
    return image_pyramid(images, len(fake)), fake, *players, *optimizers
