"""G and D of the game in the plane: two small networks of full layers (lesson 01_the_game)."""

from torch import Tensor, nn

__all__ = ["PlaneDiscriminator", "PlaneGenerator"]


class PlaneGenerator(nn.Module):
    """G(z): a latent to a point of the plane.

    Parameters
    ----------
    latent_dim : int
        Numbers in z, at least 1.
    hidden : int
        Features of each of the two hidden layers, at least 1.

    Raises
    ------
    ValueError
        If `latent_dim` or `hidden` is below 1.

    Examples
    --------
    >>> import torch
    >>> PlaneGenerator(2)(torch.zeros(5, 2)).shape
    torch.Size([5, 2])
    """

    def __init__(self, latent_dim: int = 2, hidden: int = 64) -> None:
        super().__init__()
        _check(latent_dim=latent_dim, hidden=hidden)
        self.latent_dim = latent_dim
        self.layers = _layers(latent_dim, hidden, 2)

    def forward(self, z: Tensor) -> Tensor:
        """Turn latents (B, latent_dim) into points (B, 2)."""
        return self.layers(z)


class PlaneDiscriminator(nn.Module):
    """D(x): a point of the plane to a logit.

    Parameters
    ----------
    hidden : int
        Features of each of the two hidden layers, at least 1.

    Raises
    ------
    ValueError
        If `hidden` is below 1.

    Examples
    --------
    >>> import torch
    >>> PlaneDiscriminator()(torch.zeros(5, 2)).shape
    torch.Size([5])
    """

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        _check(hidden=hidden)
        self.layers = _layers(2, hidden, 1)

    def forward(self, points: Tensor) -> Tensor:
        """Turn points (B, 2) into logits (B,); higher = more real."""
        return self.layers(points)[:, 0]


def _layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.LeakyReLU(0.2),
        nn.Linear(hidden, hidden), nn.LeakyReLU(0.2),
        nn.Linear(hidden, outputs),
    )  # fmt: skip


def _check(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1, got {size}.")
