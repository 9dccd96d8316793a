"""The multi-scale family: each member is two constructor calls and a TrainConfig (lesson 08)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.pyramid import box_downsample, pyramid_like, scale_sizes
from msgan_lessons.training import TrainConfig


def channels_for(resolution: int, width: int) -> tuple[int, ...]:
    """Feature channels at each scale: `width` at the finest, doubled towards 4x4, at most 8 times.

    Parameters
    ----------
    resolution : int
        Pixels a side of the finest scale, a power of two from 8 to 256.
    width : int
        Channels at the finest scale, at least 1.

    Raises
    ------
    ValueError
        If one is out of range.

    Examples
    --------
    >>> channels_for(32, 16), channels_for(128, 16)
    ((128, 64, 32, 16), (128, 128, 128, 64, 32, 16))
    """
    if not 8 <= resolution <= 256:
        raise ValueError(f"resolution must be a power of two from 8 to 256, got {resolution}.")
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}.")
    n_scales = len(scale_sizes(resolution, 4))
    return tuple(width * min(8, 2**k) for k in reversed(range(n_scales)))


CONNECTIONS = ("none", "coarse", "middle", "fine", "all")


def connection_resolutions(resolution: int, connections: str) -> tuple[int, ...]:
    """Resolutions below the finest, coarse to fine, at which an image passes from G to D."""
    if connections not in CONNECTIONS:
        raise ValueError(
            f"connections must be one of {', '.join(CONNECTIONS)}, got {connections!r}."
        )
    coarser = scale_sizes(resolution, 4)[:-1]
    if connections in ("none", "all"):
        return tuple(coarser) if connections == "all" else ()
    thirds = [tuple(int(size) for size in part) for part in np.array_split(coarser, 3)]
    third = thirds[("coarse", "middle", "fine").index(connections)]
    if not third:
        raise ValueError(
            f"connections must be none or all for resolution={resolution} "
            f"(below 32 there are no thirds), got {connections!r}."
        )
    return third


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
    generator: nn.Module
    discriminator: nn.Module
    config: TrainConfig

    def with_(self, **changes: object) -> "Model":
        """Return the same networks with some fields of `TrainConfig` changed, checked again."""
        return replace(self, config=self.config.with_(**changes))


NARROW = 16  # channels at the finest scale for which TrainConfig's learning rates were chosen


def trunk_rates(width: int) -> dict[str, float]:
    """Return learning rates for a D that is one trunk: the usual ones, lower beyond 16 channels.

    At the rates of a narrow pair a wide one loses its balance after some hundred steps; patch D
    do not. G's rate falls as the width grows, D's as its square: found by trying
    (benchmarks/widths.py; width 32, 64 images a step: dcgan's Fréchet distance falls to 10.6 in 800
    steps; at the usual rates it is 17 at step 400 and 62 at step 600).
    """
    usual, wider = TrainConfig(), max(1.0, width / NARROW)
    return {"g_lr": usual.g_lr / wider, "d_lr": usual.d_lr / wider**2}


def dcgan(
    *, resolution: int = 32, img_channels: int = 1, latent_dim: int = 64, width: int = 16
) -> Model:
    """One scale: G emits the finest image, D sees the finest image.

    Radford et al. 2016. Learning rates and widths are ours, chosen for runs of a minute.

    Parameters
    ----------
    resolution : int
        A power of two from 8 to 256.
    img_channels : int
        1 or 3.
    latent_dim : int
        Length of z, at least 1.
    width : int
        Feature channels at the finest scale, at least 1.

    Raises
    ------
    ValueError
        If a value is out of range.
    """
    arguments, sizes = _sizes(resolution, img_channels, latent_dim, width)
    return Model(
        "dcgan",
        arguments,
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="finest"),
        MultiScaleDiscriminator(**sizes, inject="finest"),
        TrainConfig(**trunk_rates(width)),
    )


def lapgan(
    *, resolution: int = 32, img_channels: int = 1, latent_dim: int = 64, width: int = 16
) -> Model:
    """Independent levels: each G adds a band to the image below it, each has a D of its own.

    Denton et al. 2015. Each level trains on the real image below it (teacher forcing). The D of a
    level sees the image, which is the paper's low-pass image plus band, in patches. The
    `latent_dim` of the G that is built counts the noise planes too.
    """
    arguments, sizes = _sizes(resolution, img_channels, latent_dim, width)
    n_scales = len(sizes["channels"])
    return Model(
        "lapgan",
        arguments,
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="residual", carry="image"),
        DiscriminatorEnsemble(n_scales, _patch_d(img_channels, 2 * width, 2), inject="all"),
        TrainConfig(),
    )


def progan(
    *, resolution: int = 32, img_channels: int = 1, latent_dim: int = 64, width: int = 16
) -> Model:
    """One scale at a time: both networks grow, and each new scale is faded in.

    Karras et al. 2018. Blocks, batch norm and loss are DCGAN's, so that growth is what differs.
    """
    arguments, sizes = _sizes(resolution, img_channels, latent_dim, width)
    return Model(
        "progan",
        arguments,
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="fading"),
        MultiScaleDiscriminator(**sizes, inject="fading"),
        TrainConfig(growth_images=3200, **trunk_rates(width)),
    )


def msggan(
    *,
    resolution: int = 32,
    img_channels: int = 1,
    latent_dim: int = 64,
    width: int = 16,
    connections: str = "all",
) -> Model:
    """Every scale at once: G emits an image at each, and each enters D.

    Karnewar and Wang 2020; `connections` are those of its ablation. Blocks are DCGAN's, and the
    loss is a parameter; the paper uses WGAN-GP and a relativistic average hinge.

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`.
    connections : str
        The scales at which an image passes from G to D besides the finest: 'all', 'none' (which
        is DCGAN), or a third of them: 'coarse', 'middle' or 'fine'.

    Raises
    ------
    ValueError
        If a value is out of range, or there is no such third.
    """
    arguments, sizes = _sizes(resolution, img_channels, latent_dim, width)
    scales = connection_resolutions(resolution, connections)
    return Model(
        "msggan",
        {**arguments, "connections": connections},
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit=scales),
        MultiScaleDiscriminator(**sizes, inject=scales),
        TrainConfig(**trunk_rates(width)),
    )


def multiscale_d(
    *, resolution: int = 32, img_channels: int = 1, latent_dim: int = 64, width: int = 16
) -> Model:
    """Scales for D alone: G emits the finest image, three patch D see it at three resolutions.

    Wang et al. 2018 (pix2pixHD), section 3.2: ensemble on the averaged image, feature matching with
    weight 10. Its loss is LSGAN.

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`, with its errors.
    """
    arguments, sizes = _sizes(resolution, img_channels, latent_dim, width)
    n_scales = min(3, len(sizes["channels"]))
    strides = 2 if resolution <= 32 else 3
    return Model(
        "multiscale_d",
        arguments,
        MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="finest"),
        DiscriminatorEnsemble(n_scales, _patch_d(img_channels, width, strides), inject="finest"),
        TrainConfig(loss="hinge", feature_matching=1.0),
    )


def _sizes(resolution: int, img_channels: int, latent_dim: int, width: int) -> tuple[dict, dict]:
    """What a checkpoint keeps, and what both networks share."""
    common = {"resolution": resolution, "img_channels": img_channels}
    arguments = {**common, "latent_dim": latent_dim, "width": width}
    return arguments, {**common, "channels": channels_for(resolution, width)}


def _patch_d(img_channels: int, width: int, strides: int) -> Callable[[], PatchDiscriminator]:
    channels = tuple(width * 2**k for k in range(strides))
    return lambda: PatchDiscriminator(img_channels=img_channels, channels=channels)


MODELS: dict[str, Callable[..., Model]] = {
    "dcgan": dcgan,
    "lapgan": lapgan,
    "progan": progan,
    "msggan": msggan,
    "multiscale_d": multiscale_d,
}


def build(name: str, **arguments: object) -> Model:
    """Build a member of the family by name.

    Parameters
    ----------
    name : str
        Key in `MODELS`.
    **arguments
        As for its function.

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

    Returns real scales, fake scales (with their graph), G, D, G's optimiser, D's optimiser.

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
