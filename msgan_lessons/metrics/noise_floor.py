"""What a metric says where nothing differs, and how it falls with the count (lesson 16)."""

from collections.abc import Callable, Sequence
from statistics import fmean, stdev

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_count

__all__ = ["noise_floor", "sample_size_curve"]

Metric = Callable[[Tensor, Tensor], float]


def noise_floor(
    metric: Metric, real: Tensor, count: int, generator: torch.Generator, repeats: int = 5
) -> tuple[float, float]:
    """A metric between real and real: no G can be told from the data below this value.

    Parameters
    ----------
    metric : callable
        (first, second) -> float, for example `frechet_distance`.
    real : Tensor
        Shape (N, ...): features or images, whatever the metric takes.
    count : int
        Rows of each of the two sets, which share no row; at most N / 2. Take as many as there
        are fakes.
    generator : torch.Generator
        Source of the draws, on the CPU.
    repeats : int
        Draws, at least 2.

    Returns
    -------
    tuple of float
        Mean and standard deviation over the draws. The draws overlap in their rows, so that the
        deviation is a lower bound for that over new data.

    Raises
    ------
    TypeError
        If a count is not an int.
    ValueError
        If `count` is above N / 2, or `repeats` below 2.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> difference = lambda a, b: (a.mean() - b.mean()).item()
    >>> noise_floor(difference, torch.ones(10, 1), 5, stream)
    (0.0, 0.0)
    """
    check_count(count, "count", 1, len(real) // 2)
    check_count(repeats, "repeats", 2)
    values = []
    for _ in range(repeats):
        rows = _draw(real, 2 * count, generator)
        values.append(float(metric(rows[:count], rows[count:])))
    return fmean(values), stdev(values)


def sample_size_curve(
    metric: Metric,
    real: Tensor,
    fake: Tensor,
    counts: Sequence[int],
    generator: torch.Generator,
    repeats: int = 3,
) -> dict[int, float]:
    """A metric at several sample counts: the same two sets, another number.

    Parameters
    ----------
    metric : callable
        (real, fake) -> float.
    real, fake : Tensor
        Shapes (N, ...) and (M, ...): features or images, whatever the metric takes.
    counts : sequence of int
        Rows to draw from each set, each at most min(N, M).
    generator : torch.Generator
        Source of the draws, on the CPU.
    repeats : int
        Draws a count, at least 1.

    Returns
    -------
    dict
        {count: mean of the metric over the draws}, in the order of `counts`.

    Raises
    ------
    TypeError
        If a count is not an int.
    ValueError
        If a count is above min(N, M), or `repeats` below 1.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> difference = lambda a, b: (a.mean() - b.mean()).abs().item()
    >>> sample_size_curve(difference, torch.ones(9, 1), torch.zeros(9, 1), [3, 9], stream)
    {3: 1.0, 9: 1.0}
    """
    check_count(repeats, "repeats")
    curve = {}
    for count in counts:
        check_count(count, "counts", 1, min(len(real), len(fake)))
        curve[count] = fmean(
            float(metric(_draw(real, count, generator), _draw(fake, count, generator)))
            for _ in range(repeats)
        )
    return curve


def _draw(rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Rows at random, none twice."""
    return rows[torch.randperm(len(rows), generator=generator)[:count]]
