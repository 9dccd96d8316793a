"""Mixtures of round Gaussians in the plane: their density is known exactly (lesson 01_the_game)."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

__all__ = ["GaussianMixture", "grid_centres"]


@dataclass(frozen=True)
class GaussianMixture:
    r"""Equal parts of round Gaussians with one standard deviation.

    .. math:: p(x) = \frac{1}{K} \sum_k \mathcal{N}(x; c_k, \sigma^2 I)

    Parameters
    ----------
    centres : Tensor
        Shape (K, 2), float, K at least 1.
    std : float
        Standard deviation of each part in each direction, > 0.
    modes : Tensor, optional
        Shape (M, 2): the separate clusters that a G may find or miss; none where the parts melt
        into a curve.

    Raises
    ------
    ValueError
        If `centres` is not (K, 2) and finite, or `std` is not positive.

    Examples
    --------
    >>> two = GaussianMixture(torch.tensor([[-1.0, 0.0], [1.0, 0.0]]), std=0.1)
    >>> two.sample(5, torch.Generator().manual_seed(0)).shape
    torch.Size([5, 2])
    """

    centres: Tensor
    std: float
    modes: Tensor | None = None

    def __post_init__(self) -> None:
        centres = self.centres
        if centres.ndim != 2 or centres.shape[1] != 2 or not len(centres):
            raise ValueError(f"centres must have shape (K, 2), got {tuple(centres.shape)}.")
        if not bool(centres.isfinite().all()):
            raise ValueError("centres must be finite, got one that is not.")
        if not 0 < self.std < math.inf:
            raise ValueError(f"std must be > 0, got {self.std!r}.")

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw points.

        Parameters
        ----------
        count : int
            How many.
        generator : torch.Generator, optional
            The stream to draw from; torch's own where it is missing.

        Returns
        -------
        Tensor
            Shape (count, 2), float32.
        """
        which = torch.randint(len(self.centres), (count,), generator=generator)
        noise = torch.randn(count, 2, generator=generator)
        return self.centres[which].float() + self.std * noise

    def density(self, points: Tensor) -> Tensor:
        """Return p at points of the plane.

        Parameters
        ----------
        points : Tensor
            Shape (..., 2).

        Returns
        -------
        Tensor
            Shape (...), float64, per unit of area.
        """
        flat = points.double().reshape(-1, 2)
        squares = torch.cdist(flat, self.centres.double()) ** 2  # (N, K)
        scale = 2 * math.pi * self.std**2 * len(self.centres)
        heights = torch.exp(-squares / (2 * self.std**2)).sum(-1) / scale
        return heights.reshape(points.shape[:-1])

    def grid_density(self, extent: float, bins: int) -> Tensor:
        """Return p at the middle of each cell of a square grid; cheap for thousands of parts.

        Parameters
        ----------
        extent : float
            Half the side, > 0.
        bins : int
            Cells a side, at least 1.

        Returns
        -------
        Tensor
            Shape (bins * bins,), float64, per unit of area; what `density(grid_centres(...))` is.
        """
        middles = cell_middles(extent, bins)[:, None, None]  # (bins, 1, 1)
        squares = ((middles - self.centres.double()) / self.std) ** 2
        heights = torch.exp(-squares / 2) / (math.sqrt(2 * math.pi) * self.std)  # (bins, K, 2)
        return (heights[..., 1] @ heights[..., 0].T).flatten() / len(self.centres)

    def blurred(self, width: float) -> "GaussianMixture":
        """Return the distribution of a sample plus Gaussian noise: a mixture again, exactly.

        Parameters
        ----------
        width : float
            Standard deviation of the noise, >= 0.

        Returns
        -------
        GaussianMixture
            With the standard deviation sqrt(std^2 + width^2).
        """
        return replace(self, std=math.hypot(self.std, width))

    def cell_probabilities(self, extent: float, bins: int) -> Tensor:
        """Return the probability of each cell of a square grid, exactly.

        A cell's share of one part is a product of two differences of normal distribution
        functions. What lies outside the square is left out and the rest made to sum to 1.

        Parameters
        ----------
        extent : float
            The square runs from -extent to extent in both directions, > 0.
        bins : int
            Cells a side, at least 1.

        Returns
        -------
        Tensor
            Shape (bins * bins,), float64, summing to 1; rows of equal y, from the lowest.

        Raises
        ------
        ValueError
            If almost nothing of the mixture lies in the square.
        """
        edges = torch.linspace(-extent, extent, bins + 1, dtype=torch.float64)
        places = (edges[:, None, None] - self.centres.double()) / self.std  # (bins + 1, K, 2)
        below, above = (torch.erfc(side / math.sqrt(2)) / 2 for side in (-places, places))
        shares = torch.maximum(below.diff(dim=0), -above.diff(dim=0))  # (bins, K, 2), in both tails
        cells = torch.einsum("xk,yk->yx", shares[..., 0], shares[..., 1]) / len(self.centres)
        total = cells.sum()
        if total < 1e-6:
            raise ValueError(f"the mixture must lie within {extent:g} of 0, got almost none there.")
        return (cells / total).flatten()


def grid_centres(extent: float, bins: int) -> Tensor:
    """Return the middle of each cell of a square grid.

    Parameters
    ----------
    extent : float
        Half the side, > 0.
    bins : int
        Cells a side, at least 1.

    Returns
    -------
    Tensor
        Shape (bins * bins, 2), float32, in the order of `GaussianMixture.cell_probabilities`.

    Examples
    --------
    >>> grid_centres(1.0, 2)[:2].tolist()
    [[-0.5, -0.5], [0.5, -0.5]]
    """
    middles = cell_middles(extent, bins).float()
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def cell_middles(extent: float, bins: int) -> Tensor:
    """Return the middles of cells along one side, from the lowest.

    Parameters
    ----------
    extent : float
        Half the side, > 0.
    bins : int
        Cells, at least 1.

    Returns
    -------
    Tensor
        Shape (bins,), float64.
    """
    return (torch.arange(bins, dtype=torch.float64) + 0.5) / bins * 2 * extent - extent
