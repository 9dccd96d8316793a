"""Who judges a clip: its frames, its fast motion, its slow motion, its scales (lesson 12_video)."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.lessons.l12_video.temporal_pyramid import frames_apart

__all__ = ["JUDGES", "VideoJudges"]

JUDGES = ("frame", "fast", "slow", "scales")
STRETCH = 8  # frames that a video judge sees
Clips = Tensor | Sequence[Tensor]


class VideoJudges(nn.Module):
    r"""Several D for one clip; each sees it in its own way, and the losses average over them.

    .. math:: \mathcal{L}_D = \frac{1}{J} \sum_j \ell_D\big(D_j(v_j(x)), D_j(v_j(G(z)))\big)

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

    References
    ----------
    Formula (33) of lesson 12. MoCoGAN (Tulyakov et al. 2018), section 3.2: one D for images, one
    for stretches of a clip; DVD-GAN (Clark et al. 2019), section 3.1. Both have 3-D convolutions
    in the video D; ours takes the frames as the channels of one picture, so the core's D serves.
    pix2pixHD (Wang et al. 2018) does with space what 'fast' and 'slow' do with time.

    Examples
    --------
    >>> import torch
    >>> D = VideoJudges(("frame", "fast", "slow"))
    >>> [tuple(logits.shape) for logits in D(torch.zeros(2, 1, 16, 32, 32))]
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
        _check(judges, frames)
        self.judges, self.stretch = tuple(judges), min(STRETCH, frames)
        self.slow = min(STRETCH, frames // 2)
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

    def views(self, clips: Clips) -> dict[str, Tensor]:
        """Say what each judge sees: images whose channels are the frames it compares.

        Parameters
        ----------
        clips : Tensor or list of Tensor
            The finest clip (B, C, T, R, R), or one a scale, coarse to fine.

        Returns
        -------
        dict
            Name of a judge to (N, n * C, r, r), n the frames that it sees at once.
        """
        scales = [clips] if isinstance(clips, Tensor) else list(clips)
        finest, seen = scales[-1], {}
        for name in self.members:
            if name == "frame":
                seen[name] = frames_apart(finest, 1)  # (B * T, C, R, R)
            elif name == "fast":
                seen[name] = frames_apart(finest, self.stretch)
            elif name == "slow":
                seen[name] = frames_apart(finest, self.slow, 2)
            else:
                seen[name] = _of_size(scales, int(name.removeprefix("scale")))
        return seen

    def forward(self, clips: Clips) -> list[Tensor]:
        """Judge clips, or their scales coarse to fine: logits (B, n) of each judge's n views."""
        return self.judge(clips)[0]

    def judge(self, clips: Clips) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Return the logits of each judge and the features of its layers.

        Parameters
        ----------
        clips : Tensor or list of Tensor
            As for `views`.

        Returns
        -------
        tuple
            Logits as `forward` returns them, and for each judge a list of (N, C, H, W).
        """
        count = len(clips if isinstance(clips, Tensor) else clips[-1])
        judged = [self.members[name].judge(seen) for name, seen in self.views(clips).items()]
        logits = [logits.reshape(count, -1) for logits, _ in judged]
        return logits, [features for _, features in judged]


def _of_size(scales: Sequence[Tensor], side: int) -> Tensor:
    for clip in scales:
        if clip.shape[-1] == side:
            return clip.transpose(1, 2).flatten(1, 2)  # (B, T * C, r, r)
    raise ValueError(
        f"clips must hold a scale of {side}x{side} for the judge of scales, got "
        f"{[tuple(x.shape[2:]) for x in scales]}."
    )


def _check(judges: Sequence[str], frames: int) -> None:
    if not judges or len(set(judges)) < len(judges) or set(judges) - set(JUDGES):
        raise ValueError(
            f"judges must name some of {', '.join(JUDGES)}, each once, got {','.join(judges)!r}."
        )
    if frames < 4:
        raise ValueError(f"frames must be at least 4 for judges of motion, got {frames}.")
