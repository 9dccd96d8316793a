"""G: from noise to an image, scale by scale, formula (1) (lesson 03_generator)."""

from collections.abc import Sequence

from torch import Tensor, nn

from msgan_lessons.blocks import initialise_normal
from msgan_lessons.document import DocumentGenerator
from msgan_lessons.scales import scale_sizes

__all__ = ["DocumentGenerator", "MultiScaleGenerator"]

EMIT = ("finest", "all")


class MultiScaleGenerator(nn.Module):
    r"""Noise to an image by doubling the resolution, with an image at the finest or at every scale.

    .. math:: h_1 = G_1(z), \quad h_k = G_k(h_{k-1}), \quad x_k = \tanh(toRGB_k(h_k))

    Formula (1) with its order mended: the block next to the noise acts first.

    Parameters
    ----------
    resolution : int
        Pixels a side of the finest image, a power of two.
    base_resolution : int
        Pixels a side of the coarsest scale, a power of two; the first block makes it from noise.
    latent_dim : int
        Length of z.
    channels : sequence of int
        Feature channels at each scale, coarse to fine.
    img_channels : int
        1 (grey) or 3 (colour).
    emit : str
        'finest': one image (DCGAN). 'all': one image a scale (MSG-GAN).

    Raises
    ------
    ValueError
        If the resolutions are not powers of two, `channels` does not have one entry a scale,
        or `emit` is unknown.

    References
    ----------
    DCGAN (Radford et al. 2016) for the blocks; MSG-GAN (Karnewar and Wang 2020), section 2, for
    images at every scale (its blocks are two 3x3 convolutions; ours is one transposed 4x4
    convolution, which costs a fraction and is what DCGAN uses).

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
        emit: str = "finest",
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, base_resolution)
        _check(self.sizes, channels, img_channels, emit)
        self.latent_dim, self.resolution, self.emit = latent_dim, resolution, emit
        inputs = (latent_dim, *channels[:-1])
        self.blocks = nn.ModuleList(
            _block(c_in, c_out, first=base_resolution if k == 0 else 0)
            for k, (c_in, c_out) in enumerate(zip(inputs, channels, strict=True))
        )
        emitting = channels if emit == "all" else channels[-1:]
        self.to_rgb = nn.ModuleList(nn.Conv2d(c, img_channels, 3, padding=1) for c in emitting)
        initialise_normal(self)

    def forward(self, z: Tensor) -> list[Tensor]:
        """Draw images.

        Parameters
        ----------
        z : Tensor
            Shape (B, latent_dim), standard normal.

        Returns
        -------
        list of Tensor
            Coarse to fine, each (B, img_channels, r, r) with values in (-1, 1): one a scale for
            emit='all', else the finest alone.

        Raises
        ------
        ValueError
            If `z` has another shape.
        """
        features = self.features(z)
        shown = features if self.emit == "all" else features[-1:]
        return [rgb(h).tanh() for rgb, h in zip(self.to_rgb, shown, strict=True)]

    def features(self, z: Tensor) -> list[Tensor]:
        """Return what each block hands on, coarse to fine: tensors (B, channels[k], r_k, r_k).

        Parameters
        ----------
        z : Tensor
            Shape (B, latent_dim).

        Returns
        -------
        list of Tensor
            One a scale, >= 0 (they leave a ReLU).

        Raises
        ------
        ValueError
            If `z` has another shape.
        """
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (B, {self.latent_dim}), got {tuple(z.shape)}.")
        h = z[:, :, None, None]  # (B, latent_dim, 1, 1)
        out = []
        for block in self.blocks:
            h = block(h)  # (B, channels[k], r_k, r_k)
            out.append(h)
        return out


def _block(c_in: int, c_out: int, first: int) -> nn.Sequential:
    """Noise to first x first pixels, or twice the resolution where `first` is 0."""
    size, stride, padding = (first, 1, 0) if first else (4, 2, 1)
    return nn.Sequential(
        nn.ConvTranspose2d(c_in, c_out, size, stride, padding, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


def _check(sizes: list[int], channels: Sequence[int], img_channels: int, emit: str) -> None:
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    if img_channels not in (1, 3):
        raise ValueError(f"img_channels must be 1 or 3, got {img_channels}.")
    if emit not in EMIT:
        raise ValueError(f"emit must be one of {', '.join(EMIT)}, got {emit!r}.")
