"""Curves and a table of a duel: who is ahead, when, at which scale (lesson 08)."""

from collections.abc import Sequence
from statistics import fmean

__all__ = ["spread"]


def spread(values: Sequence[float]) -> str:
    """Write the mean of one number a seed, and behind it the lowest and the highest.

    Parameters
    ----------
    values : sequence of float
        At least one.

    Returns
    -------
    str

    Examples
    --------
    >>> spread([2.0]), spread([1.0, 2.0, 6.0])
    ('2.00', '3.00 (1.00 to 6.00)')
    """
    mean = f"{fmean(values):.2f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.2f} to {max(values):.2f})"
