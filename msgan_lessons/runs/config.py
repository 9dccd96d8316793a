"""Settings: how to train, and how large a lesson may be on this machine."""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

__all__ = ["BUDGETS", "PRESETS", "Budget", "TrainConfig", "budget", "resolve_preset"]

PRESETS = ("smoke", "class", "gpu")


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
        Adam's two decays, each in [0, 1).
    d_steps : int
        D updates before each G update, at least 1.
    r1_gamma, r2_gamma : float
        Weights of the penalties, >= 0; the term is gamma / 2 * E||grad D||^2.
    gp_lambda : float
        Weight of WGAN-GP's penalty, >= 0; -1 (default) takes what the loss asks for
        (10 for 'wgan', 0 for all others).
    reg_interval : int
        The penalties are computed every so many steps and multiplied by that number.
    ema_decay : float
        Decay of G's running average, in [0, 1); at step t min(ema_decay, (1 + t) / (10 + t)).
    probe_interval : int
        D(x) after D's step costs a forward of its own; it is measured every so many steps.

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
    d_lr: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.99)
    d_steps: int = 1
    r1_gamma: float = 0.0
    r2_gamma: float = 0.0
    gp_lambda: float = -1.0
    reg_interval: int = 8
    ema_decay: float = 0.995
    probe_interval: int = 10

    def __post_init__(self) -> None:
        rules = {
            "batch_size": (self.batch_size >= 2, "at least 2"),
            "g_lr": (0 < self.g_lr < math.inf, "> 0"),
            "d_lr": (0 < self.d_lr < math.inf, "> 0"),
            "betas": (all(0 <= b < 1 for b in self.betas), "two numbers in [0, 1)"),
            "d_steps": (self.d_steps >= 1, "at least 1"),
            "r1_gamma": (0 <= self.r1_gamma < math.inf, ">= 0"),
            "r2_gamma": (0 <= self.r2_gamma < math.inf, ">= 0"),
            "gp_lambda": (0 <= self.gp_lambda < math.inf or self.gp_lambda == -1, ">= 0, or -1"),
            "reg_interval": (self.reg_interval >= 1, "at least 1"),
            "ema_decay": (0 <= self.ema_decay < 1, "in [0, 1)"),
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


@dataclass(frozen=True)
class Budget:
    """How much a lesson's training cell may do.

    Parameters
    ----------
    preset : str
        'smoke', 'class' or 'gpu'.
    steps : int
        D+G updates at the most.
    max_seconds : float
        Wall time at the most, in seconds; whichever comes first stops the training.
    batch_size : int
        Real images a D update.
    width : int
        Feature channels of G at the finest scale.
    """

    preset: str
    steps: int
    max_seconds: float
    batch_size: int
    width: int = 16

    def ticks(self) -> Iterator[int]:
        """Count steps until one of the two limits is reached.

        Yields
        ------
        int
            1, 2, ... up to `steps`; the last one comes before `max_seconds` have passed.

        Examples
        --------
        >>> list(Budget("smoke", steps=3, max_seconds=10.0, batch_size=8).ticks())
        [1, 2, 3]
        """
        start = time.monotonic()
        for step in range(1, self.steps + 1):
            yield step
            if time.monotonic() - start >= self.max_seconds:
                return


BUDGETS = {
    "smoke": Budget("smoke", steps=6, max_seconds=20.0, batch_size=8, width=4),
    "class": Budget("class", steps=20_000, max_seconds=50.0, batch_size=32, width=16),
    "gpu": Budget("gpu", steps=20_000, max_seconds=180.0, batch_size=64, width=64),
}


def resolve_preset(preset: str = "auto", *, has_gpu: bool = False) -> str:
    """Turn 'auto' into the preset that fits this machine.

    Parameters
    ----------
    preset : str
        'auto', 'smoke', 'class' or 'gpu'. The environment variable MSGAN_PRESET overrides 'auto'
        and nothing else.
    has_gpu : bool
        Whether a GPU is there; 'auto' is then 'gpu', else 'class'.

    Returns
    -------
    str
        'smoke', 'class' or 'gpu'.

    Raises
    ------
    ValueError
        If the name, or the one in MSGAN_PRESET, is unknown.

    Examples
    --------
    >>> resolve_preset("smoke")
    'smoke'
    """
    source = "preset"
    if preset == "auto" and os.environ.get("MSGAN_PRESET"):
        preset, source = os.environ["MSGAN_PRESET"], "MSGAN_PRESET"
    if preset == "auto":
        return "gpu" if has_gpu else "class"
    if preset not in PRESETS:
        raise ValueError(f"{source} must be auto, {', '.join(PRESETS)}, got {preset!r}.")
    return preset


def budget(preset: str, *, steps: int = 0, max_seconds: float = 0.0, batch_size: int = 0) -> Budget:
    """Combine a preset with what a lesson's parameters ask for.

    Parameters
    ----------
    preset : str
        A resolved preset.
    steps, max_seconds, batch_size : int or float
        What the parameters say; 0 leaves the preset's value.

    Returns
    -------
    Budget

    Raises
    ------
    ValueError
        If a value is negative or the preset unknown.

    Examples
    --------
    >>> budget("class", steps=100).steps, budget("class").batch_size
    (100, 32)
    """
    if preset not in BUDGETS:
        raise ValueError(f"preset must be one of {', '.join(BUDGETS)}, got {preset!r}.")
    asked = {"steps": steps, "max_seconds": max_seconds, "batch_size": batch_size}
    for name, value in asked.items():
        if value < 0:
            raise ValueError(f"{name} must be >= 0 (0 = the preset's choice), got {value!r}.")
    return replace(BUDGETS[preset], **{name: value for name, value in asked.items() if value})
