"""The multi-scale family: each member is two constructor calls and a TrainConfig (lesson 08)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.base.streams import Streams
from msgan_lessons.blocks import join, refining_block
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.generator import MultiScaleGenerator, check_noise
from msgan_lessons.pyramid import (
    Scales,
    bilinear_upsample,
    box_downsample,
    fade,
    image_pyramid,
    pyramid_like,
    scale_sizes,
)
from msgan_lessons.training import TrainConfig


class GrowingGenerator(MultiScaleGenerator):
    r"""G at one scale at a time, the newest faded in: ProGAN (Karras et al. 2018), section 2.

    .. math:: x = \alpha \, x_k + (1 - \alpha) \, up(x_{k-1})

    Formula (9). The scales that play and their alpha are kept with the weights, as `stage`.

    Parameters
    ----------
    **sizes
        As for `MultiScaleGenerator`, with its errors; `emit` is 'all'.

    Examples
    --------
    >>> G = GrowingGenerator(resolution=16, latent_dim=8, channels=(32, 16, 8))
    >>> [[tuple(x.shape) for x in G(torch.randn(2, 8), depth=k)] for k in (1, 2)]
    [[(2, 1, 4, 4)], [(2, 1, 8, 8)]]
    """

    def __init__(self, **sizes: object) -> None:
        super().__init__(**sizes, emit="all")
        self.register_buffer("stage", torch.tensor([len(self.sizes), 1.0]))  # depth, alpha

    def forward(
        self, z: Tensor, *, depth: int | None = None, alpha: float | None = None
    ) -> list[Tensor]:
        """Draw one image, [(B, C, r, r)], at `depth` scales; by default as `grow_to` set them."""
        reached, faded = self.stage.tolist()
        depth = int(reached) if depth is None else depth
        alpha = faded if alpha is None else alpha
        if not 1 <= depth <= len(self.sizes):
            raise ValueError(f"depth must be from 1 to {len(self.sizes)}, got {depth}.")
        *_, below, h = [None, *self.features(z, depth)]
        image = self.to_rgb[depth - 1](h).tanh()
        if alpha == 1 or depth == 1:
            return [image]
        return [fade(image, self.to_rgb[depth - 2](below).tanh(), alpha)]

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Set the scales that play from now on, from the coarse end; saved with the weights."""
        self.stage.copy_(torch.tensor([depth, alpha]))


class GrowingDiscriminator(MultiScaleDiscriminator):
    """D against a `GrowingGenerator`: its image enters at the scale that plays, finer blocks rest.

    ProGAN (Karras et al. 2018), section 2 and figure 2: while a scale is faded in, part of the
    image goes round its block.

    Parameters
    ----------
    **sizes
        As for `MultiScaleDiscriminator`, with its errors; `inject` is 'finest'.
    """

    def __init__(self, **sizes: object) -> None:
        super().__init__(**sizes, inject="finest")
        self.register_buffer("stage", torch.tensor([len(self.sizes), 1.0]))  # depth, alpha

    def add_entrances(self, inputs: Sequence[int]) -> None:
        """Let an image enter before each block: the finest takes it as it is."""
        image, *later = inputs
        entrances = (nn.Sequential(nn.Conv2d(image, c, 1), nn.LeakyReLU(0.2, True)) for c in later)
        self.from_rgb = nn.ModuleList([nn.Identity(), *entrances])

    def judge(self, images: Scales) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return [logits] and [features] at the scale reached, as the parent's `judge`."""
        depth, alpha = self.stage.tolist()
        first = len(self.sizes) - int(depth)  # finer blocks rest
        (x,) = self.packed(images, [self.sizes[int(depth) - 1]])  # (B/pac, img, r, r)
        h, features = self.from_rgb[first](x), []
        for k, block in enumerate(self.blocks[first:], start=first):
            h = block(h)
            if k == first and alpha < 1:  # part of the image goes round the newest block
                h = alpha * h + (1 - alpha) * self.from_rgb[k + 1](box_downsample(x))
            features.append(h)
        return [self.head(self.stddev(h)).flatten()], [features]  # (B/pac,)

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Set the scales that play from now on; saved with the weights."""
        self.stage.copy_(torch.tensor([depth, alpha if depth > 1 else 1.0]))


class ResidualGenerator(MultiScaleGenerator):
    r"""G by levels: each enlarges the image below it and adds what it lacks, from noise of its own.

    .. math:: h_k = G_k([up(x_{k-1}), z_k]), \quad x_k = up(x_{k-1}) + toRGB_k(h_k)

    Formula (10): LAPGAN (Denton et al. 2015), section 3. No gradient passes from level to level.

    Parameters
    ----------
    latent_dim : int
        Numbers that enter the first level; the attribute counts the later levels' planes too.
    **sizes
        As for `MultiScaleGenerator`, with its errors; `emit` is 'all'.

    Examples
    --------
    >>> G = ResidualGenerator(resolution=8, latent_dim=5, channels=(4, 2))
    >>> G.latent_dim, [tuple(x.shape) for x in G(torch.randn(2, 69))]  # 5 + 8 * 8
    (69, [(2, 1, 4, 4), (2, 1, 8, 8)])
    """

    def __init__(self, *, latent_dim: int = 64, img_channels: int = 1, **sizes: object) -> None:
        self.level_inputs = img_channels + 1  # an image and a plane of noise
        super().__init__(latent_dim=latent_dim, img_channels=img_channels, **sizes, emit="all")
        self.noise = [latent_dim, *(size**2 for size in self.sizes[1:])]  # numbers a level takes
        self.latent_dim = sum(self.noise)

    def block(self, k: int, c_in: int, c_out: int) -> nn.Module:
        """Make level k: the first takes noise, each later one works at its own resolution."""
        return refining_block(self.level_inputs, c_out) if k else super().block(k, c_in, c_out)

    def forward(self, z: Tensor, *, low: Scales | None = None) -> list[Tensor]:
        """Draw every scale from z (B, latent_dim): a list coarse to fine, (B, C, r, r) in [-1, 1].

        `low` holds the images that the later levels start from, without the finest; by default
        those that are drawn.
        """
        check_noise(z, self.latent_dim)
        if low is not None and (got := [x.shape[-1] for x in low]) != self.sizes[:-1]:
            raise ValueError(f"low must hold the scales {self.sizes[:-1]}, got {got}.")
        first, *planes = z.split(self.noise, 1)
        images = [self.to_rgb[0](self.blocks[0](first[:, :, None, None])).tanh()]
        for k, plane in enumerate(planes, start=1):
            below = bilinear_upsample(images[-1].detach() if low is None else low[k - 1])
            noise = plane.reshape(-1, 1, self.sizes[k], self.sizes[k])
            h = self.blocks[k](join(below, noise))  # (B, channels[k], r_k, r_k)
            images.append((below + self.to_rgb[k](h)).clamp(-1, 1))
        return images

    def beside(self, z: Tensor, real: Tensor) -> list[Tensor]:
        """Draw for training: each level starts from the real image below it (teacher forcing)."""
        return self(z, low=image_pyramid(real, len(self.sizes))[:-1])

    def features(self, z: Tensor, depth: int | None = None) -> list[Tensor]:
        """Refuse: the levels hand on images."""
        raise ValueError(
            "features must be carried from scale to scale, "
            "got ResidualGenerator, which carries images."
        )


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
    check_least(1, width=width)
    n_scales = len(scale_sizes(resolution, 4))
    return tuple(width * min(8, 2**k) for k in reversed(range(n_scales)))


CONNECTIONS = ("none", "coarse", "middle", "fine", "all")


def connection_resolutions(resolution: int, connections: str) -> tuple[int, ...]:
    """Resolutions below the finest, coarse to fine, at which an image passes from G to D."""
    check_choice("connections", connections, CONNECTIONS)
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
        ResidualGenerator(**sizes, latent_dim=latent_dim),
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
        GrowingGenerator(**sizes, latent_dim=latent_dim),
        GrowingDiscriminator(**sizes),
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
    check_choice("model", name, MODELS)
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
