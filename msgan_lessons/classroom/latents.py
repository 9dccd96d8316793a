"""Ways through the latents of a G, and what becomes of them on the way (lesson 03_generator)."""

import math
from collections.abc import Callable

from torch import Tensor

from msgan_lessons.base.checks import check_choice
from msgan_lessons.family import GrowingGenerator, ResidualGenerator
from msgan_lessons.generator import MultiScaleGenerator

HOW = ("mean over z", "zeros", "mean over pixels")
WAYS = ("circle", "straight lines")

Replacement = Callable[[Tensor], Tensor]


def interpolate(first: Tensor, second: Tensor, degrees: float, way: str = "circle") -> Tensor:
    """The latent a cos(t) + b sin(t) at 0 to 360 degrees; straight lines lose half the variance."""
    check_choice("way", way, WAYS)
    if way == "circle":
        angle = math.radians(degrees)
        return math.cos(angle) * first + math.sin(angle) * second
    corners = [first, second, -first, -second]
    k, share = int(degrees // 90), degrees % 90 / 90
    return (1 - share) * corners[k % 4] + share * corners[(k + 1) % 4]


def muted_images(
    generator: MultiScaleGenerator, z: Tensor, muted: int = 0, stand_in: Replacement | None = None
) -> list[Tensor]:
    """Draw images at all scales, with s(h) in the place of the features h of block `muted`."""
    others = isinstance(generator, GrowingGenerator | ResidualGenerator)
    if others or generator.emitted != generator.sizes:
        got = f"{type(generator).__name__} with images at {generator.emitted}"
        raise ValueError(f"generator must draw an image from features at every scale, got {got}.")
    h, images = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
    layers = zip(generator.sizes, generator.blocks, generator.to_rgb, strict=True)
    for size, block, to_rgb in layers:
        h = block(h)  # (B, channels[k], r, r)
        if size == muted and stand_in is not None:
            h = stand_in(h)
        images.append(to_rgb(h).tanh())
    return images


def stand_in(how: str, mean: Tensor) -> Replacement:
    """Say what a muted block hands on in place of h (B, C, r, r); `mean` (1, C, r, r) is over z."""
    check_choice("how", how, HOW)
    if how == "mean over pixels":
        return lambda h: h.mean((2, 3), keepdim=True).expand_as(h)
    return lambda h: (mean if how == "mean over z" else 0 * mean).expand_as(h)


def spread(images: Tensor) -> Tensor:
    """Standard deviation of images (N, C, H, W) at each pixel: (C, H, W), at most 1 for [-1, 1]."""
    return images.std(0, correction=0)
