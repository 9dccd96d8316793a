"""G: from noise to an image, scale by scale, formula (1) (lessons 03_generator and 08)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from msgan_lessons.blocks import initialise_normal, join, refining_block, upsampling_block
from msgan_lessons.pyramid import bilinear_upsample, chosen_scales, fade, scale_sizes


class DocumentGenerator(nn.Module):
    """The generator of the document's section 4.1, layer by layer: 512x1x1 -> 3x128x128.

    DCGAN's generator (Radford et al. 2016, figure 1) with one more layer. It runs as printed; what
    the text says around it is mended in lesson 03_generator: no pooling, a single scale.
    """

    latent_dim = 512
    resolution = 128

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(512, 1024, 4, 1, 0, bias=False),  # 1x1 -> 4x4
            nn.BatchNorm2d(1024),
            nn.ReLU(True),
            nn.ConvTranspose2d(1024, 512, 4, 2, 1, bias=False),  # -> 8x8
            nn.BatchNorm2d(512),
            nn.ReLU(True),
            nn.ConvTranspose2d(512, 256, 4, 2, 1, bias=False),  # -> 16x16
            nn.BatchNorm2d(256),
            nn.ReLU(True),
            nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False),  # -> 32x32
            nn.BatchNorm2d(128),
            nn.ReLU(True),
            nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),  # -> 64x64
            nn.BatchNorm2d(64),
            nn.ReLU(True),
            nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False),  # -> 128x128
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Draw images (B, 3, 128, 128) in (-1, 1) from z (B, 512) or (B, 512, 1, 1)."""
        z = z[:, :, None, None] if z.ndim == 2 else z
        if z.ndim != 4 or z.shape[1:] != (512, 1, 1):
            raise ValueError(f"z must have shape (B, 512) or (B, 512, 1, 1), got {tuple(z.shape)}.")
        return self.main(z)


CARRY = ("features", "image")


def blocks_from_noise(
    base_resolution: int, latent_dim: int, channels: Sequence[int], img_channels: int, carry: str
) -> nn.ModuleList:
    """Make the blocks of a G, coarse to fine: the first takes noise, the others what is carried.

    For carry='features' each later block doubles the resolution (DCGAN); for 'image' it works at
    the resolution of the enlarged image, which enters it with a noise plane (LAPGAN).
    """
    first = upsampling_block(latent_dim, channels[0], first=base_resolution)
    if carry == "image":
        later = [refining_block(img_channels + 1, c) for c in channels[1:]]
    else:
        later = [upsampling_block(a, b) for a, b in pairwise(channels)]
    return nn.ModuleList([first, *later])


def check_noise(z: Tensor, latent_dim: int) -> None:
    """Refuse noise that has not the shape (B, latent_dim)."""
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise ValueError(f"z must have shape (B, {latent_dim}), got {tuple(z.shape)}.")


def refined(
    noise: Sequence[Tensor],
    sizes: Sequence[int],
    blocks: nn.ModuleList,
    image: Callable[[int, Tensor, Tensor | None], Tensor],
    low: Sequence[Tensor] | None = None,
) -> list[Tensor]:
    """Draw every scale from the image below it and a noise plane; no gradient between scales.

    .. math:: h_k = G_k([up(x_{k-1}), z_k])

    `low` holds the images below, coarse to fine without the finest; by default those that are
    drawn. `image` maps k, h_k and the image below to x_k (LAPGAN, Denton et al. 2015, section 3).
    """
    if low is not None and (got := [x.shape[-1] for x in low]) != list(sizes[:-1]):
        raise ValueError(f"low must hold the scales {list(sizes[:-1])}, got {got}.")
    first, *planes = noise
    images = [image(0, blocks[0](first[:, :, None, None]), None)]
    for k, plane in enumerate(planes, start=1):
        below = images[-1].detach() if low is None else low[k - 1]
        noise_plane = plane.reshape(-1, 1, sizes[k], sizes[k])
        h = blocks[k](join(bilinear_upsample(below), noise_plane))  # (B, channels[k], r_k, r_k)
        images.append(image(k, h, below))
    return images


EMIT = ("finest", "fading", "all", "residual")


class MultiScaleGenerator(nn.Module):
    r"""Noise to an image by doubling the resolution; two switches make the whole family.

    .. math:: h_1 = G_1(z), \quad h_k = G_k(h_{k-1}), \quad x_k = \tanh(toRGB_k(h_k))

    Formula (1), numbered in the order of work: the block next to the noise is G_1 here and G_n in
    the document.

    Parameters
    ----------
    resolution, base_resolution : int
        Pixels a side of the finest image and of the coarsest scale, powers of two.
    latent_dim : int
        Numbers that enter the first block; with carry='image' the attribute counts the later noise.
    channels : sequence of int
        Feature channels at each scale, coarse to fine.
    img_channels : int
        1 (grey) or 3 (colour).
    emit : str or sequence of int
        What is shown. 'finest': one image (DCGAN). 'fading': one image at the scale that growth
        has reached (ProGAN). 'all': one image a scale (MSG-GAN); a sequence of resolutions: these
        alone, and the finest. 'residual': each image is the coarser one and what is added (LAPGAN).
    carry : str
        What the next scale starts from. 'features': the features of the scale before. 'image':
        its image, cut off from the gradient, and a noise plane (LAPGAN).

    Raises
    ------
    ValueError
        If an argument is not allowed, or `channels` does not have one entry a scale.

    The blocks are DCGAN's (Radford et al. 2016), where ProGAN (Karras et al. 2018) and MSG-GAN
    (Karnewar and Wang 2020) use two 3x3 convolutions at a multiple of the cost; LAPGAN (Denton et
    al. 2015), section 3.

    Examples
    --------
    >>> G = MultiScaleGenerator(resolution=16, latent_dim=8, channels=(32, 16, 8), emit="all")
    >>> [tuple(x.shape) for x in G(torch.randn(2, 8))]
    [(2, 1, 4, 4), (2, 1, 8, 8), (2, 1, 16, 16)]
    """

    def __init__(
        self,
        *,
        resolution: int = 32,
        base_resolution: int = 4,
        latent_dim: int = 64,
        channels: Sequence[int] = (128, 64, 32, 16),
        img_channels: int = 1,
        emit: str | Sequence[int] = "finest",
        carry: str = "features",
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, base_resolution)
        self.emitted = chosen_scales(self.sizes, emit, "emit", EMIT)
        _check(self.sizes, channels, img_channels, emit, carry)
        self.resolution, self.emit, self.carry = resolution, emit, carry
        planes = [size**2 for size in self.sizes[1:]] if carry == "image" else []
        self.noise = [latent_dim, *planes]  # numbers of z that enter each block
        self.latent_dim = sum(self.noise)
        self.blocks = blocks_from_noise(base_resolution, latent_dim, channels, img_channels, carry)
        self.to_rgb = nn.ModuleList(
            nn.Conv2d(c, img_channels, 3, padding=1)
            for c, size in zip(channels, self.sizes, strict=True)
            if size in self.emitted or carry == "image"
        )
        if emit == "fading":  # depth and alpha, kept with the weights
            self.register_buffer("stage", torch.tensor([len(self.sizes), 1.0]))
        initialise_normal(self)

    def forward(
        self,
        z: Tensor,
        *,
        depth: int | None = None,
        alpha: float | None = None,
        low: Sequence[Tensor] | None = None,
    ) -> list[Tensor]:
        """Draw images from z (B, latent_dim): a list coarse to fine, each (B, C, r, r) in [-1, 1].

        For emit='fading', `depth` scales play (counted from the coarse end) and the newest has the
        weight `alpha`; by default as `grow_to` set them. For carry='image', `low` holds the images
        from which the later scales start, without the finest (LAPGAN trains on real ones).
        """
        if self.carry == "image":
            check_noise(z, self.latent_dim)
            noise = z.split(self.noise, 1)
            images = refined(noise, self.sizes, self.blocks, self._image, low)
            return [x for x in images if x.shape[-1] in self.emitted]
        if self.emit == "fading":
            return [self._grow(z, depth, alpha)]
        features = zip(self.sizes, self.features(z), strict=True)
        shown = [h for size, h in features if size in self.emitted]
        images = [None]
        for k, h in enumerate(shown):
            images.append(self._image(k, h, images[-1]))
        return images[1:]

    def features(self, z: Tensor, depth: int | None = None) -> list[Tensor]:
        """Return what each block hands on, coarse to fine: (B, channels[k], r_k, r_k), >= 0."""
        if self.carry == "image":
            raise ValueError("features must be carried from scale to scale, got carry='image'.")
        check_noise(z, self.latent_dim)
        h, out = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
        for block in self.blocks[:depth]:
            h = block(h)  # (B, channels[k], r_k, r_k)
            out.append(h)
        return out

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Set the scales that play from now on; saved with the weights (emit='fading')."""
        self.stage.copy_(torch.tensor([depth, alpha]))

    def _grow(self, z: Tensor, depth: int | None, alpha: float | None) -> Tensor:
        """The image at `depth` scales, faded in by `alpha`: shape (B, img_channels, r, r)."""
        reached, faded = self.stage.tolist()
        depth = int(reached) if depth is None else depth
        alpha = faded if alpha is None else alpha
        if not 1 <= depth <= len(self.sizes):
            raise ValueError(f"depth must be from 1 to {len(self.sizes)}, got {depth}.")
        features = self.features(z, depth)
        image = self.to_rgb[depth - 1](features[-1]).tanh()
        if alpha == 1 or depth == 1:
            return image
        return fade(image, self.to_rgb[depth - 2](features[-2]).tanh(), alpha)

    def _image(self, k: int, h: Tensor, below: Tensor | None) -> Tensor:
        """An image from features by the k-th toRGB; for 'residual' they say what `below` lacks."""
        if below is None or self.emit != "residual":
            return self.to_rgb[k](h).tanh()
        return (bilinear_upsample(below) + self.to_rgb[k](h)).clamp(-1, 1)


def _check(sizes: list[int], channels: Sequence[int], img_channels: int, emit, carry: str) -> None:
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    if img_channels not in (1, 3):
        raise ValueError(f"img_channels must be 1 or 3, got {img_channels}.")
    if carry not in CARRY:
        raise ValueError(f"carry must be one of {', '.join(CARRY)}, got {carry!r}.")
    if carry == "image" and emit == "fading":
        raise ValueError("carry must be 'features' for emit='fading', got 'image'.")
