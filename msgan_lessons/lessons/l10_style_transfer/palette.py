"""How far apart the colours of two images are, wherever they lie (lesson 10_style_transfer)."""

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_count
from msgan_lessons.metrics.distances import random_directions

__all__ = ["lab_colours", "palette_distance"]

WHITE = (0.95047, 1.0, 1.08883)  # XYZ of D65
TO_XYZ = (  # linear sRGB to XYZ, IEC 61966-2-1
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
CHUNK = 32  # images at a time


def lab_colours(images: Tensor) -> Tensor:
    """Colours in CIE Lab, in which a distance of about 2.3 is just seen.

    Parameters
    ----------
    images : Tensor
        Shape (N, 3, H, W), sRGB in [-1, 1].

    Returns
    -------
    Tensor
        Shape (N, 3, H, W): lightness from 0 to 100, then green to red and blue to yellow.

    Raises
    ------
    ValueError
        If the shape is not (N, 3, H, W).

    References
    ----------
    CIE 1976, white D65; Mahy et al. 1994 for the 2.3.

    Examples
    --------
    >>> lab_colours(torch.ones(1, 3, 1, 1)).flatten().round().abs()
    tensor([100.,   0.,   0.])
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"images must have shape (N, 3, H, W), got {tuple(images.shape)}.")
    rgb = ((images.float() + 1) / 2).clamp(0, 1)
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = torch.einsum("ij,njhw->nihw", linear.new_tensor(TO_XYZ), linear)
    xyz = xyz / xyz.new_tensor(WHITE)[:, None, None]
    bent = torch.where(xyz > 0.008856, xyz.clamp_min(1e-8) ** (1 / 3), 7.787 * xyz + 4 / 29)
    x, y, z = bent.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def palette_distance(
    real: Tensor, fake: Tensor, generator: torch.Generator, n_projections: int = 64
) -> Tensor:
    r"""Sliced Wasserstein distance between the colours of each real image and of its fake.

    .. math:: E_\theta \frac{1}{n} \sum_i | (\theta \cdot c)_{(i)} - (\theta \cdot c')_{(i)} |

    where c and c' are the n colours of both images in Lab, and (i) counts them in order. Places
    do not count: an image and its mirror image have distance 0.

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, 3, H, W), in [-1, 1]; `fake[i]` is compared with `real[i]`.
    generator : torch.Generator
        Source of the directions, on the CPU.
    n_projections : int
        Directions, at least 1.

    Returns
    -------
    Tensor
        Shape (N,), at least 0, in units of Lab. One colour against another of distance d gives
        about d / 2, which is the mean of d times the cosine over directions.

    Raises
    ------
    TypeError
        If `n_projections` is not an int.
    ValueError
        If the shapes differ or are not (N, 3, H, W).

    References
    ----------
    Rabin et al. 2011, who mix textures with it; Bonneel et al. 2015. A test compares it with POT.

    Examples
    --------
    >>> white, black = torch.ones(1, 3, 4, 4), -torch.ones(1, 3, 4, 4)
    >>> stream = torch.Generator().manual_seed(0)
    >>> palette_distance(white, black, stream, 4096).round()
    tensor([50.])
    """
    if real.shape != fake.shape:
        raise ValueError(
            f"real and fake must have one shape, got {tuple(real.shape)} and {tuple(fake.shape)}."
        )
    check_count(n_projections, "n_projections")
    directions = random_directions(3, n_projections, generator).float()
    parts = zip(real.split(CHUNK), fake.split(CHUNK), strict=True)
    return torch.cat([_distance(directions, r, f) for r, f in parts])


@torch.no_grad()
def _distance(directions: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """(P, 3), (n, 3, H, W) twice -> (n,)."""
    ordered = [(directions @ lab_colours(x).flatten(2)).sort(-1).values for x in (real, fake)]
    return (ordered[0] - ordered[1]).abs().mean((1, 2))
