"""What G has to learn in the plane: five distributions, and one drawn by hand (lesson 01)."""

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from msgan_lessons.lessons.l01_the_game.mixture import GaussianMixture

__all__ = ["TARGETS", "drawn_target", "plane_batches", "target"]

FEWEST_POINTS = 3
MOST_CENTRES = 200


def _ring() -> GaussianMixture:
    """Eight clusters on a circle of radius 0.8."""
    angle = torch.arange(8) * (2 * math.pi / 8)
    centres = 0.8 * torch.stack([angle.cos(), angle.sin()], 1)
    return GaussianMixture(centres, 0.06, modes=centres)


def _grid() -> GaussianMixture:
    """Twenty-five clusters, five by five."""
    side = torch.linspace(-0.8, 0.8, 5)
    centres = torch.cartesian_prod(side, side)
    return GaussianMixture(centres, 0.05, modes=centres)


def _line() -> GaussianMixture:
    """A line from the lower left to the upper right."""
    along = torch.linspace(-0.8, 0.8, 81)
    return GaussianMixture(torch.stack([along, 0.6 * along], 1), 0.04)


def _moons() -> GaussianMixture:
    """Two half circles that reach into each other."""
    angle = torch.linspace(0, math.pi, 60)
    upper = torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], 1)
    lower = torch.stack([0.5 - angle.cos(), 0.25 - angle.sin()], 1)
    return GaussianMixture(0.6 * torch.cat([upper, lower]), 0.04)


def _disjoint() -> GaussianMixture:
    """Two clusters, far apart."""
    centres = torch.tensor([[-0.7, -0.5], [0.7, 0.5]])
    return GaussianMixture(centres, 0.1, modes=centres)


TARGETS: dict[str, Callable[[], GaussianMixture]] = {
    "ring of 8": _ring,
    "grid of 25": _grid,
    "line": _line,
    "two moons": _moons,
    "disjoint": _disjoint,
}


def target(name: str) -> GaussianMixture:
    """Return one of the distributions by its name.

    Parameters
    ----------
    name : str
        Key in `TARGETS`.

    Returns
    -------
    GaussianMixture
        Almost all of it within [-1, 1] in both directions.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> len(target("grid of 25").modes)
    25
    """
    if name not in TARGETS:
        raise ValueError(f"target must be one of {', '.join(TARGETS)}, got {name!r}.")
    return TARGETS[name]()


def drawn_target(points: Sequence[Sequence[float]], std: float = 0.04) -> GaussianMixture:
    """Turn a stroke of the mouse into a distribution: equal parts along it.

    Parameters
    ----------
    points : sequence of (x, y)
        At least three, each coordinate in [-1, 1].
    std : float
        Width of the stroke, > 0.

    Returns
    -------
    GaussianMixture
        Without modes; at most 200 parts, spread evenly over the points.

    Raises
    ------
    ValueError
        If there are too few points, or one is not finite or outside the plane.
    """
    if len(points) < FEWEST_POINTS:
        raise ValueError(f"a stroke must have at least {FEWEST_POINTS} points, got {len(points)}.")
    try:
        centres = torch.tensor([[float(x), float(y)] for x, y in points])
    except (TypeError, ValueError) as error:
        raise ValueError("each point of a stroke must be two numbers.") from error
    for x, y in centres.tolist():
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"each point of a stroke must be finite, got ({x}, {y}).")
        if max(abs(x), abs(y)) > 1:
            raise ValueError(f"a stroke must stay within -1 and 1, got ({x:.2f}, {y:.2f}).")
    kept = torch.linspace(0, len(centres) - 1, min(len(centres), MOST_CENTRES)).round().long()
    return GaussianMixture(centres[kept], std)


def plane_batches(
    mixture: GaussianMixture, batch_size: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Draw real batches for as long as they are asked for.

    Parameters
    ----------
    mixture : GaussianMixture
        The data.
    batch_size : int
        Points a batch.
    generator : torch.Generator
        The stream 'data'.

    Yields
    ------
    Tensor
        Shape (batch_size, 2), float32.
    """
    while True:
        yield mixture.sample(batch_size, generator)
