"""What makes two images look alike: distances in the features of a network (lesson 09)."""

from collections.abc import Callable

import torch
from torch import Tensor

from msgan_lessons.lessons.l09_super_resolution.vgg19 import VGG19Distance
from msgan_lessons.metrics.features import perceptual_distance

__all__ = ["FEATURES", "content_distance", "one_channel_distance", "part_distance"]

FEATURES = ("classifier", "vgg19")


def content_distance(features: str = "classifier") -> Callable[[Tensor, Tensor], Tensor]:
    """Choose whose features the content loss compares.

    Parameters
    ----------
    features : str
        'classifier': the one that ships, by `part_distance`; 'vgg19': SRGAN's, where its
        weights are on this machine.

    Returns
    -------
    callable
        (images, targets) to (B,).

    Raises
    ------
    ValueError
        If there are no such features.
    FileNotFoundError
        If VGG19's weights are not here; the sentence names the command that fetches them.

    Examples
    --------
    >>> content_distance().__name__
    'part_distance'
    """
    if features not in FEATURES:
        raise ValueError(f"features must be one of {', '.join(FEATURES)}, got {features!r}.")
    return VGG19Distance() if features == "vgg19" else part_distance


def one_channel_distance(images: Tensor, targets: Tensor) -> Tensor:
    """Return the perceptual distance in one colour channel of each pair: a third of the time.

    Parameters
    ----------
    images, targets : Tensor
        Shape (B, C, H, W); of pair i, channel i mod C is compared.

    Returns
    -------
    Tensor
        Shape (B,); see `perceptual.perceptual_distance`.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> x = torch.zeros(4, 3, 16, 16)
    >>> one_channel_distance(x, x)
    tensor([0., 0., 0., 0.])
    """
    rows = torch.arange(len(images), device=images.device)
    chosen = [x[rows, rows % x.shape[1]][:, None] for x in (images, targets)]
    return perceptual_distance(*chosen)


def part_distance(images: Tensor, targets: Tensor) -> Tensor:
    """Return the perceptual distance in one channel of one quarter of each pair, for training.

    In shuffled batches each of the 4 C parts has its turn, at a twelfth of the whole's time.

    Parameters
    ----------
    images, targets : Tensor
        Shape (B, C, H, W), H and W even; of pair i, channel i mod C of quarter i // C mod 4 is
        compared.

    Returns
    -------
    Tensor
        Shape (B,); see `perceptual.perceptual_distance`.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> x = torch.zeros(4, 3, 16, 16)
    >>> part_distance(x, x)
    tensor([0., 0., 0., 0.])
    """
    rows = torch.arange(len(images), device=images.device)
    channel, part = rows % images.shape[1], rows // images.shape[1] % 4
    halves = [x.unflatten(3, (2, -1)).unflatten(2, (2, -1)) for x in (images, targets)]
    return perceptual_distance(*(x[rows, channel, part // 2, :, part % 2][:, None] for x in halves))
