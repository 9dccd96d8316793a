"""Clips drawn on the fly: sprites that fly, bounce, turn and grow, with the truth (lesson 12)."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.datasets.sprite_motion import Motion, draw_motion

__all__ = ["MovingSprites", "render"]


def render(ink: Tensor, motion: Motion, resolution: int = 32, paper: float = -1.0) -> Tensor:
    """Draw the clips of a motion.

    Parameters
    ----------
    ink : Tensor
        Shape (B, S, C, h, h), from 0 (nothing) to 1: one sprite for each of the motion's.
    motion : Motion
        Of B clips with S sprites.
    resolution : int
        Pixels a side of a frame.
    paper : float
        -1: bright ink on black; 1: dark ink on white.

    Returns
    -------
    Tensor
        Shape (B, C, T, resolution, resolution), float32, in [-1, 1]. Where sprites overlap, the
        stronger ink is seen.

    Raises
    ------
    ValueError
        If the sprites and the motion do not fit together, or `paper` is neither -1 nor 1.

    Examples
    --------
    >>> motion = draw_motion(2, torch.Generator().manual_seed(0))
    >>> render(torch.ones(2, 1, 1, 16, 16), motion).shape
    torch.Size([2, 1, 16, 32, 32])
    """
    b, s, t = motion.angles.shape
    if ink.ndim != 5 or ink.shape[:2] != (b, s):
        raise ValueError(f"ink must have shape ({b}, {s}, C, h, h), got {tuple(ink.shape)}.")
    if paper not in (-1.0, 1.0):
        raise ValueError(f"paper must be -1 or 1, got {paper!r}.")
    c, h = ink.shape[2], ink.shape[-1]
    zoom = resolution / (h * motion.sizes)  # from the canvas to the sprite, both from -1 to 1
    cos, sin = motion.angles.cos() * zoom, motion.angles.sin() * zoom
    x, y = (2 * motion.positions / resolution - 1).unbind(-1)
    rows = [cos, sin, -(cos * x + sin * y), -sin, cos, sin * x - cos * y]
    theta = torch.stack(rows, -1).reshape(-1, 2, 3)
    grid = F.affine_grid(theta, [len(theta), c, resolution, resolution], align_corners=False)
    each = ink[:, :, None].expand(b, s, t, c, h, h).reshape(-1, c, h, h)
    drawn = F.grid_sample(each, grid, mode="bilinear", align_corners=False)
    seen = drawn.reshape(b, s, t, c, resolution, resolution).amax(1).transpose(1, 2)
    return paper * (1 - 2 * seen)


class MovingSprites:
    """Clips without end, from some sprites.

    Parameters
    ----------
    name : str
        What the sprites are.
    ink : Tensor
        Shape (N, C, h, h), from 0 to 1.
    resolution, frames, sprites : int
        Pixels a side and frames of a clip; sprites in it.
    paper : float
        As for `render`.

    Raises
    ------
    ValueError
        As `draw_motion`.

    Examples
    --------
    >>> data = MovingSprites("squares", torch.ones(5, 1, 14, 14))
    >>> clips, motion = data.sample(3, torch.Generator().manual_seed(0))
    >>> clips.shape, motion.positions.shape
    (torch.Size([3, 1, 16, 32, 32]), torch.Size([3, 1, 16, 2]))
    """

    def __init__(
        self,
        name: str,
        ink: Tensor,
        *,
        resolution: int = 32,
        frames: int = 16,
        sprites: int = 1,
        paper: float = -1.0,
    ) -> None:
        self.name, self.ink, self.paper = name, ink, paper
        self.resolution, self.frames, self.sprites = resolution, frames, sprites
        self.img_channels = ink.shape[1]
        self.sample(1, torch.Generator())  # refuses what does not fit

    def __len__(self) -> int:
        return len(self.ink)

    def sample(self, count: int, stream: torch.Generator) -> tuple[Tensor, Motion]:
        """Draw clips and what truly moves in them.

        Parameters
        ----------
        count : int
            At least 1.
        stream : torch.Generator
            On the CPU.

        Returns
        -------
        tuple
            Clips (count, C, T, R, R) in [-1, 1], and their `Motion`.
        """
        motion = draw_motion(
            count, stream, sprites=self.sprites, frames=self.frames,
            resolution=self.resolution, reach=0.44 * self.ink.shape[-1],
        )  # fmt: skip
        which = torch.randint(len(self.ink), (count, self.sprites), generator=stream)
        return render(self.ink[which], motion, self.resolution, self.paper), motion

    def clips(self, count: int, stream: torch.Generator) -> Tensor:
        """Draw clips alone: (count, C, T, R, R).

        Parameters
        ----------
        count, stream
            As for `sample`.

        Returns
        -------
        Tensor
        """
        return self.sample(count, stream)[0]

    def batches(self, batch_size: int, stream: torch.Generator) -> Iterator[Tensor]:
        """Yield batches of new clips for ever.

        Parameters
        ----------
        batch_size : int
            At least 1.
        stream : torch.Generator
            On the CPU.

        Yields
        ------
        Tensor
            Shape (batch_size, C, T, R, R), in [-1, 1].
        """
        while True:
            yield self.clips(batch_size, stream)
