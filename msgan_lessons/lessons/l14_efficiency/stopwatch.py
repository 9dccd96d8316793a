"""How long a call takes, and which of two is faster (lesson 14_efficiency)."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch

__all__ = ["Step", "repeated", "seconds_a_call", "speed_up", "take_turns"]

Step = Callable[[], object]


def seconds_a_call(step: Step, calls: int = 1) -> float:
    """Time a step.

    Parameters
    ----------
    step : callable
        Without arguments.
    calls : int
        How often in a row.

    Returns
    -------
    float
        Seconds a call.
    """
    start = time.perf_counter()
    for _ in range(calls):
        step()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / calls


def repeated(call: Step, repeats: int) -> list[float]:
    """Time a call several times, after one call to warm up.

    Parameters
    ----------
    call : callable
        Without arguments.
    repeats : int
        Figures that are wanted, at least 1.

    Returns
    -------
    list of float
        Seconds a call, one entry a repetition.

    Raises
    ------
    ValueError
        If `repeats` is below 1.

    Examples
    --------
    >>> len(repeated(lambda: None, repeats=3))
    3
    """
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats!r}.")
    seconds_a_call(call)
    return [seconds_a_call(call) for _ in range(repeats)]


def take_turns(
    players: Mapping[str, Step], *, rounds: int = 5, calls: int = 4
) -> dict[str, list[float]]:
    """Time steps in turn, A B A B, so that a disturbance of the machine meets all alike.

    Parameters
    ----------
    players : mapping
        Name to a step, a callable without arguments; each is called once before it counts.
    rounds : int
        Turns of each, at least 1.
    calls : int
        Steps in a turn, at least 1.

    Returns
    -------
    dict
        Name to seconds a step, one entry a round.

    Raises
    ------
    ValueError
        If `rounds` or `calls` is below 1.

    Examples
    --------
    >>> found = take_turns({"a": lambda: None, "b": lambda: None}, rounds=3, calls=1)
    >>> [len(seconds) for seconds in found.values()]
    [3, 3]
    """
    for name, value in (("rounds", rounds), ("calls", calls)):
        if value < 1:
            raise ValueError(f"{name} must be an int of at least 1, got {value!r}.")
    for step in players.values():
        seconds_a_call(step, 1)
    turns = [[seconds_a_call(step, calls) for step in players.values()] for _ in range(rounds)]
    return {
        name: list(column) for name, column in zip(players, zip(*turns, strict=True), strict=True)
    }


def speed_up(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """How many times faster: round by round, since neighbours in time see the same machine.

    Parameters
    ----------
    before, after : sequence of float
        Seconds, one entry a round.

    Returns
    -------
    tuple of float
        Median, lowest and highest of before / after; above 1 is faster.

    Raises
    ------
    ValueError
        If they differ in length, or there is no round.

    Examples
    --------
    >>> speed_up([2.0, 4.0, 3.0], [1.0, 1.0, 2.0])
    (2.0, 1.5, 4.0)
    """
    if not before or len(before) != len(after):
        raise ValueError(
            f"before and after must have one entry a round, got {len(before)} and {len(after)}."
        )
    ratios = [a / b for a, b in zip(before, after, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)
