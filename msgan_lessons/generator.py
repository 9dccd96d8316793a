"""G: from noise to an image, scale by scale, formula (1) (lessons 03_generator and 08)."""

from collections.abc import Sequence

from torch import Tensor, nn

from msgan_lessons.base.checks import check_whole
from msgan_lessons.blocks import initialise_normal, upsampling_block
from msgan_lessons.pyramid import chosen_scales, scale_sizes


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

    def forward(self, z: Tensor) -> list[Tensor]:
        """Draw one scale, [images (B, 3, 128, 128)] in (-1, 1), from z (B, 512[, 1, 1])."""
        z = z[:, :, None, None] if z.ndim == 2 else z
        if z.ndim != 4 or z.shape[1:] != (512, 1, 1):
            raise ValueError(f"z must have shape (B, 512) or (B, 512, 1, 1), got {tuple(z.shape)}.")
        return [self.main(z)]


def check_noise(z: Tensor, latent_dim: int) -> None:
    """Refuse noise that has not the shape (B, latent_dim)."""
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise ValueError(f"z must have shape (B, {latent_dim}), got {tuple(z.shape)}.")


class MultiScaleGenerator(nn.Module):
    r"""Noise to an image by doubling the resolution, with an image at some or all scales.

    .. math:: h_1 = G_1(z), \quad h_k = G_k(h_{k-1}), \quad x_k = \tanh(toRGB_k(h_k))

    Formula (1), numbered in the order of work: the block next to the noise is G_1 here and G_n in
    the document.

    Parameters
    ----------
    resolution, base_resolution : int
        Pixels a side of the finest image and of the coarsest scale, powers of two.
    latent_dim : int
        Numbers that enter the first block.
    channels : sequence of int
        Feature channels at each scale, coarse to fine.
    img_channels : int
        1 (grey) or 3 (colour).
    emit : str or sequence of int
        What is shown. 'finest': one image (DCGAN). 'all': one image a scale (MSG-GAN); a sequence
        of resolutions: these alone, and the finest.

    Raises
    ------
    ValueError
        If an argument is not allowed, or `channels` does not have one entry a scale.

    The blocks are DCGAN's (Radford et al. 2016), where ProGAN (Karras et al. 2018) and MSG-GAN
    (Karnewar and Wang 2020) use two 3x3 convolutions at a multiple of the cost. In `family`,
    `GrowingGenerator` fades its scales in, and `ResidualGenerator` adds bands.

    Examples
    --------
    >>> import torch
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
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, base_resolution)
        self.emitted = chosen_scales(self.sizes, emit, "emit")
        _check(self.sizes, channels, img_channels)
        check_whole(1, latent_dim=latent_dim)
        self.resolution, self.latent_dim, self.img_channels = resolution, latent_dim, img_channels
        self.blocks = nn.ModuleList(
            self.block(k, (latent_dim, *channels)[k], c) for k, c in enumerate(channels)
        )
        self.to_rgb = nn.ModuleList(  # one an image that is shown
            nn.Conv2d(c, img_channels, 3, padding=1)
            for c, size in zip(channels, self.sizes, strict=True)
            if size in self.emitted
        )
        initialise_normal(self)

    def block(self, k: int, c_in: int, c_out: int) -> nn.Module:
        """Make block k: the first turns noise into coarse features, each later one doubles."""
        return upsampling_block(c_in, c_out, first=0 if k else self.sizes[0])

    def forward(self, z: Tensor) -> list[Tensor]:
        """Draw from z (B, latent_dim): images coarse to fine, each (B, C, r, r) in [-1, 1]."""
        check_noise(z, self.latent_dim)
        to_rgb = dict(zip(self.emitted, self.to_rgb, strict=True))
        h, images = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
        for size, block in zip(self.sizes, self.blocks, strict=True):
            h = block(h)  # (B, channels[k], r, r)
            if size in to_rgb:
                images.append(to_rgb[size](h).tanh())  # (B, C, r, r)
        return images

    def features(self, z: Tensor, depth: int | None = None) -> list[Tensor]:
        """Return what each block hands on, coarse to fine: (B, channels[k], r_k, r_k), >= 0."""
        check_noise(z, self.latent_dim)
        out = [z[:, :, None, None]]  # (B, latent_dim, 1, 1)
        for block in self.blocks[:depth]:
            out.append(block(out[-1]))  # (B, channels[k], r_k, r_k)
        return out[1:]


def _check(sizes: list[int], channels: Sequence[int], img_channels: int) -> None:
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    if img_channels not in (1, 3):
        raise ValueError(f"img_channels must be 1 or 3, got {img_channels}.")
