"""Before and after: how many times faster, and what a batch or a penalty costs (lesson 14)."""

import statistics
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import LogLocator, NullLocator

from msgan_lessons.base.pictures import COLOURS, Picture, image_rows, new_figure
from msgan_lessons.lessons.l14_efficiency.speed_laws import lazy_factor
from msgan_lessons.lessons.l14_efficiency.stopwatch import speed_up

__all__ = ["bought_rows", "schedule_curves", "speed_up_bars"]

Rounds = Mapping[str, Sequence[float]]  # name to seconds, one entry a round


def speed_up_bars(changes: Mapping[str, Rounds], caption: str) -> Picture:
    """Show how many times faster each change makes a step: median of rounds, lowest to highest.

    Parameters
    ----------
    changes : mapping
        What was changed to its rounds: the first entry is before, the last after.
    caption : str
        What to look for.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no change.
    """
    if not changes:
        raise ValueError("changes must hold at least one before and after, got none.")
    figure, axis = new_figure(9.0, 0.42 * len(changes) + 1.0)
    told = []
    for i, (name, rounds) in enumerate(changes.items()):
        before, *_, after = rounds.values()
        middle, low, high = speed_up(before, after)
        colour = COLOURS["optimum" if low > 1 else "fake" if high < 1 else "sixth"]
        axis.plot([low, high], [i, i], color=colour, linewidth=2)
        axis.plot(middle, i, "o", color=colour)
        axis.annotate(
            f"×{middle:.2f}", (high, i), (6, 0), textcoords="offset points", va="center", fontsize=9
        )
        told.append(f"{name}: {middle:.2f} ({low:.2f} to {high:.2f})")
    axis.axvline(1, color="black", linewidth=0.8, linestyle="--")
    axis.set_yticks(range(len(changes)), list(changes), fontsize=9)
    axis.set(xscale="log", xlabel="time before / time after (right of 1: faster)")
    _few_ticks(axis.xaxis)
    axis.margins(x=0.12)
    axis.invert_yaxis()
    alt = f"Times faster, median of rounds with lowest and highest. {'; '.join(told)}."
    return Picture(figure, alt, caption)


def schedule_curves(batches: Rounds, penalties: Rounds, caption: str) -> Picture:
    """Show what a batch costs by its size, and what R1 costs by its interval.

    Parameters
    ----------
    batches : mapping
        Images a batch, as text, to seconds a step.
    penalties : mapping
        'none' and each interval k, as text, to seconds; 1 must be among them.
    caption : str
        What to look for.

    Returns
    -------
    Picture
    """
    figure, (left, middle, right) = new_figure(9.6, 2.9, ncols=3)
    sizes = [int(n) for n in batches]
    turns = list(batches.values())
    an_image = [[1e3 * s / n for s in t] for n, t in zip(sizes, turns, strict=True)]
    a_second = [[1 / s for s in t] for t in turns]
    _ranges(left, sizes, an_image, "batch size", "ms an image")
    _ranges(middle, sizes, a_second, "batch size", "D+G updates a second")
    intervals = [int(k) for k in penalties if k != "none"]
    dearer = [_ratios(penalties[str(k)], penalties["none"]) for k in intervals]
    cost = statistics.median(dearer[intervals.index(1)]) - 1
    k = np.geomspace(1, max(intervals), 50)
    right.plot(k, [lazy_factor(cost, x) for x in k], color=COLOURS["sixth"], label="1 + c/k")
    _ranges(right, intervals, dearer, "R1 every k steps", "time over a step without R1")
    right.legend(fontsize=9, frameon=False)
    alt = (
        f"Three graphs. Milliseconds an image by batch size: {_told(sizes, an_image)}. Updates a "
        f"second: {_told(sizes, a_second)}. Time over a step without R1, by its interval: "
        f"{_told(intervals, dearer)}."
    )
    return Picture(figure, alt, caption)


def bought_rows(rows: Sequence[Mapping], least: Mapping[str, float], caption: str) -> Picture:
    """Show what the same seconds bought: images, steps, time a step, Fréchet distance.

    Parameters
    ----------
    rows : sequence of mapping
        The last row of each contestant, as `duel.duel` yields it.
    least : mapping
        Contestant to the shortest time of a step under the roof, in seconds.
    caption : str
        What to look for.

    Returns
    -------
    Picture
        Images of all resolutions take the same space.
    """
    images, told = {}, []
    for row in rows:
        name, took = row["model"], 1e3 * row["seconds"] / row["step"]
        facts = f"{row['step']} steps of {took:.0f} ms (roof: {1e3 * least[name]:.0f})"
        score = f"Fréchet distance {row['frechet']:.1f}"
        images[f"{name}\n{facts}\n{score}"] = row["scales"][-1]
        told.append(f"{name}: {facts}, {score}")
    return image_rows(images, f"Rows of generated images. {'; '.join(told)}.", caption)


def _ranges(axis, x: Sequence[int], values: Sequence[Sequence[float]], name: str, what: str):
    """Medians as dots, lowest to highest as lines, on a doubling axis from zero."""
    middles = [statistics.median(v) for v in values]
    axis.vlines(x, [min(v) for v in values], [max(v) for v in values], color=COLOURS["optimum"])
    axis.plot(x, middles, "o", color=COLOURS["optimum"])
    axis.set_xscale("log", base=2)
    axis.set_xticks(x, [str(n) for n in x], fontsize=9)
    axis.set(xlabel=name, ylabel=what, ylim=(0, 1.1 * max(max(v) for v in values)))


def _few_ticks(axis) -> None:
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(above, below, strict=True)]


def _told(names: Sequence[int], values: Sequence[Sequence[float]]) -> str:
    pairs = zip(names, values, strict=True)
    return ", ".join(f"{name}: {statistics.median(v):.3g}" for name, v in pairs)
