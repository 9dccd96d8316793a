"""The resolutions of a network's scales, and how many channels each one has."""

from collections.abc import Sequence

__all__ = ["channels_for", "chosen_scales", "is_power_of_two", "scale_sizes"]


def is_power_of_two(value: int) -> bool:
    """Tell whether an int is 1, 2, 4, 8, ...

    Parameters
    ----------
    value : int
        Any int.

    Returns
    -------
    bool
        True for a power of two, False for everything else, zero and negatives included.

    Examples
    --------
    >>> is_power_of_two(32), is_power_of_two(33)
    (True, False)
    """
    return value > 0 and value & (value - 1) == 0


def scale_sizes(resolution: int, base_resolution: int) -> list[int]:
    """Resolutions of all scales, coarse to fine.

    Parameters
    ----------
    resolution, base_resolution : int
        Pixels a side of the finest and the coarsest scale: powers of two, base not above finest.

    Returns
    -------
    list of int
        From `base_resolution` to `resolution`, doubling.

    Raises
    ------
    ValueError
        If one is not a power of two, or the base is above the resolution.

    Examples
    --------
    >>> scale_sizes(32, 4)
    [4, 8, 16, 32]
    """
    for name, value in (("resolution", resolution), ("base_resolution", base_resolution)):
        if not is_power_of_two(value):
            raise ValueError(f"{name} must be a power of two, got {value}.")
    if base_resolution > resolution:
        raise ValueError(
            f"base_resolution must be at most the resolution {resolution}, got {base_resolution}."
        )
    sizes = [base_resolution]
    while sizes[-1] < resolution:
        sizes.append(2 * sizes[-1])
    return sizes


def channels_for(resolution: int, width: int) -> tuple[int, ...]:
    """Feature channels at each scale: `width` at the finest, doubled towards 4x4, at most 8 times.

    Parameters
    ----------
    resolution : int
        Pixels a side of the finest scale, a power of two of at least 8.
    width : int
        Channels at the finest scale, at least 1.

    Returns
    -------
    tuple of int
        Coarse to fine.

    Raises
    ------
    ValueError
        If one is out of range.

    Examples
    --------
    >>> channels_for(32, 16), channels_for(128, 16)
    ((128, 64, 32, 16), (128, 128, 128, 64, 32, 16))
    """
    if not 8 <= resolution <= 256:
        raise ValueError(f"resolution must be a power of two from 8 to 256, got {resolution}.")
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}.")
    n_scales = len(scale_sizes(resolution, 4))
    return tuple(width * min(8, 2**k) for k in reversed(range(n_scales)))


def chosen_scales(
    sizes: Sequence[int], which: str | Sequence[int], name: str, words: Sequence[str]
) -> list[int]:
    """Resolutions at which a network shows or sees an image.

    Parameters
    ----------
    sizes : sequence of int
        All resolutions, coarse to fine.
    which : str or sequence of int
        'finest' is the last; any other of `words` is all; a sequence names some of `sizes`, to
        which the finest is added.
    name : str
        The argument's name, for the error.
    words : sequence of str
        What is allowed.

    Returns
    -------
    list of int
        Coarse to fine.

    Raises
    ------
    ValueError
        If `which` is neither one of the words nor a sequence of resolutions.

    Examples
    --------
    >>> chosen_scales([4, 8, 16], (4,), "emit", ("finest", "all"))
    [4, 16]
    """
    if isinstance(which, str):
        if which not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}, got {which!r}.")
        return list(sizes[-1:]) if which == "finest" else list(sizes)
    if unknown := [size for size in which if size not in sizes]:
        raise ValueError(f"{name} must name some of the resolutions {list(sizes)}, got {unknown}.")
    return [size for size in sizes if size in which or size == sizes[-1]]
