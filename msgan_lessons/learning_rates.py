"""Learning rates for a width: a wide pair needs lower ones than a narrow pair (lesson 08)."""

from msgan_lessons.config import TrainConfig

__all__ = ["trunk_rates"]

NARROW = 16  # channels at the finest scale for which TrainConfig's learning rates were chosen


def trunk_rates(width: int) -> dict[str, float]:
    """Return learning rates for a D that is one trunk: the usual ones, lower beyond 16 channels.

    At the rates of a narrow pair a wide one loses its balance after some hundred steps; patch D
    do not. G's rate falls as the width grows, D's as its square: found by trying
    (benchmarks/widths.py; width 32, 64 images a step: dcgan's Fréchet distance falls to 10.6 in 800
    steps; at the usual rates it is 17 at step 400 and 62 at step 600).

    Parameters
    ----------
    width : int
        Feature channels at the finest scale, at least 1.

    Returns
    -------
    dict
        'g_lr' and 'd_lr', for `TrainConfig`.

    Examples
    --------
    >>> trunk_rates(16), trunk_rates(32)
    ({'g_lr': 0.002, 'd_lr': 0.002}, {'g_lr': 0.001, 'd_lr': 0.0005})
    """
    usual, wider = TrainConfig(), max(1.0, width / NARROW)
    return {"g_lr": usual.g_lr / wider, "d_lr": usual.d_lr / wider**2}
