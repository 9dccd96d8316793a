"""Can a machine tell real from generated: the 1-nearest-neighbour test (lesson 16_evaluation)."""

import math

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_pair

__all__ = ["nearest_neighbour_accuracy", "nearest_neighbour_verdicts", "wilson_interval"]

CHUNK = 512  # rows of distances held at a time


def nearest_neighbour_accuracy(real_features: Tensor, fake_features: Tensor) -> float:
    r"""Share of all rows whose nearest other row is of their own kind: 0.5 = cannot tell.

    .. math::
        a = \frac{1}{2n} \Big( \sum_i [nn(x_i) \in X] + \sum_j [nn(y_j) \in Y] \Big)
        \tag{19}

    where nn(x) is the nearest row to x among all others, real X and generated Y together.

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shape (n, d) both, n at least 2: with unequal counts a guess would not give 0.5.

    Returns
    -------
    float
        0 to 1. Near 1: the two sets lie apart. Near 0: each generated row sits closer to a real
        row than other real rows do, as copies would.

    Raises
    ------
    TypeError
        If a value is not a tensor.
    ValueError
        If the shapes are not (n, d) and equal, n is below 2, or a value is not finite.

    References
    ----------
    Lopez-Paz and Oquab 2017 (a classifier's accuracy as a two-sample test); Xu et al. 2018 (1
    nearest neighbour, leaving one out). Where two rows are equally near, ours takes the first
    one, real rows before generated ones.

    Examples
    --------
    >>> near, far = torch.tensor([[0.0], [1.0]]), torch.tensor([[8.0], [9.0]])
    >>> nearest_neighbour_accuracy(near, far), nearest_neighbour_accuracy(near, near + 0.1)
    (1.0, 0.0)
    """
    real_called_real, fake_called_real = nearest_neighbour_verdicts(real_features, fake_features)
    right = torch.cat([real_called_real, ~fake_called_real])
    return right.double().mean().item()


def nearest_neighbour_verdicts(
    real_features: Tensor, fake_features: Tensor
) -> tuple[Tensor, Tensor]:
    """Which rows have a real row as their nearest other row.

    Parameters
    ----------
    real_features, fake_features : Tensor
        As for `nearest_neighbour_accuracy`.

    Returns
    -------
    tuple of Tensor
        bool (n,) for the real rows, then for the generated ones; True: called real.

    Raises
    ------
    TypeError, ValueError
        As `nearest_neighbour_accuracy`.

    Examples
    --------
    >>> near, far = torch.tensor([[0.0], [1.0]]), torch.tensor([[8.0], [9.0]])
    >>> nearest_neighbour_verdicts(near, far)
    (tensor([True, True]), tensor([False, False]))
    """
    real, fake = _check(real_features, fake_features)
    n, rows = len(real), torch.cat([real, fake])
    nearest = torch.cat([_nearest_other(rows, i) for i in range(0, 2 * n, CHUNK)])
    return nearest[:n] < n, nearest[n:] < n


def wilson_interval(right: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    r"""Wilson's score interval of a share: which true shares fit `right` of `trials`.

    .. math::
        \frac{p + z^2 / 2n}{1 + z^2 / n}
        \pm \frac{z}{1 + z^2 / n} \sqrt{\frac{p (1 - p)}{n} + \frac{z^2}{4 n^2}}

    Parameters
    ----------
    right : int
        Successes, from 0 to `trials`.
    trials : int
        Independent trials, at least 1.
    z : float
        Standard deviations: 1.96 for an interval that holds the true share in about 95 % of all
        experiments.

    Returns
    -------
    tuple of float
        Lower and upper end, both in [0, 1].

    Raises
    ------
    ValueError
        If the counts are impossible or z is not above 0.

    References
    ----------
    Wilson 1927. Unlike p +- z sqrt(p (1 - p) / n), it has a width at 0 and at `trials` too.

    Examples
    --------
    >>> [round(end, 2) for end in wilson_interval(14, 20)]
    [0.48, 0.85]
    """
    if trials < 1 or not 0 <= right <= trials:
        raise ValueError(f"right must be from 0 to trials >= 1, got {right} of {trials}.")
    if not z > 0:
        raise ValueError(f"z must be > 0, got {z!r}.")
    p, shrink = right / trials, 1 + z**2 / trials
    middle = (p + z**2 / (2 * trials)) / shrink
    half = z / shrink * math.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _nearest_other(rows: Tensor, start: int) -> Tensor:
    """Index of the nearest other row, for one chunk of rows."""
    part = rows[start : start + CHUNK]
    distances = torch.cdist(part, rows, compute_mode="donot_use_mm_for_euclid_dist")
    itself = torch.arange(len(part))
    distances[itself, start + itself] = torch.inf
    return distances.argmin(1)


def _check(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    real_rows, fake_rows = check_pair(real, fake, "real_features fake_features", 2)
    if real.shape != fake.shape:
        raise ValueError(
            f"real_features and fake_features must have the same shape, got {tuple(real.shape)} "
            f"and {tuple(fake.shape)}."
        )
    return real_rows, fake_rows
