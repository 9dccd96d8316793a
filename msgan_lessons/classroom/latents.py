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
    r"""A latent at 0 to 360 degrees of the way from a to b (90 degrees), on to -a, -b and back.

    .. math:: z(\theta) = a \cos\theta + b \sin\theta

    On this circle z stays standard normal; on a straight line its variance falls to one half.

    Examples
    --------
    >>> import torch
    >>> a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    >>> interpolate(a, b, 45.0), interpolate(a, b, 45.0, "straight lines")
    (tensor([0.7071, 0.7071]), tensor([0.5000, 0.5000]))
    """
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
    r"""Draw images at all scales, with s(h) in the place of the features of block m, 0 for none.

    .. math:: h_k = G_k(h_{k-1}), \qquad h_m \leftarrow s(h_m), \qquad x_k = \tanh(toRGB_k(h_k))
    """
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
    r"""Say what a muted block hands on in place of its features h, in the order of `HOW`.

    .. math:: s(h) = \bar h, \qquad s(h) = 0, \qquad s(h)_{c} = \frac{1}{r^2} \sum_{ij} h_{cij}

    The mean over z (1, C, r, r) hides which z it was, within the range that finer blocks know;
    zeros lie outside it. The mean over pixels keeps what belongs to z and loses where it stands.

    Examples
    --------
    >>> import torch
    >>> stand_in("mean over pixels", torch.zeros(1, 1, 1, 2))(torch.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[2., 2.]]]])
    """
    check_choice("how", how, HOW)
    if how == "mean over pixels":
        return lambda h: h.mean((2, 3), keepdim=True).expand_as(h)
    return lambda h: (mean if how == "mean over z" else 0 * mean).expand_as(h)


def spread(images: Tensor) -> Tensor:
    r"""How much images (N, C, H, W) differ at each pixel: (C, H, W), at most 1 for [-1, 1].

    .. math:: s = \sqrt{\frac{1}{N} \sum_i (x_i - \bar x)^2}

    Examples
    --------
    >>> import torch
    >>> spread(torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1))
    tensor([[[1.]]])
    """
    return images.std(0, correction=0)
