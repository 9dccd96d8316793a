"""Image against image: PSNR, SSIM and MS-SSIM, and diversity (lessons 09, 10 and 16)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from msgan_lessons.base.checks import check_alike
from msgan_lessons.metrics.checks import check_count, check_images, check_labels
from msgan_lessons.objective import kl_divergence

WINDOW, SIGMA = 11, 1.5  # pixels: a side of the Gaussian window, and its standard deviation
MS_WINDOW = 7  # the paper's 11 do not fit an 8x8 scale
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003, fine to coarse
HIGHEST = 10 * math.log10(2**2 / 1e-10)  # dB: 106, of equal images too
CHUNK = 64  # pairs at a time


def psnr(real: Tensor, fake: Tensor) -> Tensor:
    r"""Peak signal-to-noise ratio (N,) of each pair in dB, float64: at most 106, of equal images.

    .. math:: 10 \log_{10} \frac{2^2}{MSE}

    By torchmetrics. Ledig et al. 2017 (SRGAN), section 3.2, measure it on the luminance and cut off
    a border; ours takes all channels and all pixels.

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, C, H, W), float, finite, in [-1, 1]; row i of both belongs together.

    Examples
    --------
    >>> psnr(torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), 0.2)).round()  # 10 log(4 / 0.04)
    tensor([20.], dtype=torch.float64)
    """
    from torchmetrics.functional.image import peak_signal_noise_ratio  # 5 s, so only here

    real, fake = _pair(real, fake)
    options = {"data_range": 2.0, "reduction": "none", "dim": (1, 2, 3)}
    return peak_signal_noise_ratio(fake.double(), real.double(), **options).clamp(max=HIGHEST)


def ssim(real: Tensor, fake: Tensor) -> Tensor:
    r"""Structural similarity (N,) of each pair, -1 to 1: the mean of l c s over windows of 11x11.

    .. math:: \frac{(2 m_x m_y + C_1)(2 s_{xy} + C_2)}{(m_x^2 + m_y^2 + C_1)(s_x^2 + s_y^2 + C_2)}

    Wang et al. 2004, equation 13, on values in [0, 1]: windows that lie inside the image, mean over
    the channels. By torchmetrics, whose own mean counts windows over a mirrored border too.

    Parameters
    ----------
    real, fake : Tensor
        As for `psnr`; at least 11 pixels a side. Equal images give 1, in float64.

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
    from torchmetrics.functional.image import structural_similarity_index_measure

    real, fake = _pair(real, fake)
    if min(real.shape[-2:]) < WINDOW:
        raise ValueError(
            f"images must have at least {WINDOW} pixels a side, got {tuple(real.shape[-2:])}."
        )
    pair, inside = [(x.double() + 1) / 2 for x in (fake, real)], slice(WINDOW // 2, -(WINDOW // 2))
    options = {"sigma": SIGMA, "data_range": 1.0, "reduction": "none", "return_full_image": True}
    _, full = structural_similarity_index_measure(*pair, **options)  # (N, C, H, W)
    return full[..., inside, inside].flatten(1).mean(1)


def ms_ssim(first: Tensor, second: Tensor, n_scales: int | None = None) -> Tensor:
    r"""Multi-scale structural similarity (N,) of pairs of images, float64 in [0, 1]: 1 = the same.

    .. math:: l_M^{\beta_M} \prod_{j=1}^{M} (c_j s_j)^{\beta_j}, \quad
        l = \frac{2 \mu_x \mu_y + C_1}{\mu_x^2 + \mu_y^2 + C_1}, \quad
        c s = \frac{2 \sigma_{xy} + C_2}{\sigma_x^2 + \sigma_y^2 + C_2}

    Wang et al. 2003, equation 7, on values in [0, 1], by torchmetrics, which mirrors the border of
    the coarsest scale. Ours has a Gaussian window of 7 pixels for their 11, and the first M of
    their five weights, divided by their sum; a scale whose mean contrast term is negative counts as
    0.

    Parameters
    ----------
    first, second : Tensor
        Shape (N, C, H, W) both, float, in [-1, 1]; it is computed in their precision.
    n_scales : int, optional
        M, 1 to 5, as long as the coarsest scale is at least 7x7 (8x8 of four scales, which
        torchmetrics asks). Default: 3, or as many as fit.

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
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    first, second = _pair(first, second, "first second", "the same shape")
    sides = tuple(first.shape[-2:])
    fitting = [n for n in (1, 2, 3) if _fit(n, sides)]
    n_scales = len(fitting) if n_scales is None else check_count(n_scales, "n_scales", 1, 5)
    if not _fit(n_scales, sides):
        least = _coarsest(n_scales)
        raise ValueError(
            f"the coarsest scale must be at least {least}x{least}, got {sides} and "
            f"n_scales={n_scales}."
        )
    weights = tuple(w / sum(WEIGHTS[:n_scales]) for w in WEIGHTS[:n_scales])
    options = {"kernel_size": MS_WINDOW, "sigma": SIGMA * MS_WINDOW / WINDOW, "betas": weights}
    options |= {"data_range": 1.0, "reduction": "none", "normalize": "relu"}
    pair = (first + 1) / 2, (second + 1) / 2  # luminance is a quantity from 0 on
    return multiscale_structural_similarity_index_measure(*pair, **options).double()


def _fit(n_scales: int, sides: tuple[int, int]) -> bool:
    """Whether images can be halved to so many scales, at least one, that hold the window."""
    return n_scales > 0 and min(sides) // 2 ** (n_scales - 1) >= _coarsest(n_scales)


def _coarsest(n_scales: int) -> int:
    return 8 if n_scales == 4 else MS_WINDOW  # torchmetrics asks 63 pixels of four scales


def _pair(
    first: Tensor, second: Tensor, names: str = "real fake", what: str = "one shape"
) -> list[Tensor]:
    """Two sets of images (N, C, H, W) of one shape, in float32 at the least."""
    named = zip((first, second), names.split(), strict=True)
    pair = [check_images(images, name) for images, name in named]
    check_alike(names.replace(" ", " and "), first.shape, second.shape, what)
    return [images.to(torch.promote_types(images.dtype, torch.float32)) for images in pair]


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
        Pairs, at least 1, drawn with replacement; scales as for `ms_ssim`.

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
        As for `mode_count`.
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
