"""Stacked garments: a thousand classes of three grey images, and how to count them (lesson 15)."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.metrics.features import predicted_labels

__all__ = ["CHANNELS", "SAMPLES", "classifier_accuracy", "stacked_batches", "stacked_modes"]

CHANNELS = 3
SAMPLES = 26_000  # the papers' count


def stacked_batches(
    data: ImageData, batch_size: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Draw images whose three channels are three garments, for as long as they are asked for.

    Parameters
    ----------
    data : ImageData
        Grey images.
    batch_size : int
        Stacked images a batch, at least 1.
    generator : torch.Generator
        The stream 'data'; each channel of each image is drawn on its own, with replacement.

    Yields
    ------
    Tensor
        Shape (batch_size, 3, R, R), float32, in [-1, 1].

    Raises
    ------
    ValueError
        At once, if the images are not grey or `batch_size` is below 1.

    References
    ----------
    Metz et al. 2017 and Srivastava et al. 2017 (VEEGAN) stack three MNIST digits at 28x28, 1,000
    classes; ours are garments at the data's resolution.
    """
    if data.img_channels != 1:
        raise ValueError(f"data must be grey images, got {data.img_channels} channels.")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}.")
    return _stacks(data, batch_size, generator)


def _stacks(data: ImageData, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    while True:
        which = torch.randint(len(data), (batch_size * CHANNELS,), generator=generator)
        grey = data.images(which)  # (3 B, 1, R, R)
        yield grey.reshape(batch_size, CHANNELS, *grey.shape[2:])


def stacked_modes(images: Tensor, classifier: nn.Module | None = None) -> dict[str, float]:
    r"""Count the classes of three that images show, and how evenly.

    .. math:: KL = \sum_k q_k \log (K q_k), \quad K = 10^3

    Parameters
    ----------
    images : Tensor
        Shape (N, 3, R, R), in [-1, 1]; each channel goes to the classifier by itself.
    classifier : nn.Module, optional
        Of ten classes; the shipped one where it is missing.

    Returns
    -------
    dict
        'modes' (classes seen at least once, at most min(N, 1000)), 'kl' (nats, between
        generated classes and even ones, from 0 to log 1000) and 'count' (N).

    Raises
    ------
    ValueError
        If the shape is not (N, 3, R, R).

    References
    ----------
    Srivastava et al. 2017 (VEEGAN) count the modes of 26,000 samples with a classifier of digits.
    N perfectly even samples have a KL of about (K - 1) / 2N, 0.019 for 26,000; a classifier that
    errs adds some.
    """
    if images.ndim != 4 or images.shape[1] != CHANNELS or not len(images):
        raise ValueError(f"images must have shape (N, 3, R, R), got {tuple(images.shape)}.")
    labels = predicted_labels(images.reshape(-1, 1, *images.shape[2:]), classifier, chunk=256)
    digits = labels.reshape(-1, CHANNELS)  # (N, 3)
    kinds = (digits * torch.tensor([100, 10, 1])).sum(1)
    shares = torch.bincount(kinds, minlength=1000).double() / len(kinds)
    seen = shares[shares > 0]
    return {
        "modes": len(seen),
        "kl": float((seen * (seen * 1000).log()).sum().clamp(0, math.log(1000))),
        "count": len(images),
    }


def classifier_accuracy() -> float:
    """Return the shipped classifier's accuracy on held-out garments, one channel.

    Returns
    -------
    float
        In [0, 1]; three channels are all told right with about its cube.
    """
    return float(shipped.check("fashion_classifier")["test_accuracy"])
