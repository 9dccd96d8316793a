"""Image against image: PSNR, SSIM and MS-SSIM, and diversity (lessons 09, 10 and 16)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_alike
from msgan_lessons.metrics.checks import check_count, check_images, check_labels
from msgan_lessons.objective import kl_divergence
from msgan_lessons.pyramid import box_downsample

MS_WINDOW = 7  # pixels; the paper's 11 do not fit an 8x8 scale
SIGMA = 1.5 * MS_WINDOW / 11  # the paper's 1.5 at the same proportion
C1, C2 = 0.01**2, 0.03**2  # for values in [0, 1]


def similarity_maps(x: Tensor, y: Tensor, window: int = MS_WINDOW) -> tuple[Tensor, Tensor]:
    """Terms l and c s of SSIM at each place of the window, for images (N, C, H, W) in [0, 1]."""
    # -> two maps (N, C, H - window + 1, W - window + 1); the Gaussian is 1.5 pixels wide at 11
    maps = _window_means(torch.cat([x, y, x * x, y * y, x * y]), window)
    mean_x, mean_y, square_x, square_y, product = maps.split(len(x))
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    variances = (square_x - mean_x**2) + (square_y - mean_y**2)
    return luminance, (2 * (product - mean_x * mean_y) + C2) / (variances + C2)


def _window_means(images: Tensor, window: int) -> Tensor:
    """Gaussian mean around each pixel whose window lies inside the image."""
    distance = torch.arange(window, dtype=images.dtype) - window // 2
    sigma = SIGMA * window / MS_WINDOW
    taps = torch.exp(-(distance**2) / (2 * sigma**2))
    taps = taps / taps.sum()
    single = images.flatten(0, 1)[:, None]  # (N * C, 1, H, W)
    means = F.conv2d(F.conv2d(single, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))
    return means.unflatten(0, images.shape[:2])[:, :, 0]


RANGE = 2.0  # of values in [-1, 1]
WINDOW = 11  # pixels a side, as in the paper
SMALLEST = 1e-10  # of the mean squared error: 106 dB at the most


def psnr(real: Tensor, fake: Tensor) -> Tensor:
    r"""Peak signal-to-noise ratio (N,) of each pair in dB, float64: at most 106, of equal images.

    .. math:: 10 \log_{10} \frac{2^2}{MSE}

    Ledig et al. 2017 (SRGAN), section 3.2, measure it on the luminance and cut off a border; ours
    takes all channels and all pixels.

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, C, H, W), float, finite, in [-1, 1]; row i of both belongs together.

    Raises
    ------
    TypeError, ValueError
        If one is not such a tensor, or the shapes differ.

    Examples
    --------
    >>> psnr(torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), 0.2)).round()  # 10 log(4 / 0.04)
    tensor([20.], dtype=torch.float64)
    """
    real, fake = _pair(real, fake)
    error = (real.double() - fake.double()).square().flatten(1).mean(1)
    return 10 * (RANGE**2 / error.clamp(min=SMALLEST)).log10()


def ssim(real: Tensor, fake: Tensor) -> Tensor:
    r"""Structural similarity (N,) of each pair, -1 to 1: the mean of l c s over windows of 11x11.

    .. math:: \frac{(2 m_x m_y + C_1)(2 s_{xy} + C_2)}{(m_x^2 + m_y^2 + C_1)(s_x^2 + s_y^2 + C_2)}

    Wang et al. 2004, equation 13; windows that lie inside the image, mean over the channels.

    Parameters
    ----------
    real, fake : Tensor
        As for `psnr`, with its errors; at least 11 pixels a side. Equal images give 1, in float64.

    Raises
    ------
    ValueError
        If the images are smaller than the window.

    Examples
    --------
    >>> x = torch.rand(2, 3, 16, 16) * 2 - 1
    >>> ssim(x, x)
    tensor([1., 1.], dtype=torch.float64)
    """
    real, fake = _pair(real, fake)
    if min(real.shape[-2:]) < WINDOW:
        raise ValueError(
            f"images must have at least {WINDOW} pixels a side, got {tuple(real.shape[-2:])}."
        )
    luminance, structure = similarity_maps((real.double() + 1) / 2, (fake.double() + 1) / 2, WINDOW)
    return (luminance * structure).flatten(1).mean(1)


def _pair(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    real, fake = check_images(real, "real"), check_images(fake, "fake")
    check_alike("real and fake", real.shape, fake.shape)
    return real, fake


WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003, fine to coarse
CHUNK = 64  # pairs at a time


def ms_ssim(first: Tensor, second: Tensor, n_scales: int | None = None) -> Tensor:
    r"""Multi-scale structural similarity (N,) of pairs of images, float64 in [0, 1]: 1 = the same.

    .. math:: l_M^{\beta_M} \prod_{j=1}^{M} (c_j s_j)^{\beta_j}, \quad
        l = \frac{2 \mu_x \mu_y + C_1}{\mu_x^2 + \mu_y^2 + C_1}, \quad
        c s = \frac{2 \sigma_{xy} + C_2}{\sigma_x^2 + \sigma_y^2 + C_2}

    Wang et al. 2003, equation 7, on values in [0, 1]. Ours has a Gaussian window of 7 pixels for
    their 11, inside the image, and the first M of their five weights, divided by their sum; a scale
    whose mean contrast term is negative counts as 0.

    Parameters
    ----------
    first, second : Tensor
        Shape (N, C, H, W) both, float, in [-1, 1].
    n_scales : int, optional
        M, 1 to 5, as long as the coarsest scale is at least 7x7. Default: 3, or as many as fit.

    Raises
    ------
    TypeError, ValueError
        If images are not float tensors of one shape and finite, or the scales do not fit.

    Examples
    --------
    >>> x = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    >>> ms_ssim(x, x)
    tensor([1., 1.], dtype=torch.float64)
    """
    pair = [check_images(first, "first").double(), check_images(second, "second").double()]
    pair = [(images + 1) / 2 for images in pair]  # luminance is a quantity from 0 on
    check_alike("first and second", first.shape, second.shape, "the same shape")
    fitting = _fitting_scales(min(first.shape[-2:]))
    n_scales = min(3, fitting) if n_scales is None else check_count(n_scales, "n_scales", 1, 5)
    if not 1 <= n_scales <= fitting:
        least = f"the coarsest scale must be at least {MS_WINDOW}x{MS_WINDOW}"
        raise ValueError(f"{least}, got {tuple(first.shape[-2:])} and n_scales={n_scales}.")
    weights = [w / sum(WEIGHTS[:n_scales]) for w in WEIGHTS[:n_scales]]
    similarity = torch.ones(len(first), dtype=torch.float64)
    for scale, weight in enumerate(weights):
        luminance, structure = similarity_maps(*pair)
        last = scale == n_scales - 1
        term = (luminance * structure if last else structure).flatten(1).mean(1)
        similarity = similarity * term.clamp_min(0) ** weight
        pair = pair if last else [box_downsample(images) for images in pair]
    return similarity


def ms_ssim_diversity(
    images: Tensor, generator: torch.Generator, n_pairs: int = 500, n_scales: int | None = None
) -> float:
    """Mean MS-SSIM over random pairs of different images, in [0, 1]: the lower, the more diverse.

    Noise is diverse too: compare with the value of real images. Odena et al. 2017, section 4.2,
    take 100 pairs within each class; ours pairs all images.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), N at least 2, float, in [-1, 1].
    generator : torch.Generator
        Source of the pairs, on the CPU.
    n_pairs, n_scales : int
        Pairs, at least 1, drawn with replacement; scales as for `ms_ssim`, with its errors.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> ms_ssim_diversity(torch.zeros(5, 1, 32, 32), stream)  # a G that draws one image alone
    1.0
    """
    images = check_images(images, "images", at_least=2)
    check_count(n_pairs, "n_pairs")
    first = torch.randint(len(images), (n_pairs,), generator=generator)
    step = torch.randint(1, len(images), (n_pairs,), generator=generator)
    second = (first + step) % len(images)  # never the image itself
    pairs = zip(first.split(CHUNK), second.split(CHUNK), strict=True)
    return torch.cat([ms_ssim(images[i], images[j], n_scales) for i, j in pairs]).mean().item()


def mode_count(labels: Tensor, n_classes: int, at_least: int = 1) -> int:
    """How many classes the generated images hold, 0 to n_classes.

    Parameters
    ----------
    labels : Tensor
        Shape (N,), integers from 0 to n_classes - 1: what a classifier sees in each image.
    n_classes : int
        Number of classes.
    at_least : int
        Images that a class needs to count.

    Raises
    ------
    TypeError, ValueError
        If `labels` is empty or not such a tensor, or a count is not an int of at least 1.

    Examples
    --------
    >>> mode_count(torch.tensor([0, 0, 3]), n_classes=10)
    2
    """
    counts = check_labels(labels, n_classes).bincount()
    return (counts >= check_count(at_least, "at_least")).sum().item()


def mode_kl(
    labels: Tensor, n_classes: int, reference: Tensor | Sequence[float] | None = None
) -> float:
    r"""How far the shares of the classes are from those that should be there, in nats.

    .. math:: KL(p \| q) = \sum_i p_i \ln \frac{p_i}{q_i}

    At most ln(n_classes) where all classes should be alike; infinite where a class appears that the
    reference does not have. Metz et al. 2017 (unrolled GANs) count the 1000 modes of stacked digits
    in this way.

    Parameters
    ----------
    labels, n_classes
        As for `mode_count`, with its errors.
    reference : Tensor or sequence of float, optional
        q, as counts or probabilities, one a class. Default: all classes alike.

    Raises
    ------
    ValueError
        If `reference` has another shape or impossible values.

    Examples
    --------
    >>> round(mode_kl(torch.tensor([3, 3, 3]), n_classes=10), 4)  # one mode alone: ln 10
    2.3026
    """
    p = check_labels(labels, n_classes).bincount(minlength=n_classes).double() / len(labels)
    q = torch.as_tensor([1.0] * n_classes if reference is None else reference).double().cpu()
    if q.shape != (n_classes,) or not q.isfinite().all() or (q < 0).any() or q.sum() <= 0:
        got = q.tolist()
        raise ValueError(f"reference must be {n_classes} numbers >= 0, not all zero, got {got}.")
    return max(0.0, kl_divergence(p, q / q.sum()).item())


def _fitting_scales(resolution: int) -> int:
    """How often the window fits while the resolution is halved."""
    return int(math.log2(resolution / MS_WINDOW)) + 1 if resolution >= MS_WINDOW else 0
