"""How near G's points are to the data in the plane: divergences, modes, D* (lesson 01_the_game)."""

import torch
from torch import Tensor

from msgan_lessons.lessons.l01_the_game.mixture import GaussianMixture
from msgan_lessons.objective import (
    jensen_shannon_divergence,
    kl_divergence,
    optimal_discriminator,
)

__all__ = [
    "EXTENT",
    "best_discriminator",
    "grid_divergences",
    "mode_coverage",
    "sample_probabilities",
]

EXTENT = 1.2  # half the side of the square that is looked at
BINS = 30
SMOOTHING = 0.1  # points added to each cell
REACH = 3.0  # standard deviations
FAIR_SHARE = 0.1


def sample_probabilities(points: Tensor, extent: float = EXTENT, bins: int = BINS) -> Tensor:
    """Estimate the probability of each cell of a square grid from points.

    A tenth of a point is added to each cell, so that no probability is zero and no divergence
    infinite. A point outside the square counts in the nearest cell.

    Parameters
    ----------
    points : Tensor
        Shape (N, 2), N at least 1.
    extent : float
        Half the side, > 0.
    bins : int
        Cells a side, at least 1.

    Returns
    -------
    Tensor
        Shape (bins * bins,), float64, summing to 1, in the order of
        `GaussianMixture.cell_probabilities`.

    Raises
    ------
    ValueError
        If `points` is not (N, 2), or a point is not finite.

    Examples
    --------
    >>> sample_probabilities(torch.zeros(1000, 2), bins=3).argmax().item()
    4
    """
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points must have shape (N, 2), got {tuple(points.shape)}.")
    if not bool(points.isfinite().all()):
        raise ValueError("points must be finite, got one that is not.")
    places = ((points + extent) / (2 * extent) * bins).floor().long().clamp(0, bins - 1)
    counts = torch.bincount(places[:, 1] * bins + places[:, 0], minlength=bins * bins).double()
    return (counts + SMOOTHING) / (counts + SMOOTHING).sum()


def grid_divergences(mixture: GaussianMixture, points: Tensor) -> tuple[float, float]:
    """Measure how far points are from the distribution that they should have.

    Parameters
    ----------
    mixture : GaussianMixture
        The data; its probability in each cell of the grid is exact.
    points : Tensor
        G's, shape (N, 2).

    Returns
    -------
    tuple of float
        KL(data, model) >= 0 and JSD in [0, log 2], in nats. Both are sums over 30 x 30 cells: what
        happens within a cell is not seen. N points leave some distance even where they are
        perfect: it falls with N.

    Raises
    ------
    ValueError
        As `sample_probabilities`.
    """
    data = mixture.cell_probabilities(EXTENT, BINS)
    model = sample_probabilities(points)
    return float(kl_divergence(data, model)), float(jensen_shannon_divergence(data, model))


def mode_coverage(mixture: GaussianMixture, points: Tensor) -> tuple[int, float]:
    """Count the modes that G has found, and the share of its points that lie in one.

    A point is of high quality within three standard deviations of the nearest mode. A mode is
    captured if it holds at least a tenth of its fair share, N / M, of high-quality points.

    Parameters
    ----------
    mixture : GaussianMixture
        The data, with modes.
    points : Tensor
        G's, shape (N, 2).

    Returns
    -------
    tuple
        Modes captured, 0 to M; share of high-quality points, 0 to 1. Of real points of one round
        cluster, 1 - exp(-9/2) = 0.989 are of high quality.

    Raises
    ------
    ValueError
        If the mixture has no modes.

    References
    ----------
    Lin et al. 2018 (PacGAN): the published code counts a point of high quality within three
    standard deviations, and a mode as captured from one such point on. We ask for a tenth of the
    fair share, so that a stray point on the way between two modes does not count.
    """
    if mixture.modes is None:
        raise ValueError("the mixture must have modes to count, got one without.")
    distance, nearest = torch.cdist(points.float(), mixture.modes.float()).min(1)
    good = distance <= REACH * mixture.std
    counts = torch.bincount(nearest[good], minlength=len(mixture.modes))
    enough = counts >= FAIR_SHARE * len(points) / len(mixture.modes)
    captured = int((enough & (counts > 0)).sum())
    return captured, float(good.float().mean())


def best_discriminator(
    mixture: GaussianMixture,
    points: Tensor,
    extent: float,
    bins: int,
    *,
    width: float = 0.05,
    background: float = 0.01,
) -> Tensor:
    r"""The D that no other D beats for G as it is now, on a grid.

    .. math:: D^*(x) = p(x) / (p(x) + q(x))

    G's density q is known from its points alone: it is estimated by a Gaussian kernel, which
    blurs it. The data are blurred by the same kernel (a mixture stays one, exactly), so that
    equal distributions give 1/2. One point in a hundred of both is taken to lie anywhere in the
    square, so that D* is 1/2 also where nobody has ever been: there it would be free.

    Parameters
    ----------
    mixture : GaussianMixture
        The data.
    points : Tensor
        G's, shape (N, 2).
    extent : float
        Half the side of the square, > 0.
    bins : int
        Cells a side.
    width : float
        Standard deviation of the kernel, > 0.
    background : float
        Share of points that lie anywhere, in [0, 1).

    Returns
    -------
    Tensor
        Shape (bins, bins), float64, in [0, 1]; the first row is the lowest.

    References
    ----------
    Goodfellow et al. 2014, proposition 1. The kernel and the background are ours.
    """
    anywhere = background / (2 * extent) ** 2
    p = mixture.blurred(width).grid_density(extent, bins)
    q = GaussianMixture(points, width).grid_density(extent, bins)
    p, q = ((1 - background) * density + anywhere for density in (p, q))
    return optimal_discriminator(p, q).reshape(bins, bins)
