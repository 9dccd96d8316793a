"""What SSIM and MS-SSIM share: luminance and structure in a Gaussian window (09, 10 and 16)."""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["similarity_maps"]

WINDOW = 7  # pixels; the paper's 11 do not fit an 8x8 scale
SIGMA = 1.5 * WINDOW / 11  # the paper's 1.5 at the same proportion
C1, C2 = 0.01**2, 0.03**2  # for values in [0, 1]


def similarity_maps(x: Tensor, y: Tensor, window: int = WINDOW) -> tuple[Tensor, Tensor]:
    """Luminance term l, and contrast and structure c s, at each place of the window.

    Parameters
    ----------
    x, y : Tensor
        Shape (N, C, H, W), values in [0, 1].
    window : int
        Pixels a side, odd; its Gaussian is 1.5 pixels wide at 11.

    Returns
    -------
    tuple of Tensor
        Two maps (N, C, H - window + 1, W - window + 1).
    """
    maps = _window_means(torch.cat([x, y, x * x, y * y, x * y]), window)
    mean_x, mean_y, square_x, square_y, product = maps.split(len(x))
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    variances = (square_x - mean_x**2) + (square_y - mean_y**2)
    return luminance, (2 * (product - mean_x * mean_y) + C2) / (variances + C2)


def _window_means(images: Tensor, window: int) -> Tensor:
    """Gaussian mean around each pixel whose window lies inside the image."""
    distance = torch.arange(window, dtype=images.dtype) - window // 2
    sigma = SIGMA * window / WINDOW
    taps = torch.exp(-(distance**2) / (2 * sigma**2))
    taps = taps / taps.sum()
    single = images.flatten(0, 1)[:, None]  # (N * C, 1, H, W)
    means = F.conv2d(F.conv2d(single, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))
    return means.unflatten(0, images.shape[:2])[:, :, 0]
