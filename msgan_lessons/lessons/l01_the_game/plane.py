"""Points in the plane: targets, batches, networks, and how near G's points are (lesson 01)."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.objective import jensen_shannon_divergence, kl_divergence, optimal_discriminator
from msgan_lessons.pyramid import Scales


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
        """Draw points (count, 2), float32, from a stream or else from torch's own."""
        which = torch.randint(len(self.centres), (count,), generator=generator)
        noise = torch.randn(count, 2, generator=generator)
        return self.centres[which].float() + self.std * noise

    def density(self, points: Tensor) -> Tensor:
        """Return p at points (..., 2) of the plane: (...), float64, per unit of area."""
        flat = points.double().reshape(-1, 2)
        squares = torch.cdist(flat, self.centres.double()) ** 2  # (N, K)
        scale = 2 * math.pi * self.std**2 * len(self.centres)
        heights = torch.exp(-squares / (2 * self.std**2)).sum(-1) / scale
        return heights.reshape(points.shape[:-1])

    def grid_density(self, extent: float, bins: int) -> Tensor:
        """Return p at each of `grid_centres`: (bins * bins,); cheap for thousands of parts."""
        middles = cell_middles(extent, bins)[:, None, None]  # (bins, 1, 1)
        squares = ((middles - self.centres.double()) / self.std) ** 2
        heights = torch.exp(-squares / 2) / (math.sqrt(2 * math.pi) * self.std)  # (bins, K, 2)
        return (heights[..., 1] @ heights[..., 0].T).flatten() / len(self.centres)

    def blurred(self, width: float) -> "GaussianMixture":
        """Return the distribution of a sample plus Gaussian noise: a mixture again, exactly."""
        return replace(self, std=math.hypot(self.std, width))

    def cell_probabilities(self, extent: float, bins: int) -> Tensor:
        """Return each cell's exact probability, as `grid_centres`: (bins * bins,), float64."""
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
    """Return the middle of each cell of a square grid: (bins * bins, 2), float32.

    Parameters
    ----------
    extent : float
        Half the side of the square around 0, > 0.
    bins : int
        Cells a side, at least 1; in the order of `GaussianMixture.cell_probabilities`.

    Examples
    --------
    >>> grid_centres(1.0, 2)[:2].tolist()
    [[-0.5, -0.5], [0.5, -0.5]]
    """
    middles = cell_middles(extent, bins).float()
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def cell_middles(extent: float, bins: int) -> Tensor:
    """Return the middles of cells along one side, from the lowest."""
    return (torch.arange(bins, dtype=torch.float64) + 0.5) / bins * 2 * extent - extent


FEWEST_POINTS = 3
MOST_CENTRES = 200


def ring(radius: float = 0.8, std: float = 0.06) -> GaussianMixture:
    """Eight clusters on a circle."""
    angle = torch.arange(8) * (2 * math.pi / 8)
    centres = radius * torch.stack([angle.cos(), angle.sin()], 1)
    return GaussianMixture(centres, std, modes=centres)


def grid(reach: float = 0.8, std: float = 0.05) -> GaussianMixture:
    """Twenty-five clusters, five by five."""
    side = torch.linspace(-reach, reach, 5)
    centres = torch.cartesian_prod(side, side)
    return GaussianMixture(centres, std, modes=centres)


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
    "ring of 8": ring,
    "grid of 25": grid,
    "line": _line,
    "two moons": _moons,
    "disjoint": _disjoint,
}


def target(name: str) -> GaussianMixture:
    """Return one of the distributions by its name, almost all of it within [-1, 1] both ways.

    Parameters
    ----------
    name : str
        Key in `TARGETS`.

    Examples
    --------
    >>> len(target("grid of 25").modes)
    25
    """
    check_choice("target", name, TARGETS)
    return TARGETS[name]()


def drawn_target(points: Sequence[Sequence[float]]) -> GaussianMixture:
    """Turn a stroke of the mouse in [-1, 1] into at most 200 equal parts along it; no modes."""
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
    return GaussianMixture(centres[kept], 0.04)


def plane_batches(
    mixture: GaussianMixture, batch_size: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Draw real batches (batch_size, 2) for as long as they are asked for."""
    while True:
        yield mixture.sample(batch_size, generator)


class PlaneGenerator(nn.Module):
    """G(z): a latent to a point; with batch norm (no running statistics) in batches of several."""

    def __init__(
        self, latent_dim: int = 2, hidden: int = 64, depth: int = 2, *, batch_norm: bool = False
    ) -> None:
        super().__init__()
        check_least(1, latent_dim=latent_dim, hidden=hidden, depth=depth)
        self.latent_dim = latent_dim
        self.layers = _layers(latent_dim, hidden, 2, depth, batch_norm=batch_norm)

    def forward(self, z: Tensor) -> Tensor:
        """Turn latents (B, latent_dim) into points (B, 2)."""
        return self.layers(z)


class OneScaleGenerator(nn.Module):
    """A G of points in a `Game`, which plays with lists of scales: its list has one."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.latent_dim = network, network.latent_dim

    def forward(self, z: Tensor) -> list[Tensor]:
        """Turn latents (B, latent_dim) into [points (B, 2)]."""
        return [self.network(z)]


class OneScaleDiscriminator(nn.Module):
    """A D of points in a `Game`."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, points: Scales) -> list[Tensor]:
        """Judge [points (B, 2)]: [logits]."""
        return [self.network(points[0])]


class PlaneDiscriminator(nn.Module):
    """D(x): a point of the plane to a logit; with `pac` > 1 several points together.

    Parameters
    ----------
    hidden : int
        Features of each hidden layer, at least 1.
    depth : int
        Hidden layers, at least 1.
    waves : int
        Show D each point as the sines and cosines of that many fixed random waves, so that it
        sees fine detail at once; 0: as two coordinates.
    bandwidth : float
        Standard deviation of the waves' frequencies, radians a unit.
    pac : int
        Judge that many points together; the batch must be divisible by it.
    minibatch_stddev : bool
        Show the last hidden layer how much four points of the batch differ in the features that
        enter it.
    spectral_norm : bool
        Divide each weight by its largest singular value (Miyato et al. 2018).

    Raises
    ------
    ValueError
        If `hidden`, `depth` or `pac` is below 1, or `waves` below 0.

    References
    ----------
    pac: PacGAN (Lin et al. 2018). minibatch_stddev: ProGAN (Karras et al. 2018), section 3.
    waves: random Fourier features (Tancik et al. 2020), here in front of a D.

    Examples
    --------
    >>> points = torch.zeros(6, 2)
    >>> PlaneDiscriminator()(points).shape, PlaneDiscriminator(pac=2)(points).shape
    (torch.Size([6]), torch.Size([3]))
    """

    def __init__(
        self,
        hidden: int = 64,
        depth: int = 2,
        *,
        waves: int = 0,
        bandwidth: float = 6.0,
        pac: int = 1,
        minibatch_stddev: bool = False,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__()
        check_least(1, hidden=hidden, depth=depth, pac=pac)
        check_least(0, waves=waves)
        self.pac = pac
        if waves:
            self.register_buffer("frequencies", bandwidth * torch.randn(2, waves))
        self.waves = waves
        inputs = pac * (2 * waves or 2)
        self.layers = _layers(inputs, hidden, 1, depth, stddev=minibatch_stddev)
        if spectral_norm:
            for layer in [m for m in self.modules() if isinstance(m, nn.Linear)]:
                add_spectral_norm(layer)

    def forward(self, points: Tensor) -> Tensor:
        """Turn points (B, 2) into logits (B / pac,); higher = more real."""
        if len(points) % self.pac:
            raise ValueError(f"the batch must be divisible by pac={self.pac}, got {len(points)}.")
        seen = points
        if self.waves:
            phase = points @ self.frequencies  # (B, waves)
            seen = torch.cat([phase.sin(), phase.cos()], 1)
        packed = seen.reshape(len(points) // self.pac, -1)  # (B/pac, pac * features)
        return self.layers(packed)[:, 0]


class PointStddev(nn.Module):
    """`blocks.MinibatchStddev` of features without positions."""

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C) to (B, C + 1): the spread of each group stands beside its features."""
        group = self.group_size if len(x) % self.group_size == 0 else len(x)
        parts = x.reshape(group, len(x) // group, -1)
        variance = (parts - parts.mean(0)).square().mean(0)  # (B/g, C)
        spread = (variance + 1e-8).sqrt().mean(1)
        return torch.cat([x, spread.repeat(group)[:, None]], 1)


def _layers(
    inputs: int,
    hidden: int,
    outputs: int,
    depth: int,
    *,
    batch_norm: bool = False,
    stddev: bool = False,
) -> nn.Sequential:
    """Full layers with leaky ReLU between; `stddev` adds its feature before the last hidden one."""
    layers: list[nn.Module] = []
    for k in range(depth):
        extra = stddev and k == depth - 1
        layers += [PointStddev()] if extra else []
        layers.append(nn.Linear(inputs + extra, hidden))
        layers += [nn.BatchNorm1d(hidden, track_running_stats=False)] if batch_norm else []
        layers.append(nn.LeakyReLU(0.2))
        inputs = hidden
    return nn.Sequential(*layers, nn.Linear(hidden, outputs))


EXTENT = 1.2  # half the side of the square that is looked at
BINS = 30
SMOOTHING = 0.1  # points added to each cell
REACH = 3.0  # standard deviations
MIN_MODE_SHARE = 0.1  # of N / M points, for a mode to count


def sample_probabilities(points: Tensor, extent: float = EXTENT, bins: int = BINS) -> Tensor:
    """Estimate each cell's probability (bins * bins,) from points (N, 2) and a tenth of one."""
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points must have shape (N, 2), got {tuple(points.shape)}.")
    if not bool(points.isfinite().all()):
        raise ValueError("points must be finite, got one that is not.")
    places = ((points + extent) / (2 * extent) * bins).floor().long().clamp(0, bins - 1)
    counts = torch.bincount(places[:, 1] * bins + places[:, 0], minlength=bins * bins).double()
    return (counts + SMOOTHING) / (counts + SMOOTHING).sum()


def grid_divergences(mixture: GaussianMixture, points: Tensor) -> tuple[float, float]:
    """Return KL(data, model) and JSD in nats, sums over 30 x 30 cells, of points (N, 2)."""
    data = mixture.cell_probabilities(EXTENT, BINS)
    model = sample_probabilities(points)
    return float(kl_divergence(data, model)), float(jensen_shannon_divergence(data, model))


def mode_coverage(mixture: GaussianMixture, points: Tensor) -> tuple[int, float]:
    """Count the modes that hold a tenth of their share, and the points within 3 std of a mode."""
    # the code of PacGAN (Lin et al. 2018) asks a mode for one point; a stray is none here
    if mixture.modes is None:
        raise ValueError("the mixture must have modes to count, got one without.")
    distance, nearest = torch.cdist(points.float(), mixture.modes.float()).min(1)
    good = distance <= REACH * mixture.std
    counts = torch.bincount(nearest[good], minlength=len(mixture.modes))
    enough = counts >= MIN_MODE_SHARE * len(points) / len(mixture.modes)
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
    """D* = p / (p + q) on a grid (bins, bins), lowest row first (Goodfellow 2014, prop. 1)."""
    # q is estimated by a kernel, which blurs p too; 1/2 where nobody has been (`background`)
    anywhere = background / (2 * extent) ** 2
    p = mixture.blurred(width).grid_density(extent, bins)
    q = GaussianMixture(points, width).grid_density(extent, bins)
    p, q = ((1 - background) * density + anywhere for density in (p, q))
    return optimal_discriminator(p, q).reshape(bins, bins)
