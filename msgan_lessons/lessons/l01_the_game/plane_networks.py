"""G and D of the game in the plane: two small networks of full layers (lesson 01_the_game)."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

__all__ = ["PlaneDiscriminator", "PlaneGenerator", "PointStddev"]


class PlaneGenerator(nn.Module):
    """G(z): a latent to a point of the plane.

    Parameters
    ----------
    latent_dim : int
        Numbers in z, at least 1.
    hidden : int
        Features of each hidden layer, at least 1.
    depth : int
        Hidden layers, at least 1.
    batch_norm : bool
        Standardise each hidden feature over the batch; there are no running statistics, so G
        must see a batch of several latents also when it is measured.

    Raises
    ------
    ValueError
        If `latent_dim`, `hidden` or `depth` is below 1.

    Examples
    --------
    >>> import torch
    >>> PlaneGenerator(2)(torch.zeros(5, 2)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self, latent_dim: int = 2, hidden: int = 64, depth: int = 2, *, batch_norm: bool = False
    ) -> None:
        super().__init__()
        _check(latent_dim=latent_dim, hidden=hidden, depth=depth)
        self.latent_dim = latent_dim
        self.layers = _layers(latent_dim, hidden, 2, depth, batch_norm=batch_norm)

    def forward(self, z: Tensor) -> Tensor:
        """Turn latents (B, latent_dim) into points (B, 2)."""
        return self.layers(z)


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
        _check(hidden=hidden, depth=depth, pac=pac)
        if waves < 0:
            raise ValueError(f"waves must be at least 0, got {waves}.")
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
    """`blocks.MinibatchStddev` of features without positions.

    Parameters
    ----------
    group_size : int
        Points compared with each other; the whole batch where it does not divide it.

    Examples
    --------
    >>> PointStddev()(torch.zeros(8, 5)).shape
    torch.Size([8, 6])
    """

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


def _check(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}.")
