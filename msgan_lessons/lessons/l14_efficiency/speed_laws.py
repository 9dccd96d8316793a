"""How much faster a whole gets when a part does (lesson 14_efficiency)."""

__all__ = ["amdahl", "lazy_factor"]


def amdahl(share: float, factor: float) -> float:
    r"""How much faster a whole is when a part of it gets faster (Amdahl's law).

    .. math:: S = \frac{1}{(1 - p) + p / f} \tag{43}

    Parameters
    ----------
    share : float
        p, the part's share of the time before, in [0, 1].
    factor : float
        f, how many times faster the part becomes, > 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If one is out of range.

    References
    ----------
    Amdahl 1967, in words; the formula is its usual form.

    Examples
    --------
    >>> amdahl(0.5, 2)
    1.3333333333333333
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, got {share!r}.")
    if not factor > 0:
        raise ValueError(f"factor must be > 0, got {factor!r}.")
    return 1 / ((1 - share) + share / factor)


def lazy_factor(cost: float, interval: int) -> float:
    r"""Mean cost of a step whose penalty is computed every k steps, over one without a penalty.

    .. math:: t_k / t_\infty = 1 + c / k, \qquad c = t_1 / t_\infty - 1 \tag{43}

    Parameters
    ----------
    cost : float
        c, what a penalty adds to a step, as a share of it.
    interval : int
        k, at least 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `interval` is below 1.

    References
    ----------
    StyleGAN2 (Karras et al. 2020), section 2.2, calls it lazy regularisation.

    Examples
    --------
    >>> lazy_factor(0.5, 1), lazy_factor(0.5, 16)
    (1.5, 1.03125)
    """
    if interval < 1:
        raise ValueError(f"interval must be an int of at least 1, got {interval!r}.")
    return 1 + cost / interval
