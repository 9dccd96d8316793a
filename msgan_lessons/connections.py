"""Which scales MSG-GAN connects: the words of its ablation, as resolutions (lesson 08)."""

import numpy as np

from msgan_lessons.scales import scale_sizes

__all__ = ["CONNECTIONS", "connected"]

CONNECTIONS = ("none", "coarse", "middle", "fine", "all")


def connected(resolution: int, connections: str) -> tuple[int, ...]:
    """Resolutions below the finest at which an image passes from G to D.

    Parameters
    ----------
    resolution : int
        Of the finest scale.
    connections : str
        One of `CONNECTIONS`.

    Returns
    -------
    tuple of int
        Coarse to fine.

    Raises
    ------
    ValueError
        If the word is unknown, or there are fewer than three scales to divide.

    Examples
    --------
    >>> connected(32, "all"), connected(32, "coarse"), connected(128, "fine")
    ((4, 8, 16), (4,), (64,))
    """
    if connections not in CONNECTIONS:
        raise ValueError(
            f"connections must be one of {', '.join(CONNECTIONS)}, got {connections!r}."
        )
    coarser = scale_sizes(resolution, 4)[:-1]
    if connections in ("none", "all"):
        return tuple(coarser) if connections == "all" else ()
    thirds = [tuple(int(size) for size in part) for part in np.array_split(coarser, 3)]
    third = thirds[("coarse", "middle", "fine").index(connections)]
    if not third:
        raise ValueError(
            f"connections must be none or all for resolution={resolution} "
            f"(below 32 there are no thirds), got {connections!r}."
        )
    return third
