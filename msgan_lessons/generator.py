"""G: from noise to an image, scale by scale, formula (1) (lessons 03_generator and 08)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.blocks import initialise_normal
from msgan_lessons.carry import CARRY, blocks_from_noise, check_noise, noise_lengths, refined
from msgan_lessons.document_generator import DocumentGenerator
from msgan_lessons.fading import fade
from msgan_lessons.resampling import bilinear_upsample
from msgan_lessons.scales import chosen_scales, scale_sizes

__all__ = ["DocumentGenerator", "MultiScaleGenerator"]

EMIT = ("finest", "fading", "all", "residual")


class MultiScaleGenerator(nn.Module):
    r"""Noise to an image by doubling the resolution; two switches make the whole family.

    .. math:: h_1 = G_1(z), \quad h_k = G_k(h_{k-1}), \quad x_k = \tanh(toRGB_k(h_k))

    Formula (1) with its order mended: the block next to the noise acts first.

    Parameters
    ----------
    resolution : int
        Pixels a side of the finest image, a power of two.
    base_resolution : int
        Pixels a side of the coarsest scale, a power of two; the first block makes it from noise.
    latent_dim : int
        Numbers that enter the first block. For carry='image' each later block takes a noise plane
        too, and the attribute `latent_dim` counts them all.
    channels : sequence of int
        Feature channels at each scale, coarse to fine.
    img_channels : int
        1 (grey) or 3 (colour).
    emit : str or sequence of int
        What is shown. 'finest': one image (DCGAN). 'fading': one image at the scale that growth
        has reached (ProGAN). 'all': one image a scale (MSG-GAN); a sequence of resolutions: these
        alone, and the finest. 'residual': one image a scale, each the enlarged coarser image plus
        what this scale adds (LAPGAN).
    carry : str
        What the next scale starts from. 'features': the features of the scale before. 'image':
        its image, cut off from the gradient, and a noise plane (LAPGAN).

    Raises
    ------
    ValueError
        If the resolutions are not powers of two, `channels` does not have one entry a scale,
        or a switch is unknown.

    References
    ----------
    DCGAN (Radford et al. 2016) for the blocks; ProGAN (Karras et al. 2018), section 2; MSG-GAN
    (Karnewar and Wang 2020), section 2; LAPGAN (Denton et al. 2015), section 3. The papers of
    ProGAN and MSG-GAN use two 3x3 convolutions a block; ours is DCGAN's one transposed 4x4
    convolution, which costs a fraction.

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
        self.noise = noise_lengths(self.sizes, latent_dim, carry)  # numbers of z for each block
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
        """Draw images.

        Parameters
        ----------
        z : Tensor
            Shape (B, latent_dim), standard normal.
        depth : int, optional
            For emit='fading': scales that play, from 1, counted from the coarse end. Default:
            as `grow_to` set it.
        alpha : float, optional
            For emit='fading': weight of the newest scale, in [0, 1]. Default: as for `depth`.
        low : sequence of Tensor, optional
            For carry='image': the images from which the later scales start, coarse to fine
            without the finest (LAPGAN trains on real ones). Default: G's own.

        Returns
        -------
        list of Tensor
            Coarse to fine, each (B, img_channels, r, r) with values in [-1, 1]: one for each
            scale that is emitted.

        Raises
        ------
        ValueError
            If `z` or `low` has another shape, or `depth` is out of range.
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
        """Return what each block hands on, coarse to fine: tensors (B, channels[k], r_k, r_k).

        Parameters
        ----------
        z : Tensor
            Shape (B, latent_dim).
        depth : int, optional
            Scales to compute, from 1; default: all.

        Returns
        -------
        list of Tensor
            One a scale, >= 0 (they leave a ReLU).

        Raises
        ------
        ValueError
            If `z` has another shape, or nothing but images is carried on.
        """
        if self.carry == "image":
            raise ValueError("features must be carried from scale to scale, got carry='image'.")
        check_noise(z, self.latent_dim)
        h, out = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
        for block in self.blocks[:depth]:
            h = block(h)  # (B, channels[k], r_k, r_k)
            out.append(h)
        return out

    def grow_to(self, depth: int, alpha: float = 1.0) -> None:
        """Set the scales that play from now on; saved with the weights (emit='fading').

        Parameters
        ----------
        depth : int
            From 1 to the number of scales.
        alpha : float
            Weight of the newest, in [0, 1].
        """
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
