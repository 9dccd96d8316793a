"""Feature matching: G's images should look like real ones to D's hidden layers too (lesson 08)."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["feature_matching", "paired_feature_matching"]

Features = Sequence[Tensor | Sequence[Tensor]]


def feature_matching(
    real_features: Features,
    fake_features: Features,
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
    terms = [
        (real.mean(0) - fake.mean(0)).abs().mean()
        for real, fake in _layer_pairs(real_features, fake_features)
    ]
    return torch.stack(terms).mean()


def paired_feature_matching(real_features: Features, fake_features: Features) -> Tensor:
    r"""Distance between what D's layers make of each real sample and of its generated twin.

    .. math:: \frac{1}{L} \sum_l E\left[ \| D^{(l)}(x) - D^{(l)}(G(s)) \|_1 \right] / N_l

    Parameters
    ----------
    real_features, fake_features : sequence
        As for `feature_matching`; sample i of both belongs to the same input s.

    Returns
    -------
    Tensor
        Scalar >= 0, to be minimised by G.

    Raises
    ------
    ValueError
        If both sides do not have the same layers or the same number of samples.

    References
    ----------
    Wang et al. 2018 (pix2pixHD), equation 4; Kumar et al. 2019 (MelGAN), equation 4. Both sum over
    the layers and scales, ours is the mean over them.

    Examples
    --------
    >>> one, other = torch.tensor([[1.0], [-1.0]]), torch.tensor([[-1.0], [1.0]])
    >>> paired_feature_matching([one], [other]).item(), feature_matching([one], [other]).item()
    (2.0, 0.0)
    """
    pairs = _layer_pairs(real_features, fake_features)
    if uneven := [(len(real), len(fake)) for real, fake in pairs if len(real) != len(fake)]:
        raise ValueError(
            f"each fake must have one real twin, got {uneven[0][0]} real and {uneven[0][1]} fake."
        )
    return torch.stack([(real - fake).abs().mean() for real, fake in pairs]).mean()


def _layer_pairs(real_features: Features, fake_features: Features) -> list[tuple[Tensor, Tensor]]:
    """The layers of both sides, real ones as constants."""
    reals, fakes = _layers(real_features), _layers(fake_features)
    if [x.shape[1:] for x in reals] != [x.shape[1:] for x in fakes] or not reals:
        raise ValueError(
            f"real and fake features must have the same layers, got "
            f"{[tuple(x.shape) for x in reals]} and {[tuple(x.shape) for x in fakes]}."
        )
    return [(r.detach().float(), f.float()) for r, f in zip(reals, fakes, strict=True)]


def _layers(features: Features) -> list[Tensor]:
    """One list of layers, whether they come scale by scale or not."""
    return [layer for part in features for layer in ([part] if isinstance(part, Tensor) else part)]
