"""Rows of a training: fetched from the device in one go, refused where a loss is not finite."""

import time
from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from msgan_lessons.base.keeping import Keeper, keeper
from msgan_lessons.divergence import likely_cause

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


def played(
    game,
    *,
    steps: int,
    max_seconds: float = float("inf"),
    score: Callable[[], float] | None = None,
    score_interval: int = 200,
) -> Iterator[dict]:
    """Play steps of a game until one of two limits is reached.

    Nothing happens until the first row is asked for; between two rows the caller may draw, or
    `break`. In the folder of a run (MSGAN_RUN_DIR) the game is kept there, and a resumed run first
    yields the rows that are kept, then plays on from the last checkpoint.

    Parameters
    ----------
    game : object
        Has the method `step`, which returns a dict: `game.Game`, or a game of an application.
    steps : int
        At least 1.
    max_seconds : float
        Wall time in seconds, > 0, counted from the first row asked for.
    score : callable, optional
        Says how good G is now, lower is better; it must take nothing from the random streams. Its
        best checkpoint is kept beside the last.
    score_interval : int
        Steps between two scores, at least 1; the last step is always scored.

    Yields
    ------
    dict
        What `step` returned, and 'seconds'; with `score` 'score' too, None between.

    Raises
    ------
    ValueError
        At once, if a limit is out of range; before the first row, if a checkpoint does not fit.
    FloatingPointError
        If a loss is not finite: the last good checkpoint and the likely cause are named.
    OSError
        If the disk is full; the checkpoint before stays whole.
    """
    for name, value in (("steps", steps), ("score_interval", score_interval)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be an int of at least 1, got {value!r}.")
    if not max_seconds > 0:
        raise ValueError(f"max_seconds must be > 0, got {max_seconds!r}.")
    return _rows(game, steps, max_seconds, score, score_interval)


def _rows(game, steps: int, max_seconds: float, score, score_interval: int) -> Iterator[dict]:
    kept, rows = keeper(game), []
    if kept is not None:
        rows = kept.resume()
    yield from rows
    spent = rows[-1]["seconds"] if rows else 0.0
    if len(rows) >= steps or spent >= max_seconds:
        return
    start = time.perf_counter() - spent
    for count in range(len(rows) + 1, steps + 1):
        row = _step(game, kept)
        row["seconds"] = time.perf_counter() - start
        over = _agreed(game, count == steps or row["seconds"] >= max_seconds)
        if score is not None:
            row["score"] = score() if over or count % score_interval == 0 else None
        if kept is not None:
            kept.see(row, over=over, score=row.get("score"))
        yield row
        if over:
            return


def _step(game, kept: Keeper | None) -> dict:
    """One step; where it diverges, say what is left and why it may have happened."""
    try:
        return dict(game.step())
    except FloatingPointError as error:
        networks = {
            "G": getattr(game, "generator", None),
            "D": getattr(game, "discriminator", None),
        }
        config = getattr(game, "config", None)
        cause = f"; likely cause: {likely_cause(config, **networks)}" if config else ""
        left = f"; {kept.where()}" if kept is not None else ""
        raise FloatingPointError(f"{str(error).rstrip('.')}{cause}{left}.") from error


def _agreed(game, over: bool) -> bool:
    """Whether to stop; processes that play together all stop at the same step."""
    processes = getattr(game, "processes", None)
    return over if processes is None else processes.agree(over)
