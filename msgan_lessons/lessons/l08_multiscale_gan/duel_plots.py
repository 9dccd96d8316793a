"""Curves and a table of a duel: who is ahead, when, at which scale (lesson 08)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from matplotlib.ticker import LogLocator, NullLocator

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, spread

__all__ = ["duel_curves", "duel_table", "last_rows", "ranking"]

STYLES = (  # of the models in their order; blue is kept for real images, orange-red for fakes
    ("sixth", "o"), ("third", "s"), ("fourth", "^"), ("optimum", "D"), ("fifth", "v"),
)  # fmt: skip
AXES = {"seconds": "seconds of training", "images": "real images shown to D", "flops": "FLOPs"}
Row = Mapping[str, object]


def last_rows(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Pick the rows at the end of a duel.

    Parameters
    ----------
    rows : sequence of mapping
        As `duel.duel` yields them, in order; with several seeds each row has a 'seed'.

    Returns
    -------
    dict
        Model to its last rows, one for each seed.
    """
    return {model: [run[-1] for run in runs] for model, runs in _runs(rows).items()}


def ranking(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Fréchet distances at the end of a duel, the best model first.

    Parameters
    ----------
    rows : sequence of mapping
        As for `last_rows`.

    Returns
    -------
    dict
        Model to one distance for each seed, ordered by their mean.

    Examples
    --------
    >>> rows = [{"model": "a", "frechet": 9.0}, {"model": "a", "frechet": 5.0}]
    >>> ranking([*rows, {"model": "b", "frechet": 2.0}])
    {'b': [2.0], 'a': [5.0]}
    """
    last = last_rows(rows)
    values = {model: [row["frechet"] for row in part] for model, part in last.items()}
    return dict(sorted(values.items(), key=lambda item: fmean(item[1])))


def duel_curves(rows: Sequence[Row], floor: Row, caption: str, unit: str = "seconds") -> Picture:
    """Show Fréchet distance and SWD by band against what was spent; several seeds with their range.

    Parameters
    ----------
    rows : sequence of mapping
        As for `last_rows`.
    floor : mapping
        The judge's scores of real images: 'frechet' and 'swd', drawn as dashed lines.
    caption : str
        What to look for.
    unit : str
        What lies on the horizontal axis: 'seconds', 'images' or 'flops'.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are no rows, or the unit is unknown.
    """
    if not rows:
        raise ValueError("rows must hold at least one moment, got none.")
    if unit not in AXES:
        raise ValueError(f"unit must be one of {', '.join(AXES)}, got {unit!r}.")
    panels = {"Fréchet distance": lambda row: row["frechet"]}
    for size in floor["swd"]:
        panels[f"SWD, {size}x{size} band"] = lambda row, size=size: row["swd"][size]
    columns = 3 if len(panels) <= 6 else 4
    lines = -(-len(panels) // columns)
    figure, axes = new_figure(9.6, 2.4 * lines + 0.3, nrows=lines, ncols=columns, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (title, score) in zip(axes.flat, panels.items(), strict=False):
        _curves(axis, rows, score, "n_images" if unit == "images" else unit)
        axis.axhline(score(floor), color=COLOURS["real"], linestyle="--", label="real images")
        axis.set(yscale="log", xlabel=AXES[unit])
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_locator(NullLocator())
        axis.set_title(title, fontsize=10)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    if len(panels) < axes.size:
        axes.flat[-1].legend(handles, labels, fontsize=9, frameon=False, loc="center")
    else:
        figure.legend(
            handles,
            labels,
            fontsize=9,
            frameon=False,
            loc="outside upper center",
            ncols=len(labels),
        )
    return Picture(figure, _curves_alt(rows, floor, unit), caption)


def duel_table(rows: Sequence[Row], floor: Row) -> str:
    """Write the end of a duel as plain text: one line a model, the best first.

    Parameters
    ----------
    rows, floor
        As for `duel_curves`.

    Returns
    -------
    str
        Means over the seeds; behind the Fréchet distance its lowest and highest seed.
    """
    bands = list(floor["swd"])
    head = f"{'':<13}{'steps':>7}{'seconds':>9}{'GFLOPs':>8}{'Fréchet distance':>27}"
    lines = [head + "".join(f"{f'SWD {size}':>9}" for size in bands)]
    last = last_rows(rows)
    for model, values in ranking(rows).items():
        part = last[model]
        spent = [fmean(row[key] for row in part) for key in ("step", "seconds", "flops")]
        swd = [fmean(row["swd"][size] for row in part) for size in bands]
        line = f"{model:<13}{spent[0]:>7.0f}{spent[1]:>9.1f}{spent[2] / 1e9:>8.0f}"
        line += f"{spread(values):>27}" + "".join(f"{value:>9.4f}" for value in swd)
        lines.append(line)
    real = f"{'real images':<37}{floor['frechet']:>27.2f}"
    return "\n".join([*lines, real + "".join(f"{floor['swd'][s]:>9.4f}" for s in bands)])


def _curves(axis, rows: Sequence[Row], score, spent: str) -> None:
    """One line a model: the mean over seeds at each moment, and their range as a band."""
    for (model, runs), (colour, marker) in zip(_runs(rows).items(), STYLES, strict=False):
        moments = list(zip(*(run[::-1] for run in runs), strict=False))[::-1]  # the ends meet
        x = [fmean(row[spent] for row in moment) for moment in moments]
        y = [[score(row) for row in moment] for moment in moments]
        look = {"color": COLOURS[colour], "marker": marker, "markersize": 4, "linewidth": 1.3}
        axis.plot(x, [fmean(values) for values in y], label=model, **look)
        if len(runs) > 1:
            low, high = [min(values) for values in y], [max(values) for values in y]
            axis.fill_between(x, low, high, color=COLOURS[colour], alpha=0.2, linewidth=0)


def _runs(rows: Sequence[Row]) -> dict[str, list[list[Row]]]:
    """Model to its runs, one for each seed; a run is a list of rows."""
    found: dict[str, dict[object, list[Row]]] = {}
    for row in rows:
        found.setdefault(row["model"], {}).setdefault(row.get("seed"), []).append(row)
    return {model: list(seeds.values()) for model, seeds in found.items()}


def _curves_alt(rows: Sequence[Row], floor: Row, unit: str) -> str:
    told = ", ".join(f"{model} {spread(values)}" for model, values in ranking(rows).items())
    return (
        f"Fréchet distance and sliced Wasserstein distance of {len(floor['swd'])} bands against "
        f"{AXES[unit]}. Fréchet distances at the end: {told}; real images "
        f"{floor['frechet']:.2f}."
    )
