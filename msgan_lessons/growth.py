"""Progressive growth: which scales play, and how far the newest is faded in (lesson 08)."""

from dataclasses import dataclass

from torch import Tensor

from msgan_lessons.resampling import box_downsample, nearest_upsample

__all__ = ["GrowthSchedule", "fade", "grown_images"]


@dataclass(frozen=True)
class GrowthSchedule:
    r"""How many scales play after `n_images`: hold the first, then fade in and hold each next one.

    Parameters
    ----------
    phase_images : int
        Real images in one phase, at least 1; n scales take 2 n - 1 phases, the last has no end.
    n_scales : int
        Scales of the networks, at least 1.

    Raises
    ------
    ValueError
        If a value is below 1.

    References
    ----------
    ProGAN (Karras et al. 2018), section 2 and appendix A: fading and holding take the same number
    of images (800,000 each there).

    Examples
    --------
    >>> schedule = GrowthSchedule(phase_images=100, n_scales=2)
    >>> [schedule.stage(n) for n in (0, 125, 200, 10_000)]
    [(1, 1.0), (2, 0.25), (2, 1.0), (2, 1.0)]
    """

    phase_images: int
    n_scales: int

    def __post_init__(self) -> None:
        for name in ("phase_images", "n_scales"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}.")

    def stage(self, n_images: int) -> tuple[int, float]:
        """Return the depth and the fade.

        Parameters
        ----------
        n_images : int
            Real images shown to D so far, >= 0.

        Returns
        -------
        tuple
            `depth`, from 1 to `n_scales`, counted from the coarse end, and `alpha` in [0, 1], the
            weight of the newest scale.
        """
        phase, within = divmod(n_images, self.phase_images)
        depth = 1 + (phase + 1) // 2
        if depth > self.n_scales or phase % 2 == 0:  # grown, or a phase that holds
            return min(depth, self.n_scales), 1.0
        return depth, within / self.phase_images


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
