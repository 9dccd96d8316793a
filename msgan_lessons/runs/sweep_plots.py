"""A number against a parameter: the mean over seeds and how sure it is (msgan report)."""

import math
from collections.abc import Hashable, Mapping, Sequence

from matplotlib.axes import Axes

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.runs.intervals import mean_and_interval

__all__ = ["MOST_LINES", "sweep_figure", "with_interval"]

STYLES = (  # colour, marker, line; blue and orange-red mean real and fake elsewhere: they come last
    ("sixth", "o", "-"), ("third", "s", "-"), ("fourth", "^", "-"), ("optimum", "D", "-"),
    ("fifth", "v", "-"), ("real", "P", "--"), ("fake", "X", "--"), ("sixth", "*", ":"),
)  # fmt: skip
MOST_LINES = len(STYLES)
MOST_TOLD = 12  # means in the alt text; all are in the table
LOG_FACTOR = 30
RULE = (
    "mean over seeds and its 95 % interval (Student's t); small dots are single seeds; "
    "one seed alone has no interval."
)
Line = Mapping[Hashable, Sequence[float]]


def sweep_figure(lines: Mapping[str, Line], parameter: str, metric: str) -> Picture:
    """Draw a number against a parameter, a line for each combination of the other parameters.

    Parameters
    ----------
    lines : mapping
        Label to value of the parameter to one number a seed; the first `MOST_LINES` are drawn.
    parameter, metric : str
        Names for the axes.

    Returns
    -------
    Picture
        Numbers stand on a numeric axis, on a logarithmic one where they are positive and the
        largest is more than 30 times the smallest; anything else stands side by side.

    Raises
    ------
    ValueError
        If there is no line, or a line without a number.
    """
    if not lines or not all(line and all(line.values()) for line in lines.values()):
        raise ValueError("lines must hold at least one number each, got an empty one.")
    drawn = dict(list(lines.items())[:MOST_LINES])
    scale = _Scale(list(dict.fromkeys(place for line in drawn.values() for place in line)))
    columns = 1 if max(map(len, drawn)) > 36 else 2
    legend = 0.25 * math.ceil(len(drawn) / columns) * (len(drawn) > 1)
    figure, axis = new_figure(7.0, 3.2 + legend)
    for i, (label, line) in enumerate(drawn.items()):
        shift = (i - (len(drawn) - 1) / 2) / len(drawn)
        _draw(axis, scale, shift, line, label, STYLES[i])
    scale.dress(axis)
    axis.set(xlabel=parameter, ylabel="\n".join(_broken(metric, 32)))
    axis.grid(axis="y", alpha=0.3)
    if len(drawn) > 1:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "ncols": columns}
        axis.legend(fontsize=8, frameon=False, **place)
    left = f" {MOST_LINES} of {len(lines)} combinations are drawn." * (len(lines) > MOST_LINES)
    return Picture(figure, _alt(drawn, parameter, metric), f"{metric}: {RULE}{left}")


def with_interval(values: Sequence[float]) -> str:
    """Write a mean and half its interval, as in '2.0 ± 0.5'.

    Parameters
    ----------
    values : sequence of float
        One a seed, at least one.

    Returns
    -------
    str
        The interval's two leading digits decide how many are shown.

    Examples
    --------
    >>> with_interval([1.0, 2.0, 3.0]), with_interval([0.123456])
    ('2.0 ± 2.5', '0.1235')
    """
    mean, half = mean_and_interval(values)
    if not half:
        return f"{mean:.4g}" + ("" if half is None else " ± 0")
    digits = max(0, 1 - math.floor(math.log10(half)))
    if digits > 6 or half >= 1e6:
        return f"{mean:.4g} ± {half:.2g}"
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


class _Scale:
    """Where a parameter's values stand on the axis."""

    def __init__(self, places: list[Hashable]) -> None:
        self.places = places
        self.numeric = all(isinstance(p, int | float) and not isinstance(p, bool) for p in places)
        positive = self.numeric and min(places) > 0
        self.log = positive and max(places) > LOG_FACTOR * min(places)

    def at(self, place: Hashable, shift: float) -> float:
        """Move a value to the side by a share of the room that it has."""
        if not self.numeric:
            return self.places.index(place) + 0.7 * shift
        low, high = min(self.places), max(self.places)
        if self.log:
            return place * (high / low) ** (0.08 * shift)
        return place + 0.08 * shift * (high - low)

    def dress(self, axis: Axes) -> None:
        """Write the values below the axis."""
        names, wide = list(map(str, self.places)), len(self.places) < 5
        if not self.numeric:
            texts = ["\n".join(_broken(name, 22 if wide else 12)) for name in names]
            axis.set_xticks(range(len(names)), texts, fontsize=9 if len(names) < 7 else 7)
            axis.set_xlim(-0.6, len(names) - 0.4)
        elif self.log:
            axis.set_xscale("log")
        elif len(names) <= 8:
            axis.set_xticks(sorted(self.places))


def _draw(
    axis: Axes, scale: _Scale, shift: float, line: Line, label: str, style: tuple[str, str, str]
) -> None:
    colour, marker, dashes = COLOURS[style[0]], *style[1:]
    xs = [scale.at(place, shift) for place in line]
    means, halves = zip(*map(mean_and_interval, line.values()), strict=True)
    known = [(x, m, h) for x, m, h in zip(xs, means, halves, strict=True) if h is not None]
    if known:
        columns = [list(column) for column in zip(*known, strict=True)]
        axis.errorbar(*columns, fmt="none", capsize=4, ecolor=colour, elinewidth=1.4)
    for place, values in line.items():
        if len(values) > 1:
            x = scale.at(place, shift - 0.12)
            axis.plot([x] * len(values), values, ".", color=colour, alpha=0.5, ms=5)
    joined = dashes if scale.numeric else ""
    axis.plot(xs, means, marker=marker, ls=joined, color=colour, label=label, ms=7)


def _broken(text: str, width: int) -> list[str]:
    """Break a name that has no blanks."""
    return [text[i : i + width] for i in range(0, len(text), width)] or [""]


def _alt(lines: Mapping[str, Line], parameter: str, metric: str) -> str:
    told = [
        f"{label + ', ' if label else ''}{parameter + '=' if parameter else ''}{place}: "
        f"{with_interval(values)} ({len(values)} seed{'s' * (len(values) > 1)})"
        for label, line in lines.items()
        for place, values in line.items()
    ]
    rest = f"; and {len(told) - MOST_TOLD} more in the table" * (len(told) > MOST_TOLD)
    against = f" against {parameter}" if parameter else ""
    return f"{metric}{against}, mean over seeds: {'; '.join(told[:MOST_TOLD])}{rest}."
