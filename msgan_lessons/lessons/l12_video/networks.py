"""G of a clip and its judges at scales of time and space, and their game (lesson 12_video)."""

import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_choice, check_least, check_whole
from msgan_lessons.base.streams import Streams
from msgan_lessons.blocks import initialise_normal, upsampling_block
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.family import Model, channels_for
from msgan_lessons.pyramid import Scales, box_downsample, check_scales, scale_sizes
from msgan_lessons.training import Game, TrainConfig

HOW = ("drop", "mean")


def halve_rate(clips: Tensor, how: str = "drop") -> Tensor:
    r"""Formula (31): halve the frame rate of clips.

    .. math:: (drop\,x)_t = x_{2t}, \qquad (mean\,x)_t = (x_{2t} + x_{2t+1}) / 2

    DVD-GAN (Clark et al. 2019), section 3, shows its judges fewer frames or fewer pixels; MoCoGAN
    (Tulyakov et al. 2018), section 3, single frames and whole stretches. The Gaussian pyramid of
    lesson 02 averages, as 'mean' does.

    Parameters
    ----------
    clips : Tensor
        Shape (B, C, T, H, W), T even; becomes (B, C, T/2, H, W).
    how : str
        'drop' every second frame: what changes faster than every fourth frame comes back as a
        slower change (it aliases). 'mean' of two neighbours: the fastest change, every second
        frame, vanishes, and moving edges are blurred.

    Raises
    ------
    ValueError
        If T is odd or `how` is unknown.

    Examples
    --------
    >>> flicker = torch.tensor([1.0, -1.0] * 4).reshape(1, 1, 8, 1, 1)
    >>> halve_rate(flicker).flatten().tolist(), halve_rate(flicker, "mean").flatten().tolist()
    ([1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    """
    _check(clips)
    check_choice("how", how, HOW)
    if clips.shape[2] % 2:
        raise ValueError(f"clips must have an even number of frames, got {clips.shape[2]}.")
    even = clips[:, :, ::2]
    return even if how == "drop" else (even + clips[:, :, 1::2]) / 2


def clip_pyramid(clips: Tensor, n_scales: int, how: str = "drop") -> list[Tensor]:
    r"""The same clips at `n_scales` scales, coarse to fine: each has half the frames and pixels.

    .. math:: x_K = x, \qquad x_k = down_{space}(down_{time}(x_{k+1}))

    Parameters
    ----------
    clips : Tensor
        Shape (B, C, T, H, W); T, H and W divisible by 2**(n_scales - 1). The last scale is `clips`
        itself; `box_downsample` halves space, `halve_rate` time.
    n_scales : int
        K, at least 1.
    how : str
        As for `halve_rate`.

    Raises
    ------
    ValueError
        If `n_scales` is below 1 or the scales do not divide the clip.

    Examples
    --------
    >>> [tuple(x.shape) for x in clip_pyramid(torch.zeros(2, 1, 16, 32, 32), 3)]
    [(2, 1, 4, 8, 8), (2, 1, 8, 16, 16), (2, 1, 16, 32, 32)]
    """
    _check(clips)
    check_least(1, n_scales=n_scales)
    step = 2 ** (n_scales - 1)
    if any(side % step for side in clips.shape[2:]):
        raise ValueError(
            f"clips of {clips.shape[2]} frames of {clips.shape[3]}x{clips.shape[4]} must be "
            f"divisible by {step} for n_scales={n_scales}."
        )
    scales = [clips]
    for _ in range(n_scales - 1):
        half = halve_rate(scales[0], how)
        small = box_downsample(half.flatten(1, 2)).unflatten(1, half.shape[1:3])
        scales.insert(0, small)
    return scales


def strided_windows(clips: Tensor, count: int, apart: int = 1, shift: int = 0) -> Tensor:
    """Cut stretches of `count` frames, each `apart` from the next, stacked as channels."""
    # clips (B, C, T, H, W) -> (B * n, count * C, H, W), the n stretches of a clip in a row
    _check(clips)
    span = (count - 1) * apart + 1
    if clips.shape[2] < span:
        raise ValueError(
            f"clips must have at least {span} frames for {count} frames {apart} apart, "
            f"got {clips.shape[2]}."
        )
    shift = shift or max(1, count // 2)  # between the starts of two stretches
    starts = range(0, clips.shape[2] - span + 1, shift)
    cuts = [clips[:, :, i : i + span : apart].transpose(1, 2).flatten(1, 2) for i in starts]
    return torch.stack(cuts, 1).flatten(0, 1)


def _check(clips: Tensor) -> None:
    if not isinstance(clips, Tensor):
        raise TypeError(f"clips must be a torch.Tensor, got {type(clips).__name__}.")
    if clips.ndim != 5:
        raise ValueError(f"clips must have shape (B, C, T, H, W), got {tuple(clips.shape)}.")


FIRST_FRAMES = 2
EMIT = ("finest", "all")


class TemporalBlock(nn.Module):
    """Formula (32): repeat each frame, then mix every frame with its two neighbours in time.

    VGAN (Vondrick et al. 2016) doubles time and space at once; as frames repeat here, each W_i
    (3x3) is applied to a frame once, by one 2-D convolution for all three.
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
    """Noise to a clip: two frames of 4x4, then time, while it lacks frames, and space double."""

    def __init__(
        self,
        *,
        resolution: int = 32,  # of the finest clip, a power of two from 8
        frames: int = 16,  # of the finest clip, a power of two from 2
        latent_dim: int = 64,
        channels: Sequence[int] = (64, 32, 16, 8),  # of a frame at each scale, coarse to fine
        img_channels: int = 1,
        emit: str = "finest",
    ) -> None:
        super().__init__()
        self.sizes = scale_sizes(resolution, 4)
        _check_generator(self.sizes, frames, channels, emit)
        check_whole(1, latent_dim=latent_dim)
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

    def forward(self, z: Tensor) -> list[Tensor]:
        """Latents (B, latent_dim) to the scales of clips, (B, img_channels, t, r, r) each."""
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise ValueError(f"z must have shape (B, {self.latent_dim}), got {tuple(z.shape)}.")
        h = self.first(z[:, :, None, None])  # (B, 2 * C, 4, 4)
        h = h.unflatten(1, (FIRST_FRAMES, -1)).transpose(1, 2)  # (B, C, 2, 4, 4)
        scales = [h]
        for in_time, in_space in zip(self.in_time, self.in_space, strict=True):
            scales.append(each_frame(in_space, in_time(scales[-1])))
        shown = scales[-len(self.to_rgb) :]
        return [each_frame(rgb, h).tanh() for rgb, h in zip(self.to_rgb, shown, strict=True)]


def each_frame(block: nn.Module, clips: Tensor) -> Tensor:
    """Let an image block work on every frame of clips (B, C, T, H, W)."""
    frames = clips.transpose(1, 2).flatten(0, 1)  # (B * T, C, H, W)
    return block(frames).unflatten(0, (len(clips), -1)).transpose(1, 2)


def _check_generator(sizes: list[int], frames: int, channels: Sequence[int], emit: str) -> None:
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
    check_choice("emit", emit, EMIT)


JUDGES = ("frame", "fast", "slow", "scales")
CLIP_LENGTH = 8  # frames that a video judge sees


class VideoJudges(nn.Module):
    r"""Formula (33): several D for one clip, each sees it in its own way; losses average over them.

    .. math:: \mathcal{L}_D = \frac{1}{J} \sum_j \ell_D\big(D_j(v_j(x)), D_j(v_j(G(z)))\big)

    MoCoGAN (Tulyakov et al. 2018), section 3.2: one D for images, one for stretches of a clip;
    DVD-GAN (Clark et al. 2019), section 3.1. Both have 3-D convolutions in the video D; ours takes
    the frames as the channels of one picture, so the core's D serves. pix2pixHD (Wang et al. 2018)
    does with space what 'fast' and 'slow' do with time.

    Parameters
    ----------
    judges : sequence of str
        Some of 'frame': every single frame. 'fast': 8 neighbouring frames. 'slow':
        8 frames of which each is the second next. 'scales': each clip that G shows at a coarser
        scale, all its frames at once; one D a scale.
    resolution, frames : int
        Of the finest clip.
    channels : sequence of int
        Features at each resolution, coarse to fine, as for `MultiScaleDiscriminator`.
    img_channels : int
        1 or 3.

    Raises
    ------
    ValueError
        If a judge is unknown or named twice, or the clips are too short for it.

    Examples
    --------
    >>> D = VideoJudges(("frame", "fast", "slow"))
    >>> [tuple(logits.shape) for logits in D([torch.zeros(2, 1, 16, 32, 32)])]
    [(2, 16), (2, 3), (2, 1)]
    """

    def __init__(
        self,
        judges: Sequence[str] = ("frame", "fast", "slow"),
        *,
        resolution: int = 32,
        frames: int = 16,
        channels: Sequence[int] = (64, 32, 16, 8),
        img_channels: int = 1,
    ) -> None:
        super().__init__()
        _check_judges(judges, frames)
        self.judges, self.stretch = tuple(judges), min(CLIP_LENGTH, frames)
        self.slow = min(CLIP_LENGTH, frames // 2)
        self.members = nn.ModuleDict()

        def whole(count: int, side: int) -> nn.Module:
            scales = (side // 4).bit_length()
            return MultiScaleDiscriminator(
                resolution=side, img_channels=count * img_channels, channels=channels[-scales:]
            )

        makers: dict[str, Callable[[], nn.Module]] = {
            "frame": lambda: whole(1, resolution),
            "fast": lambda: whole(self.stretch, resolution),
            "slow": lambda: whole(self.slow, resolution),
        }
        for name in self.judges:
            if name != "scales":
                self.members[name] = makers[name]()
                continue
            side, count = resolution // 2, max(2, frames // 2)
            while side >= 4:  # fine to coarse
                self.members[f"scale{side}"] = whole(count, side)
                side, count = side // 2, max(2, count // 2)

    def views(self, clips: Scales) -> dict[str, Tensor]:
        """What each judge sees of clips (B, C, t, r, r) at all scales: name to (N, n * C, r, r)."""
        finest, seen = check_scales(clips, "clips")[-1], {}
        for name in self.members:
            if name == "frame":
                seen[name] = strided_windows(finest, 1)  # (B * T, C, R, R)
            elif name == "fast":
                seen[name] = strided_windows(finest, self.stretch)
            elif name == "slow":
                seen[name] = strided_windows(finest, self.slow, 2)
            else:
                seen[name] = _of_size(clips, int(name.removeprefix("scale")))
        return seen

    def forward(self, clips: Scales) -> list[Tensor]:
        """Judge clips at their scales, coarse to fine: logits (B, n) of each judge's n views."""
        return self.judge(clips)[0]

    def judge(self, clips: Scales) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Logits as `forward` returns them, and each judge's features: lists of (N, C, H, W)."""
        judged = [self.members[name].judge([seen]) for name, seen in self.views(clips).items()]
        logits = [logits.reshape(len(clips[-1]), -1) for (logits,), _ in judged]
        return logits, [layers for _, (layers,) in judged]


def _of_size(scales: Scales, side: int) -> Tensor:
    for clip in scales:
        if clip.shape[-1] == side:
            return clip.transpose(1, 2).flatten(1, 2)  # (B, T * C, r, r)
    raise ValueError(
        f"clips must hold a scale of {side}x{side} for the judge of scales, got "
        f"{[tuple(x.shape[2:]) for x in scales]}."
    )


def _check_judges(judges: Sequence[str], frames: int) -> None:
    if not judges or len(set(judges)) < len(judges) or set(judges) - set(JUDGES):
        raise ValueError(
            f"judges must name some of {', '.join(JUDGES)}, each once, got {','.join(judges)!r}."
        )
    if frames < 4:
        raise ValueError(f"frames must be at least 4 for judges of motion, got {frames}.")


def video_game(model: Model, data, batch_size: int, streams: Streams, device="auto") -> Game:
    """Set up the game of a video GAN: z is what G is given, clips are what D compares.

    Parameters
    ----------
    model : Model
        As `videogan` returns it; the game's `generator_ema` is the running average of its G.
    data : MovingSprites or StoredClips
        Has `batches`.
    batch_size : int
        Real clips in one update of D.
    streams : Streams
        Randomness of data and latents.
    device : str
        'auto' or a torch device.
    """
    generator, scales = model.generator, len(model.generator.to_rgb)

    def batches() -> Iterator[tuple]:
        for real in data.batches(batch_size, streams["data"]):
            z = streams.latents(len(real), generator.latent_dim)
            yield (z,), clip_pyramid(real, scales)

    average = copy.deepcopy(generator)
    return Game(
        generator, model.discriminator, batches(), model.config, generator_ema=average,
        streams=streams, device=device,
    )  # fmt: skip


def videogan(
    *,
    judges: str = "frame,fast,slow",
    resolution: int = 32,
    frames: int = 16,
    img_channels: int = 1,
    latent_dim: int = 64,
    width: int = 8,
) -> Model:
    """A video GAN; `judges` says which D play.

    DVD-GAN (Clark et al. 2019) and MoCoGAN (Tulyakov et al. 2018) have one image D and one video D;
    our second video D sees half the frame rate. Losses and widths are ours.

    Parameters
    ----------
    judges : str
        Comma-separated: 'frame' (single frames), 'fast' (8 neighbouring frames), 'slow' (every
        second frame), 'scales' (the clips that G shows at its coarser scales, one D each).
    resolution : int
        Pixels a side of the finest clip, a power of two from 8.
    frames : int
        Of the finest clip, a power of two from 4.
    img_channels : int
        1 or 3.
    latent_dim : int
        Length of z.
    width : int
        Features of a frame at the finest scale; the judges have as many, from 8.

    Raises
    ------
    ValueError
        If a judge is unknown or a size not allowed.

    Examples
    --------
    >>> videogan(judges="frame").discriminator([torch.zeros(2, 1, 16, 32, 32)])[0].shape
    torch.Size([2, 16])
    """
    names = tuple(judges.split(","))
    emit = "all" if "scales" in names else "finest"
    sizes = {"resolution": resolution, "frames": frames, "img_channels": img_channels}
    arguments = {"judges": judges, **sizes, "latent_dim": latent_dim, "width": width}
    channels = channels_for(resolution, width)
    return Model(
        "videogan",
        arguments,
        VideoGenerator(**sizes, latent_dim=latent_dim, channels=channels, emit=emit),
        VideoJudges(names, **sizes, channels=channels_for(resolution, max(8, width))),
        TrainConfig(batch_size=16, g_lr=2e-3, d_lr=2e-3, probe_interval=0),
    )
