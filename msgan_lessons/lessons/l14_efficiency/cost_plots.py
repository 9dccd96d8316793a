"""What a scale costs, by formula and as measured (lesson 14_efficiency)."""

from collections.abc import Sequence

from matplotlib.lines import Line2D

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.lessons.l14_efficiency.costs_measured import Measured

__all__ = ["COUNTED", "cost_bars", "cost_table", "share_at", "sums_by_scale"]

COUNTED = ("parameters", "flops", "backward_flops", "kept")  # what formulas give exactly
PLAYER_COLOURS = {"G": COLOURS["optimum"], "D": COLOURS["third"]}
PANELS = {  # title: (key, divisor)
    "parameters, thousands": ("parameters", 1e3),
    "operations forward, GFLOP": ("flops", 1e9),
    "kept for backward, MB": ("kept", 1e6 / 4),
    "time forward, ms": ("seconds", 1e-3),
}


def sums_by_scale(
    measured: Sequence[Measured], key: str, which: str
) -> dict[tuple[str, int], float]:
    """Add up the blocks of each scale.

    Parameters
    ----------
    measured : sequence of Measured
        Blocks of G and D.
    key : str
        What is added, such as 'flops'.
    which : str
        'predicted' or 'measured'.

    Returns
    -------
    dict
        (network, resolution) to the sum; the resolutions ascend.
    """
    found: dict[tuple[str, int], float] = {}
    for block in sorted(measured, key=lambda m: m.resolution):
        place = block.network, block.resolution
        found[place] = found.get(place, 0) + getattr(block, which)[key]
    return found


def share_at(measured: Sequence[Measured], network: str, resolution: int, key: str) -> float:
    """Tell what share of a network's cost one scale has, as measured.

    Parameters
    ----------
    measured : sequence of Measured
        Blocks.
    network : str
        'G' or 'D'.
    resolution : int
        The scale.
    key : str
        What is compared, such as 'flops' or 'step_seconds'.

    Returns
    -------
    float
        From 0 to 1.
    """
    sums = sums_by_scale([m for m in measured if m.network == network], key, "measured")
    return sums[network, resolution] / sum(sums.values())


def cost_bars(measured: Sequence[Measured], caption: str) -> Picture:
    """Show parameters, operations, kept memory and time by scale; bars by formula, dots measured.

    Parameters
    ----------
    measured : sequence of Measured
        Blocks of G and D; at least one. Where they are only predicted, there are no dots.
    caption : str
        What to look for.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no block.
    """
    if not measured:
        raise ValueError("measured must hold at least one block, got none.")
    figure, axes = new_figure(10.0, 2.9, ncols=len(PANELS))
    for axis, (title, (key, unit)) in zip(axes, PANELS.items(), strict=True):
        _bars(axis, measured, key, unit)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("scale, pixels a side", fontsize=9)
    handles = [Line2D([], [], color=c, linewidth=6) for c in PLAYER_COLOURS.values()]
    labels = [f"{n}, by formula" for n in PLAYER_COLOURS]
    if _is_measured(measured):
        handles.append(Line2D([], [], color="black", marker="o", markersize=4, linestyle=""))
        labels.append("measured")
    figure.legend(handles, labels, loc="outside upper center", ncols=3, fontsize=9, frameon=False)
    return Picture(figure, _bars_alt(measured), caption)


def cost_table(measured: Sequence[Measured]) -> str:
    """Write the costs of every block as plain text.

    Parameters
    ----------
    measured : sequence of Measured
        Blocks of G and D.

    Returns
    -------
    str
        One line a block: parameters, GFLOP forward and backward, MB kept for backward, and
        milliseconds forward (by the roof; measured) and of both ways.
    """
    heads = ("parameters", "GFLOP", "backward", "MB kept", "roof, ms", "ms", "both ways")
    lines = [f"{'block':<22}" + "".join(f"{head:>11}" for head in heads)]
    for m in measured:
        found, roof = m.measured, 1e3 * m.predicted["seconds"]
        name = f"{m.network} {m.resolution}x{m.resolution} {m.name}"
        line = f"{name:<22}{found['parameters']:>11,}{found['flops'] / 1e9:>11.3f}"
        line += f"{found['backward_flops'] / 1e9:>11.3f}{4e-6 * found['kept']:>11.2f}{roof:>11.2f}"
        line += f"{1e3 * found['seconds']:>11.2f}{1e3 * found['step_seconds']:>11.2f}"
        lines.append(line)
    return "\n".join(lines)


def _bars(axis, measured: Sequence[Measured], key: str, unit: float) -> None:
    """Bars by formula and dots as measured, G beside D at each scale."""
    sizes = sorted({m.resolution for m in measured})
    wanted = sums_by_scale(measured, key, "predicted")
    seen = sums_by_scale(measured, key, "measured") if _is_measured(measured) else {}
    for shift, (network, colour) in zip((-0.2, 0.2), PLAYER_COLOURS.items(), strict=True):
        places = [(i, r) for i, r in enumerate(sizes) if (network, r) in wanted]
        x = [i + shift for i, _ in places]
        axis.bar(x, [wanted[network, r] / unit for _, r in places], 0.38, color=colour)
        if seen:
            dots = [seen[network, r] / unit for _, r in places]
            axis.plot(x, dots, "o", color="black", markersize=4)
    axis.set_xticks(range(len(sizes)), [str(r) for r in sizes], fontsize=9)


def _is_measured(measured: Sequence[Measured]) -> bool:
    return all(m.measured for m in measured)


def _bars_alt(measured: Sequence[Measured]) -> str:
    told, which = [], "measured" if _is_measured(measured) else "predicted"
    for title, (key, unit) in PANELS.items():
        seen = sums_by_scale(measured, key, which)
        values = ", ".join(f"{n} {r}x{r} {value / unit:.3g}" for (n, r), value in seen.items())
        told.append(f"{title}: {values}")
    return f"Four bar charts by scale, as {which}. {'; '.join(told)}."
