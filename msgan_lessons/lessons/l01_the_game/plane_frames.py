"""What is seen of the game in the plane at a moment, as arrays (lesson 01_the_game)."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.mixture import GaussianMixture, grid_centres
from msgan_lessons.lessons.l01_the_game.plane_metrics import EXTENT, best_discriminator
from msgan_lessons.losses import Loss
from msgan_lessons.training import Game

__all__ = ["PlaneFrames", "pushed"]

SHOWN, ARROWS, COUNTED = 200, 60, 1000  # points
CELLS, LINES_OF_Z = 40, 13
REACH, HALF = 0.3, 1.5  # longest arrow; slope at which an arrow has half that length


class PlaneFrames:
    """Looks at a game by the same latents, real points and cells at every moment.

    Parameters
    ----------
    mixture : GaussianMixture
        The data.
    latent_dim : int
        Numbers in z, at least 1.
    streams : Streams
        Those of the game; nothing is taken from what its training draws.

    Examples
    --------
    >>> from msgan_lessons.lessons.l01_the_game.plane_data import target
    >>> PlaneFrames(target("line"), 5, Streams(0)).z.shape
    torch.Size([1000, 5])
    """

    def __init__(self, mixture: GaussianMixture, latent_dim: int, streams: Streams) -> None:
        self.mixture = mixture
        self.z = streams.fixed_latents(COUNTED, latent_dim)
        self.z_shape, self.z_grid = _quantiles(latent_dim)
        self.real = mixture.sample(SHOWN, streams.fresh("shown"))
        self.cells = grid_centres(EXTENT, CELLS)

    @torch.no_grad()
    def points(self, game: Game) -> Tensor:
        """Return G's points as they are now.

        Parameters
        ----------
        game : Game
            Two networks of the plane, on the CPU.

        Returns
        -------
        Tensor
            Shape (1000, 2).
        """
        return game.generator(self.z)

    def now(self, game: Game) -> dict[str, np.ndarray]:
        """Return what is seen of a game now.

        Parameters
        ----------
        game : Game
            Two networks of the plane, on the CPU.

        Returns
        -------
        dict
            The views 'plane' and 'best' as `classroom.panel_views.Plane` says: the learned D, G's
            manifold, real and fake points and where G is pushed; the best D of the theory.
        """
        points = self.points(game)
        with torch.no_grad():
            manifold = game.generator(self.z_grid).reshape(*self.z_shape, 2)
            heat = game.discriminator(self.cells).sigmoid().reshape(CELLS, CELLS)
        best = best_discriminator(self.mixture, points, EXTENT, CELLS)
        real = self.real.numpy()
        return {
            "plane.heat": _byte(heat),
            "plane.manifold": manifold.numpy(),
            "plane.arrows": pushed(points[:ARROWS], self.real, game.discriminator, game.loss),
            "plane.real": real,
            "plane.fake": points[:SHOWN].numpy(),
            "best.heat": _byte(best),
            "best.real": real,
        }


def pushed(
    points: Tensor, real: Tensor, discriminator: Callable[[Tensor], Tensor], loss: Loss
) -> np.ndarray:
    r"""Where G's loss pushes its points: minus the gradient, long slopes shortened.

    .. math:: -0.3 \, \frac{g}{\|g\| + 1.5}, \quad g = \nabla_x L_G

    Parameters
    ----------
    points : Tensor
        G's, shape (N, 2).
    real : Tensor
        At least N real ones, for a loss of pairs.
    discriminator : callable
        Points (N, 2) to logits (N,).
    loss : Loss
        Of the game.

    Returns
    -------
    ndarray
        float32, shape (N, 4): each point, and its arrow, shorter than 0.3.

    Examples
    --------
    >>> from msgan_lessons.losses import LOSSES
    >>> at = torch.zeros(1, 2)
    >>> arrow = pushed(at, at, lambda x: 3 * x[:, 0], LOSSES["wgan"])  # slope -3 along x
    >>> round(float(arrow[0, 2]), 3)
    0.2
    """
    points = points.clone().requires_grad_()
    with torch.enable_grad():
        real_logits = discriminator(real[: len(points)])
        g_loss = loss.generator(discriminator(points), real_logits)
        (slope,) = torch.autograd.grad(g_loss * len(points), points)
    length = slope.norm(dim=1, keepdim=True)
    arrows = -slope / (length + HALF) * REACH
    return torch.cat([points.detach(), arrows], 1).numpy()


def _quantiles(latent_dim: int) -> tuple[tuple[int, int], Tensor]:
    """Latents that cut the normal distribution into equal parts: a grid of the first two."""
    side = 64 if latent_dim == 1 else LINES_OF_Z
    shares = (torch.arange(side) + 0.5) / side
    z = torch.special.ndtri(shares)
    if latent_dim == 1:
        return (1, side), z[:, None]
    grid = torch.zeros(side, side, latent_dim)
    grid[..., 0], grid[..., 1] = z[None, :], z[:, None]
    return (side, side), grid.reshape(-1, latent_dim)


def _byte(share: Tensor) -> np.ndarray:
    return (share * 255).round().to(torch.uint8).numpy()
