"""The multi-scale family: each member is two constructor calls and a TrainConfig (lesson 08)."""

from collections.abc import Callable

from msgan_lessons.config import TrainConfig
from msgan_lessons.connections import connected
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.ensemble import DiscriminatorEnsemble
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.learning_rates import trunk_rates
from msgan_lessons.model import Model
from msgan_lessons.patch import PatchDiscriminator
from msgan_lessons.scales import channels_for

__all__ = ["MODELS", "dcgan", "lapgan", "msggan", "multiscale_d", "progan"]


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

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`; the generator's `latent_dim` counts the noise planes too.

    Returns
    -------
    Model

    References
    ----------
    Denton et al. 2015. Each level trains on the real image below it (teacher forcing). The D of
    a level sees the image, which is the paper's low-pass image plus band, in patches.
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

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`.

    Returns
    -------
    Model
        `config.growth_images` sets the pace of the growth.

    References
    ----------
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

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`.
    connections : str
        The scales at which an image passes from G to D besides the finest: 'all', 'none' (which
        is DCGAN), or a third of them: 'coarse', 'middle' or 'fine'.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If a value is out of range, or there is no such third.

    References
    ----------
    Karnewar and Wang 2020; `connections` are those of its ablation. Blocks are DCGAN's, and the
    loss is a parameter; the paper uses WGAN-GP and a relativistic average hinge.
    """
    arguments, sizes = _sizes(resolution, img_channels, latent_dim, width)
    scales = connected(resolution, connections)
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

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `dcgan`.

    Returns
    -------
    Model

    References
    ----------
    Wang et al. 2018 (pix2pixHD), section 3.2: ensemble on the averaged image, feature matching
    with weight 10. Its loss is LSGAN.
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
