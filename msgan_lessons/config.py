"""Settings of a training."""

import math
from dataclasses import asdict, dataclass, replace

__all__ = ["TrainConfig"]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that `training.train` is told, apart from networks and data.

    Parameters
    ----------
    loss : str
        A name in `losses.LOSSES`.
    batch_size : int
        Real images in one D update, at least 2.
    g_lr, d_lr : float
        Adam's learning rates, > 0.
    betas : tuple of float
        Adam's two decays, each in [0, 1). Default: ProGAN's (Karras et al. 2018, appendix A.1).
    d_steps, g_steps : int
        Updates of D, then of G, in one step, at least 1 each.
    r1_gamma, r2_gamma : float
        Weights of the penalties, >= 0; the term is gamma / 2 * E||grad D||^2.
    gp_lambda : float
        Weight of WGAN-GP's penalty, >= 0; -1 (default) takes what the loss asks for
        (10 for 'wgan', 0 for all others).
    reg_interval : int
        The penalties are computed every so many steps and multiplied by that number.
    ema_decay : float
        Decay of G's running average, in [0, 1); at step t min(ema_decay, (1 + t) / (10 + t)).
    feature_matching : float
        Weight of feature matching in G's loss, >= 0; needs a D of patches or an ensemble of them.
    growth_images : int
        Real images in one phase of progressive growth (fade in, hold), >= 0; 0: no growth.
    probe_interval : int
        D(x) after D's step costs a forward of its own; it is measured at step 1
        and every so many steps.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> TrainConfig(loss="hinge").as_dict()["loss"]
    'hinge'
    """

    loss: str = "non_saturating"
    batch_size: int = 32
    g_lr: float = 2e-3
    d_lr: float = 2e-3
    betas: tuple[float, float] = (0.0, 0.99)
    d_steps: int = 1
    g_steps: int = 1
    r1_gamma: float = 0.0
    r2_gamma: float = 0.0
    gp_lambda: float = -1.0
    reg_interval: int = 8
    ema_decay: float = 0.995
    feature_matching: float = 0.0
    growth_images: int = 0
    probe_interval: int = 10

    def __post_init__(self) -> None:
        rules = {
            "batch_size": (self.batch_size >= 2, "at least 2"),
            "g_lr": (0 < self.g_lr < math.inf, "> 0"),
            "d_lr": (0 < self.d_lr < math.inf, "> 0"),
            "betas": (all(0 <= b < 1 for b in self.betas), "two numbers in [0, 1)"),
            "d_steps": (self.d_steps >= 1, "at least 1"),
            "g_steps": (self.g_steps >= 1, "at least 1"),
            "r1_gamma": (0 <= self.r1_gamma < math.inf, ">= 0"),
            "r2_gamma": (0 <= self.r2_gamma < math.inf, ">= 0"),
            "gp_lambda": (0 <= self.gp_lambda < math.inf or self.gp_lambda == -1, ">= 0, or -1"),
            "reg_interval": (self.reg_interval >= 1, "at least 1"),
            "ema_decay": (0 <= self.ema_decay < 1, "in [0, 1)"),
            "feature_matching": (0 <= self.feature_matching < math.inf, ">= 0"),
            "growth_images": (self.growth_images >= 0, ">= 0"),
            "probe_interval": (self.probe_interval >= 1, "at least 1"),
        }
        for name, (holds, allowed) in rules.items():
            if not holds:
                raise ValueError(f"{name} must be {allowed}, got {getattr(self, name)!r}.")

    def as_dict(self) -> dict:
        """Return the settings as plain values for JSON.

        Returns
        -------
        dict
            One entry a field; `betas` is a list.
        """
        return {**asdict(self), "betas": list(self.betas)}

    def with_(self, **changes: object) -> "TrainConfig":
        """Return a copy with some settings changed, checked again.

        Parameters
        ----------
        **changes
            Fields and their new values.

        Returns
        -------
        TrainConfig

        Raises
        ------
        ValueError
            If a value is out of its range.
        """
        return replace(self, **changes)
