"""Motion measured from clips alone, and how far two sets of clips lie apart (lesson 12_video)."""

import math

import torch
from torch import Tensor

__all__ = ["ink_of", "motion_distances", "motion_statistics", "temporal_spectrum", "track"]


def ink_of(clips: Tensor) -> Tensor:
    """Separate what is drawn from the background, whatever the background's colour.

    Parameters
    ----------
    clips : Tensor
        Shape (N, C, T, H, W), in [-1, 1].

    Returns
    -------
    Tensor
        Shape (N, T, H, W), from 0 (background) to 1: the distance from the median of the clip,
        averaged over channels. So less than half of the pixels may be drawn on.

    Raises
    ------
    ValueError
        If the shape is another one.

    Examples
    --------
    >>> ink_of(torch.ones(2, 3, 4, 8, 8)).max().item()
    0.0
    """
    clips = _checked(clips)
    paper = clips.flatten(2).median(2).values[:, :, None, None, None]  # one colour a clip
    return (clips - paper).abs().mean(1) / 2


def track(clips: Tensor) -> Tensor:
    r"""Follow the centre of the ink.

    .. math:: c_t = \sum_p p \, m_t(p) / \sum_p m_t(p)

    Parameters
    ----------
    clips : Tensor
        Shape (N, C, T, H, W), in [-1, 1].

    Returns
    -------
    Tensor
        Shape (N, T, 2): x to the right, y down, pixels from the top left corner; the middle of
        the frame where nothing is drawn. Ink below 0.1 does not count.

    Raises
    ------
    ValueError
        As `ink_of`.

    References
    ----------
    Formula (34) of lesson 12. Of several sprites it is the common centre, weighted by their ink.
    """
    ink = ink_of(clips)
    mass = torch.where(ink > 0.1, ink, 0.0) + 1e-6
    down = torch.arange(mass.shape[-2]) + 0.5
    across = torch.arange(mass.shape[-1]) + 0.5
    total = mass.sum((2, 3))
    x = (mass.sum(2) * across).sum(-1) / total
    y = (mass.sum(3) * down).sum(-1) / total
    return torch.stack([x, y], -1)


def motion_statistics(clips: Tensor) -> dict[str, Tensor]:
    r"""Measure how things move in each clip.

    .. math:: v_t = c_{t+1} - c_t, \qquad speed = \frac{1}{T-1} \sum_t \| v_t \|, \qquad
        turning = \frac{1}{T-2} \sum_t | \angle(v_t, v_{t+1}) |

    Parameters
    ----------
    clips : Tensor
        Shape (N, C, T, H, W), in [-1, 1], T at least 3.

    Returns
    -------
    dict
        Each (N,). 'speed': pixels a frame. 'turning': degrees a frame, from 0 (straight) to 180;
        90 where nothing moves, as for directions without order. 'change': mean absolute
        difference of neighbouring frames, in grey values from 0 to 2. 'growth': standard
        deviation of the amount of ink over its mean. 'ink': mean share of the frame, from 0 to 1.

    Raises
    ------
    ValueError
        If the shape is another one or there are fewer than 3 frames.

    References
    ----------
    Formula (34) of lesson 12; ours. A test compares speed and turning with the true motion.

    Examples
    --------
    >>> {k: v.tolist() for k, v in motion_statistics(torch.zeros(1, 1, 4, 8, 8)).items()}
    {'speed': [0.0], 'turning': [90.0], 'change': [0.0], 'growth': [0.0], 'ink': [0.0]}
    """
    ink = ink_of(clips)
    if clips.shape[2] < 3:
        raise ValueError(f"clips must have at least 3 frames, got {clips.shape[2]}.")
    step = track(clips).diff(dim=1)  # (N, T - 1, 2)
    length = step.norm(dim=-1)
    amount = ink.mean((2, 3))  # (N, T)
    before, after = step[:, :-1], step[:, 1:]
    cosine = (before * after).sum(-1) / (length[:, :-1] * length[:, 1:]).clamp(min=1e-3)
    return {
        "speed": length.mean(1),
        "turning": cosine.clamp(-1, 1).acos().mean(1) * 180 / math.pi,
        "change": clips.detach().float().diff(dim=2).abs().mean((1, 2, 3, 4)),
        "growth": amount.std(1) / amount.mean(1).clamp(min=1e-3),
        "ink": amount.mean(1),
    }


def temporal_spectrum(clips: Tensor) -> Tensor:
    """Measure how much of a clip's change is fast, and how much slow.

    Parameters
    ----------
    clips : Tensor
        Shape (N, C, T, H, W), in [-1, 1].

    Returns
    -------
    Tensor
        Shape (T // 2,): mean power of each frequency from 1 to T // 2 cycles a clip, as a share
        of their sum; 0 for clips that stand still. The last is the flicker of every second frame.

    Raises
    ------
    ValueError
        As `ink_of`.

    Examples
    --------
    >>> flicker = torch.tensor([1.0, -1.0] * 4).reshape(1, 1, 8, 1, 1)
    >>> temporal_spectrum(flicker).tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    power = torch.fft.rfft(_checked(clips), dim=2).abs().square()[:, :, 1:].mean((0, 1, 3, 4))
    return power / power.sum().clamp(min=1e-12)


def motion_distances(real_clips: Tensor, fake_clips: Tensor) -> dict[str, float]:
    r"""Wasserstein distance of each motion statistic's distribution, real to fake.

    .. math:: W_1 = \int_0^1 | F^{-1}_{real}(u) - F^{-1}_{fake}(u) | \, du

    Parameters
    ----------
    real_clips, fake_clips : Tensor
        Shapes (N, C, T, H, W) and (M, C, T, H, W), in [-1, 1].

    Returns
    -------
    dict
        'speed', 'turning', 'change', 'growth', 'ink': each in the statistic's unit over its
        standard deviation among the real clips, so 1 is one standard deviation; 'mean': of all.

    Raises
    ------
    ValueError
        As `motion_statistics`, or if there is only one real clip.

    Examples
    --------
    >>> clips = torch.rand(8, 1, 4, 8, 8)
    >>> motion_distances(clips, clips)["mean"]
    0.0
    """
    if len(real_clips) < 2:
        raise ValueError(f"real_clips must hold at least 2 clips, got {len(real_clips)}.")
    real, fake = motion_statistics(real_clips), motion_statistics(fake_clips)
    distances = {name: _wasserstein(real[name], fake[name]) for name in real}
    return {**distances, "mean": sum(distances.values()) / len(distances)}


def _checked(clips: Tensor) -> Tensor:
    if not isinstance(clips, Tensor) or clips.ndim != 5 or 0 in clips.shape:
        got = tuple(clips.shape) if isinstance(clips, Tensor) else type(clips).__name__
        raise ValueError(f"clips must have shape (N, C, T, H, W), got {got}.")
    return clips.detach().float()


def _wasserstein(real: Tensor, fake: Tensor) -> float:
    """W_1 over the standard deviation of the real values, by the quantiles of both samples."""
    steps = torch.cat([torch.arange(1, len(x) + 1) / len(x) for x in (real, fake)]).double()
    steps = steps.sort().values
    width = steps.diff(prepend=steps.new_zeros(1))
    middle = steps - width / 2
    parts = [
        x.double().sort().values[(middle * len(x)).long().clamp(max=len(x) - 1)]
        for x in (real, fake)
    ]
    scale = real.double().std().clamp(min=1e-6)
    return ((parts[0] - parts[1]).abs() * width).sum().div(scale).item()
