"""How near two images look to a network's hidden layers (lessons 09 and 10)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from msgan_lessons.metrics.features import FeatureClassifier, load_classifier

__all__ = ["classifier_layers", "perceptual_distance"]

Layers = Callable[[Tensor], Sequence[Tensor]]
TINY = 1e-8


def classifier_layers(images: Tensor, classifier: FeatureClassifier | None = None) -> list[Tensor]:
    """Return what the shipped classifier's three blocks make of images, before they are pooled.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), in [-1, 1], at least 4 pixels a side. The classifier is grey: each
        colour channel is shown to it as an image of its own, at the images' own resolution.
    classifier : FeatureClassifier, optional
        The shipped one where it is missing; moved to where the images are.

    Returns
    -------
    list of Tensor
        Fine to coarse, each (N * C, channels, H / 2^k, W / 2^k), at least 0.

    Raises
    ------
    ValueError
        If the shape is not (N, C, H, W), or the images are too small.

    Examples
    --------
    >>> [tuple(h.shape) for h in classifier_layers(torch.zeros(2, 3, 16, 16))]
    [(6, 32, 16, 16), (6, 64, 8, 8), (6, 128, 4, 4)]
    """
    if images.ndim != 4 or min(images.shape[-2:]) < 4:
        raise ValueError(
            f"images must have shape (N, C, H, W) with at least 4 pixels a side, "
            f"got {tuple(images.shape)}."
        )
    network = (classifier or load_classifier()).to(images.device).eval()
    h, layers = images.flatten(0, 1)[:, None], []  # (N * C, 1, H, W)
    for layer in network.convolutions:
        h = layer(h)
        if isinstance(layer, torch.nn.ReLU):
            layers.append(h)
    return layers


def perceptual_distance(
    images: Tensor, targets: Tensor, layers: Layers = classifier_layers
) -> Tensor:
    r"""Distance of each pair in the layers of a network; G can be trained on it.

    .. math:: \frac{1}{L} \sum_l \frac{1}{H_l W_l} \sum_{h, w}
        \left\| \frac{f^l_{hw}(x)}{\|f^l_{hw}(x)\|} - \frac{f^l_{hw}(y)}{\|f^l_{hw}(y)\|}
        \right\|^2

    Parameters
    ----------
    images, targets : Tensor
        Shape (N, C, H, W), in [-1, 1]; row i of both belongs together.
    layers : callable
        Images to a list of feature maps, N or N * C of them; `classifier_layers` unless told.

    Returns
    -------
    Tensor
        Shape (N,), from 0 (equal) to 4, usually below 1.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Zhang et al. 2018 (LPIPS), equation 1: unit vectors along the channels, squared distance. LPIPS
    weights the channels by human judgements, on networks trained on ImageNet; ours has no
    weights, and the features of the course's small classifier: compare it with itself alone.

    Examples
    --------
    >>> x = torch.rand(2, 3, 16, 16) * 2 - 1
    >>> perceptual_distance(x, x)
    tensor([0., 0.])
    """
    if images.shape != targets.shape:
        raise ValueError(
            f"images and targets must have one shape, "
            f"got {tuple(images.shape)} and {tuple(targets.shape)}."
        )
    terms = [
        (_unit(x) - _unit(y)).square().sum(1).mean((1, 2)).view(len(images), -1).mean(1)
        for x, y in zip(layers(images), layers(targets), strict=True)
    ]
    return torch.stack(terms).mean(0)  # (N,)


def _unit(features: Tensor) -> Tensor:
    """Each place's feature vector at length 1; a zero vector stays zero, with a finite slope."""
    return features / (features.square().sum(1, keepdim=True) + TINY).sqrt()
