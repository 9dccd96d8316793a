"""Which metric notices which damage: bars and a table (lesson 16_evaluation)."""

from collections.abc import Mapping

from matplotlib.colors import LinearSegmentedColormap, SymLogNorm
from torch import Tensor

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, tile

__all__ = ["NOTICED", "damage_bars", "damage_table", "told"]

NOTICED = 3.0  # standard deviations of real against real
SHOWN = 12  # images in the row above the bars
MOST = 300  # standard deviations at which the colours of the table end

Excess = Mapping[str, float]


def damage_bars(images: Tensor, excess: Excess, name: str) -> Picture:
    """Show damaged images, and how much worse than real ones each metric finds them.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, H, W), in [-1, 1]; the first twelve are shown.
    excess : mapping
        Metric to standard deviations above real against real, as `DamageBench.excess` returns.
    name : str
        What was done to them.

    Returns
    -------
    Picture
    """
    figure, (row, axis) = new_figure(8.0, 4.6, nrows=2, height_ratios=(1, 4.5))
    row.imshow(tile(images[:SHOWN], SHOWN), interpolation="nearest")
    row.set_axis_off()
    colours = [_colour(value) for value in excess.values()]
    bars = axis.barh(list(excess), list(excess.values()), color=colours, height=0.7)
    axis.bar_label(bars, [str(round(value)) for value in excess.values()], fontsize=8, padding=2)
    axis.invert_yaxis()
    axis.set_xscale("symlog", linthresh=NOTICED)
    ticks = [-100, -10, -3, 0, 3, 10, 100, 1000]
    axis.set(xlim=(-300, 3000), xticks=ticks)
    axis.set_xticklabels([str(tick) for tick in ticks])
    axis.minorticks_off()
    for edge in (-NOTICED, NOTICED):
        axis.axvline(edge, color="black", linewidth=0.8, linestyle="--")
    axis.tick_params(labelsize=9)
    axis.set_xlabel("standard deviations of real against real", fontsize=9)
    caption = (
        "Right: worse than undamaged images; left: better. Between the dashed lines: noise. "
        "Which metrics see this damage, and which reward it?"
    )
    return Picture(figure, f"Real images, damage: {name}. {told(excess)}", caption)


def damage_table(found: Mapping[str, Excess], strength: float) -> Picture:
    """Show every damage against every metric.

    Parameters
    ----------
    found : mapping
        Damage to what `DamageBench.excess` returns for it.
    strength : float
        Of all damages, for the words.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no damage.
    """
    if not found:
        raise ValueError("found must hold at least one damage, got none.")
    figure, axis = new_figure(9.4, 3.9)
    values = [list(excess.values()) for excess in found.values()]
    colours = [COLOURS["optimum"], "white", COLOURS["fake"]]
    norm = SymLogNorm(NOTICED, vmin=-MOST, vmax=MOST)
    cmap = LinearSegmentedColormap.from_list("seen", colours)
    axis.imshow(values, aspect="auto", cmap=cmap, norm=norm)
    for y, line in enumerate(values):
        for x, value in enumerate(line):
            weight = "bold" if abs(value) > NOTICED else "normal"
            axis.text(x, y, str(round(value)), ha="center", va="center", weight=weight, fontsize=9)
    names = list(next(iter(found.values())))
    axis.set_yticks(range(len(found)), list(found), fontsize=9)
    axis.set_xticks(range(len(names)), names, fontsize=9, rotation=30, ha="right")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    words = " ".join(f"{damage}: {told(excess)}" for damage, excess in found.items())
    caption = (
        "Standard deviations of real against real. Bold on orange: noticed; bold on green: "
        "taken for better than real images."
    )
    return Picture(figure, f"A table at strength {strength:g}. {words}", caption)


def told(excess: Excess) -> str:
    """Say in words which metrics notice a damage, and which prefer it to real images.

    Parameters
    ----------
    excess : mapping
        As `DamageBench.excess` returns it.

    Returns
    -------
    str

    Examples
    --------
    >>> told({"recall": 9.4, "precision": -4.0, "coverage": 1.0})
    'Noticed by recall (9); better than real for precision.'
    """
    noticed = [f"{name} ({round(value)})" for name, value in excess.items() if value > NOTICED]
    praised = [name for name, value in excess.items() if value < -NOTICED]
    text = f"Noticed by {', '.join(noticed) or 'none'}"
    return f"{text}; better than real for {', '.join(praised)}." if praised else f"{text}."


def _colour(value: float) -> str:
    if abs(value) <= NOTICED:
        return "#999999"
    return COLOURS["fake"] if value > 0 else COLOURS["optimum"]
