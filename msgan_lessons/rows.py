"""Rows of a training: fetched from the device in one go, refused where a loss is not finite."""

import time
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

__all__ = ["fetched", "played"]


def fetched(row: Mapping[str, Tensor | float | None], step: int) -> dict[str, float]:
    """Fetch the numbers of a step in one transfer, and refuse what is not finite.

    Parameters
    ----------
    row : mapping
        Name to scalar; None is left out.
    step : int
        For the sentence.

    Returns
    -------
    dict
        Name to float.

    Raises
    ------
    FloatingPointError
        If a value is not finite: training has diverged.

    Examples
    --------
    >>> fetched({"d_loss": torch.tensor(0.5), "d_real_after": None}, step=1)
    {'d_loss': 0.5}
    """
    measured = {name: value for name, value in row.items() if value is not None}
    values = torch.stack([torch.as_tensor(v).detach().float().cpu() for v in measured.values()])
    numbers = dict(zip(measured, values.tolist(), strict=True))
    if not values.isfinite().all():
        losses = {n: numbers[n] for n in ("d_loss", "g_loss") if n in numbers}
        said = ", ".join(f"{name}={value:.3g}" for name, value in (losses or numbers).items())
        raise FloatingPointError(
            f"training diverged at step {step}: {said}; lower g_lr and d_lr, or raise r1_gamma."
        )
    return numbers


def played(game, *, steps: int, max_seconds: float = float("inf")) -> Iterator[dict]:
    """Play steps of a game until one of two limits is reached.

    Nothing happens until the first row is asked for; between two rows the caller may draw, or
    `break`.

    Parameters
    ----------
    game : object
        Has the method `step`, which returns a dict: `game.Game`, or a game of an application.
    steps : int
        At least 1.
    max_seconds : float
        Wall time in seconds, > 0, counted from the first row asked for.

    Yields
    ------
    dict
        What `step` returned, and 'seconds'.

    Raises
    ------
    ValueError
        At once, if a limit is out of range.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be an int of at least 1, got {steps!r}.")
    if not max_seconds > 0:
        raise ValueError(f"max_seconds must be > 0, got {max_seconds!r}.")
    return _rows(game, steps, max_seconds)


def _rows(game, steps: int, max_seconds: float) -> Iterator[dict]:
    start = time.perf_counter()
    for _ in range(steps):
        row = game.step()
        seconds = time.perf_counter() - start
        yield {**row, "seconds": seconds}
        if seconds >= max_seconds:
            return
