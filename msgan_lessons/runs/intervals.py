"""How sure a mean over seeds is: Student's t interval, without a table of numbers."""

import math
from collections.abc import Sequence
from functools import cache

__all__ = ["mean_and_interval", "t_quantile", "t_within"]


def t_within(t: float, df: int) -> float:
    """P(|T| <= t) of Student's t with a whole number of degrees of freedom.

    Parameters
    ----------
    t : float
        At least 0.
    df : int
        Degrees of freedom, at least 1.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If `t` is negative or `df` less than 1.

    References
    ----------
    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4: a finite sum of
    powers of cos(theta), tan(theta) = t / sqrt(df). Here its terms are made one from another.

    Examples
    --------
    >>> round(t_within(1.0, 1), 12)
    0.5
    """
    if not t >= 0:
        raise ValueError(f"t must be at least 0, got {t!r}.")
    if df < 1:
        raise ValueError(f"df must be at least 1, got {df!r}.")
    theta = math.atan(t / math.sqrt(df))
    cosine, odd = math.cos(theta), df % 2
    term, total = (cosine if odd else 1.0), 0.0
    for k in range(odd, df - 1, 2):  # the next power of cos(theta) has k + 2 in place of k
        total += term
        term *= cosine**2 * (k + 1) / (k + 2)
    inner = math.sin(theta) * total
    return 2 / math.pi * (theta + inner) if odd else inner


@cache
def t_quantile(df: int, level: float = 0.95) -> float:
    """Return the t that holds a share `level` of Student's t between -t and t.

    Parameters
    ----------
    df : int
        Degrees of freedom, at least 1.
    level : float
        In [0, 1).

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `level` is not in [0, 1) or `df` less than 1.

    Examples
    --------
    >>> round(t_quantile(4), 3)
    2.776
    """
    if not 0 <= level < 1:
        raise ValueError(f"level must be in [0, 1), got {level!r}.")
    low, high = 0.0, 1.0
    while t_within(high, df) < level:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if t_within(middle, df) < level else (low, middle)
    return high


def mean_and_interval(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean over seeds and half the width of its 95 % interval.

    The interval is mean +- t * s / sqrt(n), with s the sample's standard deviation (n - 1) and t
    of Student's distribution with n - 1 degrees of freedom: it takes the seeds' results for
    independent and about normal.

    Parameters
    ----------
    values : sequence of float
        One a seed, finite, at least one.

    Returns
    -------
    tuple
        Mean, and half the width; None where there is one value alone.

    Raises
    ------
    ValueError
        If there is no value.

    Examples
    --------
    >>> mean, half = mean_and_interval([1.0, 2.0, 3.0])
    >>> mean, round(half, 3)
    (2.0, 2.484)
    >>> mean_and_interval([5.0])
    (5.0, None)
    """
    if not values:
        raise ValueError("values must hold at least one number, got none.")
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return mean, None
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
    return mean, t_quantile(n - 1) * spread / math.sqrt(n)
