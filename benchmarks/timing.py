"""The stopwatch sits in the data: every contestant is a loop over batches."""

import itertools
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence

from torch import Tensor

from benchmarks.process import Desk, Process

__all__ = ["alternate", "of_rounds", "ratios", "timed"]


def timed(desk: Desk, batches: Iterable[Tensor]) -> Iterator[Tensor]:
    """Hand on batches, and answer each question 'how long do so many steps take?' in seconds.

    The clock starts when the first batch of a block is asked for, and stops when the next one is:
    by then the last step is over. Making the batch counts as part of a step.

    Parameters
    ----------
    desk : Desk
        Its questions are numbers of steps.
    batches : iterable of Tensor
        As many as are asked for.

    Yields
    ------
    Tensor
    """
    batches = iter(batches)
    for steps in desk:
        start = time.perf_counter()
        yield from itertools.islice(batches, steps)
        desk.answer(time.perf_counter() - start)


def alternate(
    contestants: Sequence[Process], *, rounds: int, steps: int, warm_up: int = 20
) -> list[list[float]]:
    """Let contestants take turns, A B A B: a disturbance of the machine meets both.

    Parameters
    ----------
    contestants : sequence of Process
        Each answers a number of steps with seconds.
    rounds : int
        Turns of each.
    steps : int
        Steps in a turn.
    warm_up : int
        Steps before the first turn, not counted.

    Returns
    -------
    list of list of float
        Milliseconds a step: for each contestant one figure a round.
    """
    for contestant in contestants:
        contestant.ask(warm_up)
    turns = [[1000 * c.ask(steps) / steps for c in contestants] for _ in range(rounds)]
    return [list(figures) for figures in zip(*turns, strict=True)]


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Divide round by round: two neighbours in time see the same machine."""
    return [a / b for a, b in zip(above, below, strict=True)]


def of_rounds(figures: Sequence[float]) -> tuple[float, float, float]:
    """Return median, lowest and highest.

    Parameters
    ----------
    figures : sequence of float
        At least one.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> of_rounds([3.0, 1.0, 2.0])
    (2.0, 1.0, 3.0)
    """
    return statistics.median(figures), min(figures), max(figures)
