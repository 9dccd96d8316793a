"""Scales: an image at several resolutions, and the bands between them (lesson 02_scales)."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F


def is_power_of_two(value: int) -> bool:
    """Tell whether an int is 1, 2, 4, 8, ...

    Parameters
    ----------
    value : int
        Any int.

    Returns
    -------
    bool
        True for a power of two, False for everything else, zero and negatives included.

    Examples
    --------
    >>> is_power_of_two(32), is_power_of_two(33)
    (True, False)
    """
    return value > 0 and value & (value - 1) == 0


def scale_sizes(resolution: int, base_resolution: int) -> list[int]:
    """Resolutions of all scales, coarse to fine.

    Parameters
    ----------
    resolution, base_resolution : int
        Pixels a side of the finest and the coarsest scale: powers of two, base not above finest.

    Returns
    -------
    list of int
        From `base_resolution` to `resolution`, doubling.

    Raises
    ------
    ValueError
        If one is not a power of two, or the base is above the resolution.

    Examples
    --------
    >>> scale_sizes(32, 4)
    [4, 8, 16, 32]
    """
    for name, value in (("resolution", resolution), ("base_resolution", base_resolution)):
        if not is_power_of_two(value):
            raise ValueError(f"{name} must be a power of two, got {value}.")
    if base_resolution > resolution:
        raise ValueError(
            f"base_resolution must be at most the resolution {resolution}, got {base_resolution}."
        )
    sizes = [base_resolution]
    while sizes[-1] < resolution:
        sizes.append(2 * sizes[-1])
    return sizes


def channels_for(resolution: int, width: int) -> tuple[int, ...]:
    """Feature channels at each scale: `width` at the finest, doubled towards 4x4, at most 8 times.

    Parameters
    ----------
    resolution : int
        Pixels a side of the finest scale, a power of two of at least 8.
    width : int
        Channels at the finest scale, at least 1.

    Returns
    -------
    tuple of int
        Coarse to fine.

    Raises
    ------
    ValueError
        If one is out of range.

    Examples
    --------
    >>> channels_for(32, 16), channels_for(128, 16)
    ((128, 64, 32, 16), (128, 128, 128, 64, 32, 16))
    """
    if not 8 <= resolution <= 256:
        raise ValueError(f"resolution must be a power of two from 8 to 256, got {resolution}.")
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}.")
    n_scales = len(scale_sizes(resolution, 4))
    return tuple(width * min(8, 2**k) for k in reversed(range(n_scales)))


def chosen_scales(
    sizes: Sequence[int], which: str | Sequence[int], name: str, words: Sequence[str]
) -> list[int]:
    """Resolutions at which a network shows or sees an image.

    Parameters
    ----------
    sizes : sequence of int
        All resolutions, coarse to fine.
    which : str or sequence of int
        'finest' is the last; any other of `words` is all; a sequence names some of `sizes`, to
        which the finest is added.
    name : str
        The argument's name, for the error.
    words : sequence of str
        What is allowed.

    Returns
    -------
    list of int
        Coarse to fine.

    Raises
    ------
    ValueError
        If `which` is neither one of the words nor a sequence of resolutions.

    Examples
    --------
    >>> chosen_scales([4, 8, 16], (4,), "emit", ("finest", "all"))
    [4, 16]
    """
    if isinstance(which, str):
        if which not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}, got {which!r}.")
        return list(sizes[-1:]) if which == "finest" else list(sizes)
    if unknown := [size for size in which if size not in sizes]:
        raise ValueError(f"{name} must name some of the resolutions {list(sizes)}, got {unknown}.")
    return [size for size in sizes if size in which or size == sizes[-1]]


def box_downsample(images: Tensor) -> Tensor:
    """Halve the resolution: each new pixel is the mean of a 2x2 square.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W even.

    Returns
    -------
    Tensor
        Shape (B, C, H/2, W/2), same range; the mean of the image is kept exactly.

    References
    ----------
    The pooling of MSG-GAN (Karnewar and Wang 2020, section 2.1).

    Examples
    --------
    >>> box_downsample(torch.arange(4.0).reshape(1, 1, 2, 2))
    tensor([[[[1.5000]]]])
    """
    return F.avg_pool2d(images, 2)


def bilinear_upsample(images: Tensor) -> Tensor:
    """Double the resolution by linear interpolation between pixel centres.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W), within the range of the input.

    Examples
    --------
    >>> bilinear_upsample(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0]
    tensor([0., 1., 3., 4.])
    """
    return F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


def nearest_upsample(images: Tensor) -> Tensor:
    """Double the resolution: each pixel becomes a 2x2 square.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W); `box_downsample` gives the input back.

    References
    ----------
    ProGAN (Karras et al. 2018), figure 2: how a new scale is faded in.

    Examples
    --------
    >>> nearest_upsample(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0]
    tensor([0., 0., 4., 4.])
    """
    return F.interpolate(images, scale_factor=2, mode="nearest")


def binomial_downsample(images: Tensor) -> Tensor:
    """Burt and Adelson's REDUCE: blur with (1 4 6 4 1)/16, keep every second pixel.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W even and at least 4; borders are mirrored.

    Returns
    -------
    Tensor
        Shape (B, C, H/2, W/2), within the range of the input.

    References
    ----------
    Burt and Adelson 1983, equation 1 with a = 0.375.

    Examples
    --------
    >>> binomial_downsample(torch.ones(1, 1, 8, 8)).shape
    torch.Size([1, 1, 4, 4])
    """
    return _binomial_blur(images)[..., ::2, ::2]


def binomial_upsample(images: Tensor) -> Tensor:
    """Burt and Adelson's EXPAND: put zeros between the pixels, blur, and multiply by 4.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W at least 2; borders are mirrored.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W), within the range of the input.

    References
    ----------
    Burt and Adelson 1983, equation 2.

    Examples
    --------
    >>> bool(torch.allclose(binomial_upsample(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 8, 8)))
    True
    """
    b, c, h, w = images.shape
    spread = images.new_zeros(b, c, 2 * h, 2 * w)
    spread[..., ::2, ::2] = images
    return 4 * _binomial_blur(spread)


def _binomial_blur(images: Tensor) -> Tensor:
    taps = images.new_tensor([1, 4, 6, 4, 1]) / 16
    c = images.shape[1]
    kernel = torch.outer(taps, taps).expand(c, 1, 5, 5)
    return F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel, groups=c)


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


def fade(fine: Tensor, coarse: Tensor, alpha: float) -> Tensor:
    r"""Blend a new scale with what the scale before knew.

    .. math:: \alpha\, x_k + (1 - \alpha)\, up(x_{k-1})

    Parameters
    ----------
    fine : Tensor
        Shape (B, C, 2H, 2W).
    coarse : Tensor
        Shape (B, C, H, W).
    alpha : float
        In [0, 1]; 0 is the coarse image, enlarged.

    Returns
    -------
    Tensor
        Shape (B, C, 2H, 2W).

    References
    ----------
    ProGAN (Karras et al. 2018), figure 2.

    Examples
    --------
    >>> import torch
    >>> fade(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 1), 0.25).mean().item()
    0.25
    """
    return alpha * fine + (1 - alpha) * nearest_upsample(coarse)


def grown_images(images: Tensor, resolution: int, alpha: float) -> Tensor:
    """Show D the real images as a growing G shows its own: at its resolution, faded as far.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, R, R).
    resolution : int
        At most R, reached by halving.
    alpha : float
        In [0, 1].

    Returns
    -------
    Tensor
        Shape (B, C, resolution, resolution).

    References
    ----------
    ProGAN (Karras et al. 2018), appendix A fades the real images like the generated ones.
    """
    while images.shape[-1] > resolution:
        images = box_downsample(images)
    return images if alpha == 1 else fade(images, box_downsample(images), alpha)
