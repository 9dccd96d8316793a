"""What can be wrong with images, done on purpose to real ones (lesson 16_evaluation)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["DAMAGES", "Pool", "damaged"]


@dataclass(frozen=True)
class Pool:
    """Real images to take from.

    Parameters
    ----------
    images : Tensor
        Held-out images (N, C, H, W) in [-1, 1].
    labels : Tensor
        Their classes, int64 (N,).
    train : Tensor
        Training images (T, C, H, W).
    """

    images: Tensor
    labels: Tensor
    train: Tensor


def damaged(
    pool: Pool, rows: Tensor, damage: str, strength: float, generator: torch.Generator
) -> Tensor:
    """Take images from a pool and damage them.

    Parameters
    ----------
    pool : Pool
        Where they come from.
    rows : Tensor
        int64 (n,), which ones; damages of the choice itself take others, as many.
    damage : str
        A key of `DAMAGES`.
    strength : float
        0 (none) to 1.
    generator : torch.Generator
        Stream of noise and choice, on the CPU.

    Returns
    -------
    Tensor
        Shape (n, C, H, W), in [-1, 1].

    Raises
    ------
    ValueError
        If the damage is unknown or the strength out of range.

    Examples
    --------
    >>> pool = Pool(torch.ones(4, 1, 2, 2), torch.zeros(4), torch.ones(4, 1, 2, 2))
    >>> damaged(pool, torch.arange(1), "darker", 0.5, torch.Generator()).flatten()
    tensor([0.2000, 0.2000, 0.2000, 0.2000])
    """
    if damage not in DAMAGES:
        raise ValueError(f"damage must be one of {', '.join(DAMAGES)}, got {damage!r}.")
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be from 0 to 1, got {strength!r}.")
    return DAMAGES[damage](pool, rows, strength, generator).clamp(-1, 1)


def _blurred(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """Gaussian blur of at most 2 pixels."""
    images, sigma = pool.images[rows], max(2 * strength, 1e-3)
    taps = torch.exp(-torch.arange(-6.0, 7.0).square() / (2 * sigma**2))
    taps = taps / taps.sum()
    across = F.conv2d(F.pad(images, (6, 6, 0, 0), mode="replicate"), taps.view(1, 1, 1, -1))
    return F.conv2d(F.pad(across, (0, 0, 6, 6), mode="replicate"), taps.view(1, 1, -1, 1))


def _noisy(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """White noise of a standard deviation of at most 0.5."""
    images = pool.images[rows]
    return images + 0.5 * strength * torch.randn(images.shape, generator=stream)


def _darker(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """Down to a fifth of the brightness."""
    return (pool.images[rows] + 1) * (1 - 0.8 * strength) - 1


def _flat(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """Down to a fifth of the contrast around each image's mean."""
    images = pool.images[rows]
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * (1 - 0.8 * strength)


def _fewer_classes(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """Down to a single class; no image twice, as long as there are enough."""
    classes = pool.labels.unique()
    kept = classes[: max(1, round(len(classes) * (1 - strength)))]
    found = torch.isin(pool.labels, kept).nonzero().flatten()
    found = found[torch.randperm(len(found), generator=stream)]
    return pool.images[found.repeat(-(-len(rows) // len(found)))[: len(rows)]]


def _few_images(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """The same few images again and again: from all of them down to one."""
    distinct = max(1, round(len(rows) * (1 - strength) ** 2))
    again = torch.randint(distinct, (len(rows),), generator=stream)
    again[:distinct] = torch.arange(distinct)
    return pool.images[rows[again[torch.randperm(len(rows), generator=stream)]]]


def _training_images(pool: Pool, rows: Tensor, strength: float, stream) -> Tensor:
    """A share of training images, unchanged, among the held-out ones."""
    images, count = pool.images[rows].clone(), round(strength * len(rows))
    copied = torch.randperm(len(pool.train), generator=stream)[:count]
    places = torch.randperm(len(rows), generator=stream)[:count]
    images[places] = pool.train[copied]
    return images


DAMAGES = {
    "blur": _blurred,
    "noise": _noisy,
    "darker": _darker,
    "less contrast": _flat,
    "fewer classes": _fewer_classes,
    "few images, repeated": _few_images,
    "training images": _training_images,
}
