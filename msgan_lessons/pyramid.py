"""Scales: an image at several resolutions, and the bands between them (lesson 02_scales)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_choice, check_least

Scales = Sequence[Tensor]  # one tensor a scale, coarse to fine; one scale is a list of one


def is_power_of_two(value: int) -> bool:
    """Tell whether an int is 1, 2, 4, 8, ..."""
    return value > 0 and value & (value - 1) == 0


def scale_sizes(resolution: int, base_resolution: int) -> list[int]:
    """List the resolutions of all scales, coarse to fine, doubling: both are powers of two.

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


def chosen_scales(sizes: Sequence[int], which: str | Sequence[int], name: str) -> list[int]:
    """Resolutions at which a network shows or sees an image; the finest is always among them."""
    if isinstance(which, str):
        check_choice(name, which, ("finest", "all"))
        return list(sizes if which == "all" else sizes[-1:])
    if unknown := [size for size in which if size not in sizes]:
        raise ValueError(f"{name} must name some of the resolutions {list(sizes)}, got {unknown}.")
    return [size for size in sizes if size in which or size == sizes[-1]]


def check_scales(scales: Scales, name: str = "scales") -> Scales:
    """Return a list of scales as it is, and refuse a tensor in its place."""
    if isinstance(scales, Tensor):
        raise TypeError(
            f"{name} must be a list of tensors, one a scale, coarse to fine; "
            f"got a tensor {tuple(scales.shape)}; one scale is a list of one."
        )
    return scales


def box_downsample(images: Tensor) -> Tensor:
    """Halve the resolution: each pixel is the mean of a 2x2 square (MSG-GAN, section 2.1).

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, H and W even; becomes (B, C, H/2, W/2) of the same mean.

    Examples
    --------
    >>> box_downsample(torch.arange(4.0).reshape(1, 1, 2, 2))
    tensor([[[[1.5000]]]])
    """
    return F.avg_pool2d(images, 2)


def bilinear_upsample(images: Tensor) -> Tensor:
    """Double the resolution by linear interpolation between pixel centres; the range is kept.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float; becomes (B, C, 2H, 2W).

    Examples
    --------
    >>> bilinear_upsample(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0]
    tensor([0., 1., 3., 4.])
    """
    return F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


def nearest_upsample(images: Tensor) -> Tensor:
    """Double the resolution: each pixel becomes a 2x2 square (Karras et al. 2018, figure 2).

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float; becomes (B, C, 2H, 2W); `box_downsample` gives it back.

    Examples
    --------
    >>> nearest_upsample(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0]
    tensor([0., 0., 4., 4.])
    """
    return F.interpolate(images, scale_factor=2, mode="nearest")


def binomial_downsample(images: Tensor) -> Tensor:
    """Burt and Adelson's REDUCE (1983, equation 1): blur by (1 4 6 4 1)/16, keep every other pixel.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), H and W even, at least 4, borders mirrored; becomes (B, C, H/2, W/2).
    """
    return _binomial_blur(images)[..., ::2, ::2]


def binomial_upsample(images: Tensor) -> Tensor:
    """Burt and Adelson's EXPAND (1983, equation 2): zeros between the pixels, blur, multiply by 4.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), H and W at least 2, borders mirrored; becomes (B, C, 2H, 2W).
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
    r"""The same images at `n_scales` resolutions, coarse to fine: the Gaussian pyramid.

    .. math:: x_K = x, \qquad x_k = down(x_{k+1})

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), float, usually in [-1, 1]; the last of the list is `images` itself.
    n_scales : int
        K >= 1; H and W must be divisible by 2**(K - 1).
    down : callable
        Halves the resolution: `box_downsample` (default) or `binomial_downsample` (the paper's).

    Raises
    ------
    TypeError
        If `images` is not a tensor or `n_scales` not an int.
    ValueError
        If the shape is not (B, C, H, W) or the scales do not divide the resolution.

    Examples
    --------
    >>> [tuple(x.shape) for x in image_pyramid(torch.zeros(2, 3, 32, 32), 3)]
    [(2, 3, 8, 8), (2, 3, 16, 16), (2, 3, 32, 32)]
    """
    _check(images, n_scales)
    scales = [images]
    for _ in range(n_scales - 1):
        scales.insert(0, down(scales[0]))
    return scales


def pyramid_like(images: Tensor, others: Scales) -> list[Tensor]:
    """The scales of images (B, C, H, H) at the resolutions of others, coarse to fine."""
    sizes, scales = [x.shape[-1] for x in check_scales(others, "others")], {}
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

    Burt and Adelson 1983, equation 3; LAPGAN (Denton et al. 2015), section 2.2.

    Parameters
    ----------
    images, n_scales
        As for `image_pyramid`, with its errors.
    down, up : callable
        Halve and double the resolution. Pairs: `box_downsample` with `bilinear_upsample`
        (default), `binomial_downsample` with `binomial_upsample` (the paper's).

    Examples
    --------
    >>> [tuple(b.shape) for b in laplacian_pyramid(torch.zeros(2, 1, 32, 32), 2)]
    [(2, 1, 16, 16), (2, 1, 32, 32)]
    """
    scales = image_pyramid(images, n_scales, down)
    finer = [x - up(low) for low, x in pairwise(scales)]
    return [scales[0], *finer]


def reconstruct(bands: Scales, up: Resample = bilinear_upsample) -> Tensor:
    r"""The image of a Laplacian pyramid: upsample and add, from coarse to fine.

    .. math:: x_1 = b_1, \qquad x_k = up(x_{k-1}) + b_k

    Burt and Adelson 1983, equation 4; LAPGAN (Denton et al. 2015), section 2.2.

    Parameters
    ----------
    bands : sequence of Tensor
        Coarse to fine, as `laplacian_pyramid` returns them; it is undone up to float rounding.
    up : callable
        The `up` that made the bands.

    Raises
    ------
    ValueError
        If there is no band, or a band is not twice as large as the one before.
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
    check_least(1, n_scales=n_scales)
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
    r"""Blend a new scale (B, C, 2H, 2W) with the one before: ProGAN (Karras et al. 2018), figure 2.

    .. math:: \alpha\, x_k + (1 - \alpha)\, up(x_{k-1})
    """
    return alpha * fine + (1 - alpha) * nearest_upsample(coarse)


def grown_images(images: Tensor, resolution: int, alpha: float) -> Tensor:
    """Show D real images (B, C, R, R) as a growing G shows its own: as coarse, faded as far.

    ProGAN (Karras et al. 2018), appendix A, fades the real images like the generated ones.
    """
    while images.shape[-1] > resolution:
        images = box_downsample(images)
    return images if alpha == 1 else fade(images, box_downsample(images), alpha)


@dataclass(frozen=True)
class GrowthSchedule:
    """Scales that play after `n_images`: hold the first, then fade in and hold each next one.

    ProGAN (Karras et al. 2018), section 2 and appendix A: fading and holding take the same number
    of images (800,000 each there); n scales take 2 n - 1 phases, the last has no end.
    """

    phase_images: int  # real images in one phase, at least 1
    n_scales: int  # scales of the networks, at least 1

    def __post_init__(self) -> None:
        check_least(1, phase_images=self.phase_images, n_scales=self.n_scales)

    def stage(self, n_images: int) -> tuple[int, float]:
        """Return the depth, from 1 at the coarse end, and alpha in [0, 1], of the newest scale."""
        phase, within = divmod(n_images, self.phase_images)
        depth = 1 + (phase + 1) // 2
        if depth > self.n_scales or phase % 2 == 0:  # grown, or a phase that holds
            return min(depth, self.n_scales), 1.0
        return depth, within / self.phase_images
