"""How near an image is to the one it should be: PSNR and SSIM, pair by pair (lessons 09 and 10)."""

from torch import Tensor

from msgan_lessons.metrics.checks import check_images
from msgan_lessons.metrics.similarity import similarity_maps

__all__ = ["psnr", "ssim"]

RANGE = 2.0  # of values in [-1, 1]
WINDOW = 11  # pixels a side, as in the paper
SMALLEST = 1e-10  # of the mean squared error: 106 dB at the most


def psnr(real: Tensor, fake: Tensor) -> Tensor:
    r"""Peak signal-to-noise ratio of each pair, in dB.

    .. math:: 10 \log_{10} \frac{2^2}{MSE}

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, C, H, W), values in [-1, 1]; row i of both belongs together.

    Returns
    -------
    Tensor
        Shape (N,), float64; higher is nearer, at most 106 for equal images.

    Raises
    ------
    TypeError, ValueError
        If one is not a float tensor of finite images, or the shapes differ.

    References
    ----------
    Ledig et al. 2017 (SRGAN), section 3.2, measure it on the luminance and cut off a border; ours
    takes all channels and all pixels.

    Examples
    --------
    >>> import torch
    >>> psnr(torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), 0.2)).round()  # 10 log(4 / 0.04)
    tensor([20.], dtype=torch.float64)
    """
    real, fake = _pair(real, fake)
    error = (real.double() - fake.double()).square().flatten(1).mean(1)
    return 10 * (RANGE**2 / error.clamp(min=SMALLEST)).log10()


def ssim(real: Tensor, fake: Tensor) -> Tensor:
    r"""Structural similarity of each pair: the mean of l c s over windows of 11x11 pixels.

    .. math:: \frac{(2 m_x m_y + C_1)(2 s_{xy} + C_2)}{(m_x^2 + m_y^2 + C_1)(s_x^2 + s_y^2 + C_2)}

    Parameters
    ----------
    real, fake : Tensor
        As for `psnr`, at least 11 pixels a side.

    Returns
    -------
    Tensor
        Shape (N,), float64, from -1 to 1; 1 for equal images.

    Raises
    ------
    TypeError, ValueError
        As `psnr`; also if the images are smaller than the window.

    References
    ----------
    Wang et al. 2004, equation 13; windows that lie inside the image, mean over the channels.

    Examples
    --------
    >>> import torch
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
    if real.shape != fake.shape:
        raise ValueError(
            f"real and fake must have one shape, got {tuple(real.shape)} and {tuple(fake.shape)}."
        )
    return real, fake
