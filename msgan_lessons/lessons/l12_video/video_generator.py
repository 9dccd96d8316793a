"""G of a clip: two small frames, then time and space double by turns (lesson 12_video)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from msgan_lessons.blocks import initialise_normal, upsampling_block
from msgan_lessons.pyramid import scale_sizes

__all__ = ["TemporalBlock", "VideoGenerator", "each_frame"]

FIRST_FRAMES = 2
EMIT = ("finest", "all")


class TemporalBlock(nn.Module):
    r"""Double the frames: repeat each, then mix every frame with its two neighbours in time.

    .. math:: h'_t = ReLU(BN(\sum_{i=-1}^{1} W_i * h_{\lfloor (t + i) / 2 \rfloor}))

    Parameters
    ----------
    channels : int
        Features of a frame; as many leave. Each W_i is a 3x3 convolution, so that what is here
        before and there afterwards can be put in between.

    References
    ----------
    Formula (32) of lesson 12. TGAN (Saito et al. 2017), section 3, makes a latent for each frame
    with transposed convolutions over time, before any image; VGAN (Vondrick et al. 2016), section
    2, doubles time and space at once with 4x4x4 transposed convolutions. Ours does one at a time;
    since frames repeat, each W_i is applied to a frame once, by one 2-D convolution for all three.

    Examples
    --------
    >>> TemporalBlock(8)(torch.zeros(3, 8, 4, 5, 5)).shape
    torch.Size([3, 8, 8, 5, 5])
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(channels, 3 * channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Map (B, C, T, H, W) to (B, C, 2T, H, W)."""
        parts = each_frame(self.mix, features).unflatten(1, (3, -1))  # (B, 3, C, T, H, W)
        before, same, after = parts.unbind(1)
        edge = torch.zeros_like(same[:, :, :1])  # nothing before the first, after the last
        even = torch.cat([edge, before[:, :, :-1]], 2) + same + after
        odd = before + same + torch.cat([after[:, :, 1:], edge], 2)
        doubled = torch.stack([even, odd], 3).flatten(2, 3)  # (B, C, 2T, H, W)
        return each_frame(self.norm, doubled).relu_()


class VideoGenerator(nn.Module):
    """Noise to a clip: two frames of 4x4, then time and space double by turns.

    Parameters
    ----------
    resolution : int
        Pixels a side of the finest clip, a power of two from 8.
    frames : int
        Frames of the finest clip, a power of two from 2; time doubles before space does, for as
        many scales as it takes.
    latent_dim : int
        Length of z.
    channels : sequence of int
        Features of a frame at each scale, coarse to fine.
    img_channels : int
        1 or 3.
    emit : str
        'finest': one clip, a tensor. 'all': a list of clips, one a scale, coarse to fine.

    Raises
    ------
    ValueError
        If a size is not allowed or `channels` does not have one entry a scale.

    References
    ----------
    Formula (32) of lesson 12. Space is doubled by the core's `upsampling_block` on frames folded
    into the batch, so both doublings are 2-D convolutions. For clips at several scales see
    MSG-GAN (Karnewar and Wang 2020), which does so for images.

    Examples
    --------
    >>> G = VideoGenerator(channels=(16, 8, 4, 4), latent_dim=8, emit="all")
    >>> [tuple(x.shape[2:]) for x in G(torch.randn(2, 8))]
    [(2, 4, 4), (4, 8, 8), (8, 16, 16), (16, 32, 32)]
    """

    def __init__(
        self,
        *,
        resolution: int = 32,
        frames: int = 16,
        latent_dim: int = 64,
        channels: Sequence[int] = (64, 32, 16, 8),
        img_channels: int = 1,
        emit: str = "finest",
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, 4)
        _check(self.sizes, frames, channels, emit)
        doublings = (frames // FIRST_FRAMES).bit_length() - 1
        self.latent_dim, self.emit, self.frames = latent_dim, emit, frames
        self.first = upsampling_block(latent_dim, FIRST_FRAMES * channels[0], first=4)
        self.in_time = nn.ModuleList(
            TemporalBlock(c) if k < doublings else nn.Identity()
            for k, c in enumerate(channels[:-1])
        )
        self.in_space = nn.ModuleList(upsampling_block(a, b) for a, b in pairwise(channels))
        shown = channels if emit == "all" else channels[-1:]
        self.to_rgb = nn.ModuleList(nn.Conv2d(c, img_channels, 3, padding=1) for c in shown)
        initialise_normal(self)

    def forward(self, z: Tensor) -> Tensor | list[Tensor]:
        """Draw clips.

        Parameters
        ----------
        z : Tensor
            Shape (B, latent_dim), standard normal.

        Returns
        -------
        Tensor or list of Tensor
            The finest clip (B, img_channels, T, R, R) in [-1, 1], or for emit='all' one a scale.

        Raises
        ------
        ValueError
            If `z` has another shape.
        """
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (B, {self.latent_dim}), got {tuple(z.shape)}.")
        h = self.first(z[:, :, None, None])  # (B, 2 * C, 4, 4)
        h = h.unflatten(1, (FIRST_FRAMES, -1)).transpose(1, 2)  # (B, C, 2, 4, 4)
        scales = [h]
        for in_time, in_space in zip(self.in_time, self.in_space, strict=True):
            scales.append(each_frame(in_space, in_time(scales[-1])))
        if self.emit == "finest":
            return each_frame(self.to_rgb[0], scales[-1]).tanh()
        return [each_frame(rgb, h).tanh() for rgb, h in zip(self.to_rgb, scales, strict=True)]


def each_frame(block: nn.Module, clips: Tensor) -> Tensor:
    """Let an image block work on every frame: time is folded into the batch.

    Parameters
    ----------
    block : nn.Module
        (N, C, H, W) to (N, C', H', W').
    clips : Tensor
        Shape (B, C, T, H, W).

    Returns
    -------
    Tensor
        Shape (B, C', T, H', W').
    """
    frames = clips.transpose(1, 2).flatten(0, 1)  # (B * T, C, H, W)
    return block(frames).unflatten(0, (len(clips), -1)).transpose(1, 2)


def _check(sizes: list[int], frames: int, channels: Sequence[int], emit: str) -> None:
    most = FIRST_FRAMES * 2 ** (len(sizes) - 1)
    if frames not in [FIRST_FRAMES * 2**k for k in range(len(sizes))]:
        raise ValueError(
            f"frames must be a power of two from {FIRST_FRAMES} to {most} "
            f"for resolution={sizes[-1]}, got {frames!r}."
        )
    if len(channels) != len(sizes):
        raise ValueError(
            f"channels must have one entry for each scale {sizes}, got {tuple(channels)}."
        )
    if emit not in EMIT:
        raise ValueError(f"emit must be one of {', '.join(EMIT)}, got {emit!r}.")
