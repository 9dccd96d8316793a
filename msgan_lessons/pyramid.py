"""Scales: an image at several resolutions, and the bands between them (lesson 02_scales)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor

from msgan_lessons.resampling import bilinear_upsample, box_downsample

__all__ = ["image_pyramid", "laplacian_pyramid", "pyramid_like", "reconstruct"]

Resample = Callable[[Tensor], Tensor]


def image_pyramid(images: Tensor, n_scales: int, down: Resample = box_downsample) -> list[Tensor]:
    r"""The same images at `n_scales` resolutions, coarse to fine.

    .. math:: x_K = x, \qquad x_k = down(x_{k+1})

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, usually in [-1, 1].
    n_scales : int
        K >= 1; H and W must be divisible by 2**(K - 1).
    down : callable
        Halves the resolution: `box_downsample` (default) or `binomial_downsample`.

    Returns
    -------
    list of Tensor
        K tensors, coarse to fine; the last is `images` itself.

    Raises
    ------
    TypeError
        If `images` is not a tensor or `n_scales` not an int.
    ValueError
        If the shape is not (B, C, H, W) or the scales do not divide the resolution.

    References
    ----------
    Burt and Adelson 1983 call it the Gaussian pyramid. Ours averages 2x2 squares unless told.

    Examples
    --------
    >>> import torch
    >>> [tuple(x.shape) for x in image_pyramid(torch.zeros(2, 3, 32, 32), 3)]
    [(2, 3, 8, 8), (2, 3, 16, 16), (2, 3, 32, 32)]
    """
    _check(images, n_scales)
    scales = [images]
    for _ in range(n_scales - 1):
        scales.insert(0, down(scales[0]))
    return scales


def pyramid_like(images: Tensor, others: Sequence[Tensor]) -> list[Tensor]:
    """The scales of some images at the resolutions of others: what D compares, side by side.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, H), at the resolution of the finest of `others`.
    others : sequence of Tensor
        Coarse to fine, not necessarily every scale.

    Returns
    -------
    list of Tensor
        One for each of `others`, of the same resolution.

    Raises
    ------
    ValueError
        If `images` cannot be halved to one of these resolutions.

    Examples
    --------
    >>> import torch
    >>> fake = [torch.zeros(2, 1, 8, 8), torch.zeros(2, 1, 32, 32)]
    >>> [tuple(x.shape) for x in pyramid_like(torch.zeros(5, 1, 32, 32), fake)]
    [(5, 1, 8, 8), (5, 1, 32, 32)]
    """
    sizes, scales = [x.shape[-1] for x in others], {}
    while images.shape[-1] >= min(sizes):
        scales[images.shape[-1]] = images
        if images.shape[-1] == min(sizes) or images.shape[-1] % 2:
            break
        images = box_downsample(images)
    if missing := [size for size in sizes if size not in scales]:
        raise ValueError(f"images must halve to the resolutions {sizes}, got none at {missing}.")
    return [scales[size] for size in sizes]


def laplacian_pyramid(
    images: Tensor,
    n_scales: int,
    down: Resample = box_downsample,
    up: Resample = bilinear_upsample,
) -> list[Tensor]:
    r"""The coarsest image and, for each finer scale, what upsampling could not guess.

    .. math:: b_1 = x_1, \qquad b_k = x_k - up(x_{k-1})

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float.
    n_scales : int
        K >= 1; H and W must be divisible by 2**(K - 1).
    down, up : callable
        Halve and double the resolution. Pairs: `box_downsample` with `bilinear_upsample`
        (default), `binomial_downsample` with `binomial_upsample` (the paper's).

    Returns
    -------
    list of Tensor
        K bands, coarse to fine; `reconstruct` with the same `up` gives `images` back.

    Raises
    ------
    TypeError
        If `images` is not a tensor or `n_scales` not an int.
    ValueError
        If the shape is not (B, C, H, W) or the scales do not divide the resolution.

    References
    ----------
    Burt and Adelson 1983, equation 3; LAPGAN (Denton et al. 2015), section 2.2.

    Examples
    --------
    >>> import torch
    >>> [tuple(b.shape) for b in laplacian_pyramid(torch.zeros(2, 1, 32, 32), 2)]
    [(2, 1, 16, 16), (2, 1, 32, 32)]
    """
    scales = image_pyramid(images, n_scales, down)
    finer = [x - up(low) for low, x in pairwise(scales)]
    return [scales[0], *finer]


def reconstruct(bands: Sequence[Tensor], up: Resample = bilinear_upsample) -> Tensor:
    r"""The image of a Laplacian pyramid: upsample and add, from coarse to fine.

    .. math:: x_1 = b_1, \qquad x_k = up(x_{k-1}) + b_k

    Parameters
    ----------
    bands : sequence of Tensor
        Coarse to fine, as `laplacian_pyramid` returns them.
    up : callable
        The `up` that made the bands.

    Returns
    -------
    Tensor
        Shape (B, C, H, W) of the finest band; the original up to float rounding (below 1e-6).

    Raises
    ------
    ValueError
        If there is no band, or a band is not twice as large as the one before.

    References
    ----------
    Burt and Adelson 1983, equation 4; LAPGAN (Denton et al. 2015), section 2.2.

    Examples
    --------
    >>> import torch
    >>> x = torch.rand(2, 1, 16, 16)
    >>> bool(torch.allclose(reconstruct(laplacian_pyramid(x, 3)), x, atol=1e-6))
    True
    """
    if not bands:
        raise ValueError("bands must hold at least one tensor, got none.")
    image = bands[0]
    for band in bands[1:]:
        upsampled = up(image)
        if upsampled.shape != band.shape:
            raise ValueError(
                f"bands must double in size, got {tuple(image.shape)} before {tuple(band.shape)}."
            )
        image = upsampled + band
    return image


def _check(images: Tensor, n_scales: int) -> None:
    if not isinstance(images, Tensor):
        raise TypeError(f"images must be a torch.Tensor, got {type(images).__name__}.")
    if isinstance(n_scales, bool) or not isinstance(n_scales, int):
        raise TypeError(f"n_scales must be an int, got {type(n_scales).__name__}.")
    if n_scales < 1:
        raise ValueError(f"n_scales must be at least 1, got {n_scales}.")
    if images.ndim != 4:
        raise ValueError(f"images must have shape (B, C, H, W), got {tuple(images.shape)}.")
    height, width = images.shape[-2:]
    step = 2 ** (n_scales - 1)
    if height % step or width % step:
        raise ValueError(
            f"resolution {height}x{width} cannot be halved {n_scales - 1} times for "
            f"n_scales={n_scales}: it must be divisible by {step}."
        )
