"""How much a lesson may do on this machine: three presets, and what its parameters ask for."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["BUDGETS", "PRESETS", "Budget", "budget", "resolve_preset"]

PRESETS = ("smoke", "class", "gpu")


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
    "class": Budget("class", steps=20_000, max_seconds=55.0, batch_size=32, width=16),
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
