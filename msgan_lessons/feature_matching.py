"""Feature matching: G's images should look like real ones to D's hidden layers too (lesson 08)."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["feature_matching"]


def feature_matching(
    real_features: Sequence[Tensor | Sequence[Tensor]],
    fake_features: Sequence[Tensor | Sequence[Tensor]],
) -> Tensor:
    r"""Distance between what D's layers make of real and of generated images, on average.

    .. math:: \frac{1}{L} \sum_l \left\| E_x[D^{(l)}(x)] - E_z[D^{(l)}(G(z))] \right\|_1 / N_l

    Parameters
    ----------
    real_features, fake_features : sequence
        Feature maps (B, C, H, W), one a layer, or a list of layers for each scale; the real
        ones are taken as constants.

    Returns
    -------
    Tensor
        Scalar >= 0, to be minimised by G.

    Raises
    ------
    ValueError
        If both sides do not have the same layers.

    References
    ----------
    Wang et al. 2018 (pix2pixHD), equation 4, compares image by image, since each generated image
    there has one real target. An image from noise has none, so the means over the batch are
    compared, as in Salimans et al. 2016, section 3.1 (which takes a squared distance). For a batch
    of one the two are the same.

    Examples
    --------
    >>> feature_matching([torch.ones(4, 8, 2, 2)], [torch.zeros(4, 8, 2, 2)]).item()
    1.0
    """
    reals, fakes = _layers(real_features), _layers(fake_features)
    if [x.shape[1:] for x in reals] != [x.shape[1:] for x in fakes] or not reals:
        raise ValueError(
            f"real and fake features must have the same layers, got "
            f"{[tuple(x.shape) for x in reals]} and {[tuple(x.shape) for x in fakes]}."
        )
    terms = [
        (real.detach().float().mean(0) - fake.float().mean(0)).abs().mean()
        for real, fake in zip(reals, fakes, strict=True)
    ]
    return torch.stack(terms).mean()


def _layers(features: Sequence[Tensor | Sequence[Tensor]]) -> list[Tensor]:
    """One list of layers, whether they come scale by scale or not."""
    return [layer for part in features for layer in ([part] if isinstance(part, Tensor) else part)]
