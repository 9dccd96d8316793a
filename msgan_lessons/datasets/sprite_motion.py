"""Motions of sprites, drawn at random and simulated, kept as the truth (lesson 12_video)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Motion", "draw_motion"]

SPEED = (0.6, 1.8)  # pixels a frame, for a canvas of 32 pixels
TURN = 0.1  # radians a frame, at the most
GROWTH = 0.02  # of the size a frame, at the most
SIZES = (0.6, 1.2)  # a sprite stays within these


@dataclass(frozen=True)
class Motion:
    """Where every sprite truly is in every frame.

    Parameters
    ----------
    positions : Tensor
        Centres, shape (B, S, T, 2): x to the right, y down, in pixels from the top left corner.
    velocities : Tensor
        Shape (B, S, T, 2), pixels a frame: those with which a sprite leaves the frame.
    angles : Tensor
        Shape (B, S, T), radians, clockwise on the screen.
    sizes : Tensor
        Shape (B, S, T), as a multiple of the sprite's own size.
    """

    positions: Tensor
    velocities: Tensor
    angles: Tensor
    sizes: Tensor


def draw_motion(
    count: int,
    stream: torch.Generator,
    *,
    sprites: int = 1,
    frames: int = 16,
    resolution: int = 32,
    reach: float = 7.0,
) -> Motion:
    r"""Draw motions at random and let them run: straight lines, elastic bounces, turn and growth.

    .. math:: p_{t+1} = p_t + v_t, \qquad \theta_{t+1} = \theta_t + \omega, \qquad
        s_{t+1} = s_t \, e^{g}

    Parameters
    ----------
    count : int
        B, at least 1.
    stream : torch.Generator
        On the CPU.
    sprites, frames : int
        S and T, at least 1.
    resolution : int
        Pixels a side of the canvas; speeds grow with it.
    reach : float
        Half a sprite's own width in pixels, > 0: how near its centre comes to a wall at size 1.

    Returns
    -------
    Motion
        A wall returns the part of the velocity that points into it. Two sprites that touch and
        draw nearer exchange the parts along their line of centres, as equal masses do.

    Raises
    ------
    ValueError
        If a count is below 1, or the sprites do not fit the canvas.

    References
    ----------
    Bouncing sprites are an old test for video models: Moving MNIST (Srivastava et al. 2015) has
    two digits that bounce off walls and pass through each other, without turn and growth.

    Examples
    --------
    >>> motion = draw_motion(4, torch.Generator().manual_seed(0), sprites=2)
    >>> motion.positions.shape, bool((motion.velocities.norm(dim=-1) > 0).all())
    (torch.Size([4, 2, 16, 2]), True)
    """
    if min(count, sprites, frames) < 1:
        raise ValueError(
            f"count, sprites and frames must be at least 1, got {count}, {sprites} and {frames}."
        )
    if not 0 < 2 * reach * SIZES[1] < resolution:
        raise ValueError(
            f"reach must be above 0 and below {resolution / 2 / SIZES[1]:.3g} "
            f"for resolution={resolution}, got {reach!r}."
        )
    draw = torch.rand(7, count, sprites, generator=stream)
    size = 0.85 + 0.3 * draw[0]
    growth = GROWTH * (2 * draw[1] - 1)
    angle, turn = 0.5 * (2 * draw[2] - 1), TURN * (2 * draw[3] - 1)
    heading = 2 * math.pi * draw[4]
    speed = (SPEED[0] + (SPEED[1] - SPEED[0]) * draw[5]) * resolution / 32
    velocity = speed[..., None] * torch.stack([heading.cos(), heading.sin()], -1)
    room = reach * size[..., None]
    start = torch.rand(count, sprites, 2, generator=stream)
    position = room + start * (resolution - 2 * room)
    states = []
    for _ in range(frames):
        velocity = _collided(position, velocity, reach * size)
        states.append((position, velocity, angle, size))
        size = (size * growth.exp()).clamp(*SIZES)
        position, velocity = _reflected(position + velocity, velocity, reach * size, resolution)
        angle = angle + turn
    return Motion(*(torch.stack(part, 2) for part in zip(*states, strict=True)))


def _reflected(
    position: Tensor, velocity: Tensor, room: Tensor, resolution: int
) -> tuple[Tensor, Tensor]:
    """Fold back what has gone into a wall."""
    low = room[..., None]
    high = resolution - low
    outside = (position < low) | (position > high)
    position = torch.where(position < low, 2 * low - position, position)
    position = torch.where(position > high, 2 * high - position, position)
    inwards = torch.where(position < resolution / 2, velocity.abs(), -velocity.abs())
    return position.maximum(low).minimum(high), torch.where(outside, inwards, velocity)


def _collided(position: Tensor, velocity: Tensor, reach: Tensor) -> Tensor:
    """Exchange velocities along the line of centres, pair by pair."""
    velocity = velocity.clone()
    for i in range(velocity.shape[1]):
        for j in range(i):
            line = position[:, i] - position[:, j]
            distance = line.norm(dim=-1, keepdim=True).clamp(min=1e-6)
            line = line / distance
            nearing = ((velocity[:, i] - velocity[:, j]) * line).sum(-1, keepdim=True)
            touch = distance < 0.8 * (reach[:, i] + reach[:, j])[:, None]  # sprites are no discs
            push = torch.where(touch & (nearing < 0), nearing, 0.0) * line
            velocity[:, i] -= push
            velocity[:, j] += push
    return velocity
