"""Progressive growth: which scales play, and how far the newest is faded in (lesson 08)."""

from dataclasses import dataclass

__all__ = ["GrowthSchedule"]


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
