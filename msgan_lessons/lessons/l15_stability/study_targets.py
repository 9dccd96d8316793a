"""The two distributions of Gaussians that papers count modes on, and how they count (lesson 15)."""

import math

import torch
from torch import Tensor

from msgan_lessons.lessons.l01_the_game.plane import REACH, GaussianMixture, mode_coverage

__all__ = ["SAMPLES", "TARGETS", "measure", "paper_target"]

SAMPLES = 2500  # the papers' count


def _ring() -> GaussianMixture:
    """Eight clusters on a circle of radius 1, standard deviation 0.01."""
    angle = torch.arange(8) * (2 * math.pi / 8)
    centres = torch.stack([angle.cos(), angle.sin()], 1)
    return GaussianMixture(centres, 0.01, modes=centres)


def _grid() -> GaussianMixture:
    """Five by five clusters 2 apart, standard deviation 0.05; all of it divided by 4."""
    side = torch.linspace(-1, 1, 5)
    centres = torch.cartesian_prod(side, side)
    return GaussianMixture(centres, 0.05 / 4, modes=centres)


TARGETS = {"ring of 8": _ring, "grid of 25": _grid}


def paper_target(name: str) -> GaussianMixture:
    """Return one of the two distributions that papers measure modes on.

    Parameters
    ----------
    name : str
        'ring of 8' or 'grid of 25'.

    Returns
    -------
    GaussianMixture
        The grid is scaled into [-1, 1], which changes neither modes nor quality.

    Raises
    ------
    ValueError
        If there is none of that name.

    References
    ----------
    The published code of PacGAN (Lin et al. 2018): ring of radius 1 and standard deviation 0.01,
    grid at -4, -2, 0, 2, 4 and 0.05. The clusters of `plane_data.target` are seven and five times
    as wide for their distances, so that a game can be watched.

    Examples
    --------
    >>> len(paper_target("grid of 25").modes), round(paper_target("ring of 8").std, 3)
    (25, 0.01)
    """
    if name not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, got {name!r}.")
    return TARGETS[name]()


def measure(mixture: GaussianMixture, points: Tensor) -> dict[str, float | int | None]:
    r"""Count modes as the papers do, and how evenly they are hit.

    Parameters
    ----------
    mixture : GaussianMixture
        The data, with K modes.
    points : Tensor
        G's, shape (N, 2); the papers take 2,500.

    Returns
    -------
    dict
        'modes': those nearest to at least one point of high quality; 'fair_modes': those with a
        tenth of their share, as `plane_metrics.mode_coverage` counts; 'high_quality': share of
        points within three standard deviations of the nearest mode; 'kl': nats, the sum of
        q_k log(K q_k), q_k the shares of the modes among points of high quality, from 0 to
        log K; None where no point is of high quality.

    References
    ----------
    Srivastava et al. 2017 (VEEGAN), section 4.1 in the words of its project page; Lin et al. 2018
    (PacGAN) in its published code.
    """
    fair_modes, high_quality = mode_coverage(mixture, points)
    distance, nearest = torch.cdist(points.float(), mixture.modes.float()).min(1)
    good = nearest[distance <= REACH * mixture.std]
    counts = torch.bincount(good, minlength=len(mixture.modes)).double()
    hit = counts[counts > 0] / max(len(good), 1)
    return {
        "modes": len(hit),
        "fair_modes": fair_modes,
        "high_quality": high_quality,
        "kl": max(0.0, float((hit * (hit * len(counts)).log()).sum())) if len(hit) else None,
    }
