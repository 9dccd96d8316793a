"""Ways through the latents of a G, and what becomes of them on the way (lesson 03_generator)."""

import math
from collections.abc import Callable

from torch import Tensor

from msgan_lessons.generator import MultiScaleGenerator

__all__ = ["HOW", "WAYS", "muted_images", "spread", "stand_in", "walked"]

HOW = ("mean over z", "zeros", "mean over pixels")
WAYS = ("circle", "straight lines")

StandIn = Callable[[Tensor], Tensor]


def walked(first: Tensor, second: Tensor, degrees: float, way: str = "circle") -> Tensor:
    r"""A latent on the way from one to another, on to their negatives, and back.

    .. math:: z(\theta) = a \cos\theta + b \sin\theta

    For independent standard normal a and b every z(theta) is standard normal too. On a straight
    line from a to b the variance falls to one half in the middle.

    Parameters
    ----------
    first, second : Tensor
        a and b, of one shape; they are met at 0 and 90 degrees, -a and -b at 180 and 270.
    degrees : float
        Place on the way, from 0 to 360.
    way : str
        'circle', or 'straight lines' from corner to corner of the square a, b, -a, -b.

    Returns
    -------
    Tensor
        Of their shape.

    Raises
    ------
    ValueError
        If `way` is unknown.

    Examples
    --------
    >>> import torch
    >>> a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    >>> walked(a, b, 45.0), walked(a, b, 45.0, "straight lines")
    (tensor([0.7071, 0.7071]), tensor([0.5000, 0.5000]))
    """
    if way not in WAYS:
        raise ValueError(f"way must be one of {', '.join(WAYS)}, got {way!r}.")
    if way == "circle":
        angle = math.radians(degrees)
        return math.cos(angle) * first + math.sin(angle) * second
    corners = [first, second, -first, -second]
    k, share = int(degrees // 90), degrees % 90 / 90
    return (1 - share) * corners[k % 4] + share * corners[(k + 1) % 4]


def muted_images(
    generator: MultiScaleGenerator, z: Tensor, muted: int = 0, stand_in: StandIn | None = None
) -> list[Tensor]:
    r"""Draw images at all scales, with something else in the place of one block's features.

    .. math:: h_k = G_k(h_{k-1}), \qquad h_m \leftarrow s(h_m), \qquad x_k = \tanh(toRGB_k(h_k))

    Parameters
    ----------
    generator : MultiScaleGenerator
        Emits an image at every scale, from features.
    z : Tensor
        Shape (B, latent_dim).
    muted : int
        Resolution of the block m; 0: none.
    stand_in : callable, optional
        s: features (B, C, m, m) to as many.

    Returns
    -------
    list of Tensor
        One a scale, coarse to fine, each (B, img_channels, r, r). Those coarser than m are the
        same as without muting.

    Raises
    ------
    ValueError
        If this G does not emit an image at every scale from features.
    """
    drawn = generator.emit not in ("residual", "fading") and generator.carry == "features"
    if not drawn or generator.emitted != generator.sizes:
        got = f"emit={generator.emit!r} and carry={generator.carry!r}"
        raise ValueError(f"generator must draw an image from features at every scale, got {got}.")
    h, images = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
    layers = zip(generator.sizes, generator.blocks, generator.to_rgb, strict=True)
    for size, block, to_rgb in layers:
        h = block(h)  # (B, channels[k], r, r)
        if size == muted and stand_in is not None:
            h = stand_in(h)
        images.append(to_rgb(h).tanh())
    return images


def stand_in(how: str, mean: Tensor) -> StandIn:
    r"""Say what a muted block hands on in place of its features h.

    .. math:: s(h) = \bar h, \qquad s(h) = 0, \qquad s(h)_{c} = \frac{1}{r^2} \sum_{ij} h_{cij}

    The mean over z hides from all finer blocks which z it was, and lies in the range that they
    know. Zeros do not: what is drawn then, no training has shaped. The mean over pixels keeps
    what belongs to z and loses where it stands.

    Parameters
    ----------
    how : str
        'mean over z', 'zeros' or 'mean over pixels': the three formulas in their order.
    mean : Tensor
        Features of that block averaged over latents, shape (1, C, r, r).

    Returns
    -------
    callable
        Features (B, C, r, r) to as many.

    Raises
    ------
    ValueError
        If `how` is unknown.

    Examples
    --------
    >>> import torch
    >>> stand_in("mean over pixels", torch.zeros(1, 1, 1, 2))(torch.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[2., 2.]]]])
    """
    if how not in HOW:
        raise ValueError(f"how must be one of {', '.join(HOW)}, got {how!r}.")
    if how == "mean over pixels":
        return lambda h: h.mean((2, 3), keepdim=True).expand_as(h)
    return lambda h: (mean if how == "mean over z" else 0 * mean).expand_as(h)


def spread(images: Tensor) -> Tensor:
    r"""How much images differ at each pixel: the standard deviation over the images.

    .. math:: s = \sqrt{\frac{1}{N} \sum_i (x_i - \bar x)^2}

    Its mean square is half the mean squared distance of two images drawn with replacement.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), N at least 1.

    Returns
    -------
    Tensor
        Shape (C, H, W), at least 0; at most 1 for images in [-1, 1].

    Examples
    --------
    >>> import torch
    >>> spread(torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1))
    tensor([[[1.]]])
    """
    return images.std(0, correction=0)
