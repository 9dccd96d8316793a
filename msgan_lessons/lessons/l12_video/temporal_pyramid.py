"""Scales of time: clips at half the frame rate, and at half of everything (lesson 12_video)."""

import torch
from torch import Tensor

from msgan_lessons.pyramid import box_downsample

__all__ = ["clip_pyramid", "frames_apart", "halve_rate"]

HOW = ("drop", "mean")


def halve_rate(clips: Tensor, how: str = "drop") -> Tensor:
    r"""Halve the frame rate of clips.

    .. math:: (drop\,x)_t = x_{2t}, \qquad (mean\,x)_t = (x_{2t} + x_{2t+1}) / 2

    Parameters
    ----------
    clips : Tensor
        Shape (B, C, T, H, W), T even.
    how : str
        'drop' every second frame: what changes faster than every fourth frame comes back as a
        slower change (it aliases). 'mean' of two neighbours: the fastest change, every second
        frame, vanishes, and moving edges are blurred.

    Returns
    -------
    Tensor
        Shape (B, C, T/2, H, W).

    Raises
    ------
    ValueError
        If T is odd or `how` is unknown.

    References
    ----------
    Formula (31) of lesson 12. DVD-GAN (Clark et al. 2019), section 3, shows its judges fewer
    frames or fewer pixels; MoCoGAN (Tulyakov et al. 2018), section 3, single frames and whole
    stretches. The Gaussian pyramid of lesson 02 averages, as 'mean' does.

    Examples
    --------
    >>> import torch
    >>> flicker = torch.tensor([1.0, -1.0] * 4).reshape(1, 1, 8, 1, 1)
    >>> halve_rate(flicker).flatten().tolist(), halve_rate(flicker, "mean").flatten().tolist()
    ([1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    """
    _check(clips)
    if how not in HOW:
        raise ValueError(f"how must be one of {', '.join(HOW)}, got {how!r}.")
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
        Shape (B, C, T, H, W); T, H and W divisible by 2**(n_scales - 1).
    n_scales : int
        K, at least 1.
    how : str
        As for `halve_rate`.

    Returns
    -------
    list of Tensor
        K clips, the last is `clips` itself; space is halved by `resampling.box_downsample`.

    Raises
    ------
    ValueError
        If `n_scales` is below 1 or the scales do not divide the clip.

    Examples
    --------
    >>> import torch
    >>> [tuple(x.shape) for x in clip_pyramid(torch.zeros(2, 1, 16, 32, 32), 3)]
    [(2, 1, 4, 8, 8), (2, 1, 8, 16, 16), (2, 1, 16, 32, 32)]
    """
    _check(clips)
    if n_scales < 1:
        raise ValueError(f"n_scales must be at least 1, got {n_scales}.")
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


def frames_apart(clips: Tensor, count: int, apart: int = 1, shift: int = 0) -> Tensor:
    """Cut stretches of equally spaced frames out of clips, stacked as channels.

    Parameters
    ----------
    clips : Tensor
        Shape (B, C, T, H, W).
    count : int
        Frames of a stretch, at least 1.
    apart : int
        1: neighbours; 2: every second frame, which is half the frame rate.
    shift : int
        Frames between the starts of two stretches; 0: half a stretch, at least 1 frame.

    Returns
    -------
    Tensor
        Shape (B * n, count * C, H, W), n the stretches that fit; those of a clip follow each other.

    Raises
    ------
    ValueError
        If the clips are too short.

    Examples
    --------
    >>> import torch
    >>> frames_apart(torch.zeros(2, 1, 16, 32, 32), 8).shape  # from frames 0, 4 and 8
    torch.Size([6, 8, 32, 32])
    """
    _check(clips)
    span = (count - 1) * apart + 1
    if clips.shape[2] < span:
        raise ValueError(
            f"clips must have at least {span} frames for {count} frames {apart} apart, "
            f"got {clips.shape[2]}."
        )
    shift = shift or max(1, count // 2)
    starts = range(0, clips.shape[2] - span + 1, shift)
    cuts = [clips[:, :, i : i + span : apart].transpose(1, 2).flatten(1, 2) for i in starts]
    return torch.stack(cuts, 1).flatten(0, 1)


def _check(clips: Tensor) -> None:
    if not isinstance(clips, Tensor):
        raise TypeError(f"clips must be a torch.Tensor, got {type(clips).__name__}.")
    if clips.ndim != 5:
        raise ValueError(f"clips must have shape (B, C, T, H, W), got {tuple(clips.shape)}.")
