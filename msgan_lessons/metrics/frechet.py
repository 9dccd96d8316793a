"""One number for two clouds of features: the distance of two Gaussians (lesson 16_evaluation)."""

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_pair

__all__ = ["frechet_distance"]


def frechet_distance(real_features: Tensor, fake_features: Tensor) -> float:
    r"""Fréchet distance of the Gaussians with the mean and covariance of each set.

    .. math:: \|m_1 - m_2\|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^{1/2})

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shapes (N, d) and (M, d), finite; N and M at least 2, and better far above d: the
        distance of finite samples is biased upwards, the more the fewer there are.

    Returns
    -------
    float
        At least 0, in the squared unit of the features; 0 for equal means and covariances.

    Raises
    ------
    TypeError
        If an argument is not a tensor.
    ValueError
        If a shape is not (N, d), the lengths d differ, there are fewer than 2 rows, or a value
        is not finite.

    References
    ----------
    Dowson and Landau 1982; Heusel et al. 2017, equation 6 (there a squared distance, called FID
    on the features of Inception; on other features it is not FID). Covariances are unbiased.
    With C = A'A for the centred features A, the trace of the root is the sum of the singular
    values of A_1 A_2', so that nothing is lost where a covariance has no inverse.

    Examples
    --------
    >>> x = torch.tensor([[-1.0], [1.0]])  # variance 2
    >>> round(frechet_distance(x, x + 3), 6)  # the same shape, moved by 3
    9.0
    """
    real, fake = check_pair(real_features, fake_features, "real_features fake_features", 2)
    mean_term = (real.mean(0) - fake.mean(0)).square().sum()
    real_factor, fake_factor = _factor(real), _factor(fake)
    traces = real_factor.square().sum() + fake_factor.square().sum()  # tr C_1 + tr C_2
    root = torch.linalg.svdvals(real_factor @ fake_factor.T).sum()  # tr (C_1 C_2)^(1/2)
    return max(0.0, (mean_term + traces - 2 * root).item())


def _factor(features: Tensor) -> Tensor:
    """A with A'A = the unbiased covariance: at most d rows, by QR of the centred features."""
    centred = (features - features.mean(0)) / (len(features) - 1) ** 0.5
    return torch.linalg.qr(centred, mode="r").R
