"""The roofline of a machine, and where its layers stand (lesson 14_efficiency)."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.lines import Line2D

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.lessons.l14_efficiency.roofline import VERDICTS, Point, Roof

__all__ = ["roof_plot", "verdict_lines"]

KIND_LOOKS = {  # kind of a layer: colour, marker
    "transposed convolution": ("optimum", "D"),
    "convolution": ("third", "o"),
    "batch norm": ("fourth", "s"),
    "activation": ("fifth", "^"),
    "bilinear upsampling": ("sixth", "v"),
    "minibatch stddev": ("real", "P"),
}
APART = 0.105  # decades between two labels, one above the other


def roof_plot(roof: Roof, points: Sequence[Point], caption: str) -> Picture:
    """Show layers under the roof of a machine; each bears the resolution of its scale.

    Parameters
    ----------
    roof : Roof
        Measured.
    points : sequence of Point
        Layers; at least one.
    caption : str
        What to look for.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no layer.
    """
    if not points:
        raise ValueError("points must hold at least one layer, got none.")
    figure, axis = new_figure(9.6, 5.4)
    low = min(p.intensity for p in points) / 2
    _draw_roof(axis, roof, low, 2 * max(roof.ridge, *(p.intensity for p in points)))
    for (network, kind), part in _by_kind(points).items():
        colour, marker = KIND_LOOKS[kind]
        face = COLOURS[colour] if network == "G" else "white"
        axis.plot(
            [p.intensity for p in part], [p.attained / 1e9 for p in part], marker, markersize=8,
            color=COLOURS[colour], markerfacecolor=face, markeredgewidth=1.8, zorder=3,
        )  # fmt: skip
    _label(axis, points)
    axis.set(xlabel="operations a byte that must move, I", ylabel="GFLOP a second")
    handles = [_handle(kind) for kind in KIND_LOOKS if any(p.kind == kind for p in points)]
    handles += [_handle(None, filled) for filled in (True, False)]
    axis.legend(handles=handles, fontsize=9, frameon=False, loc="lower right")
    return Picture(figure, _roof_alt(roof, points), caption)


def verdict_lines(roof: Roof, points: Sequence[Point]) -> str:
    """Write what each kind of layer waits for, as plain text.

    Parameters
    ----------
    roof : Roof
        Measured.
    points : sequence of Point
        Layers.

    Returns
    -------
    str
        One line a verdict of `Point.verdict`: the layers, and their share of the time of all.

    Examples
    --------
    >>> roof = Roof(peak=100e9, bandwidth=10e9, cache_bandwidth=50e9)
    >>> print(verdict_lines(roof, [Point("G", "batch norm", 8, 6e6, 8e6, 1e-3)]))
    memory   100% of the time: batch norm G 8
    compute    0% of the time: -
    neither    0% of the time: -
    """
    lines, whole = [], sum(p.seconds for p in points)
    for verdict in VERDICTS:
        part = [p for p in points if p.verdict(roof) == verdict]
        kinds: dict[str, list[str]] = {}
        for p in part:
            kinds.setdefault(f"{p.kind} {p.network}", []).append(str(p.resolution))
        named = "; ".join(f"{kind} {', '.join(sizes)}" for kind, sizes in kinds.items()) or "-"
        share = sum(p.seconds for p in part) / whole
        lines.append(f"{verdict:<8}{share:>5.0%} of the time: {named}")
    return "\n".join(lines)


def _draw_roof(axis, roof: Roof, low: float, high: float) -> None:
    """Both slopes and the flat part, and what they are."""
    x = np.geomspace(low, high, 200)
    for cached, style in ((False, "-"), (True, "--")):
        axis.plot(x, [roof.attainable(i, cached) / 1e9 for i in x], style, color="black")
    top = f"peak {roof.peak / 1e9:.0f} GFLOP/s"
    axis.text(high, roof.peak / 1e9 * 1.06, top, ha="right", va="bottom", fontsize=9)
    rates = (("memory", False, roof.bandwidth), ("cache", True, roof.cache_bandwidth))
    axis.set(xscale="log", yscale="log")
    for name, cached, beta in rates:
        x, y = 1.2 * low, roof.attainable(1.2 * low, cached) / 1e9
        axis.text(
            x, 1.12 * y, f"{name} {beta / 1e9:.0f} GB/s", fontsize=9, va="bottom",
            rotation=math.degrees(math.atan2(y, x)), rotation_mode="anchor",
            transform_rotates_text=True,  # along the line, whatever the scales of the axes
        )  # fmt: skip
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_formatter("{x:g}")
    axis.grid(alpha=0.25)


def _by_kind(points: Sequence[Point]) -> dict[tuple[str, str], list[Point]]:
    found: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        found.setdefault((point.network, point.kind), []).append(point)
    return found


def _label(axis, points: Sequence[Point]) -> None:
    """Write the resolution at the right of each point, labels of near neighbours apart."""
    placed: list[tuple[float, float]] = []
    for p in sorted(points, key=lambda p: p.attained):
        x, y = np.log10(p.intensity), np.log10(p.attained / 1e9)
        near = [b for a, b in placed if abs(a - x) < 0.12]
        y = max([y, *(b + APART for b in near)])
        placed.append((x, y))
        axis.annotate(
            str(p.resolution), (p.intensity, p.attained / 1e9), (10 ** (x + 0.055), 10**y),
            fontsize=8, va="center",
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": "grey"},
        )  # fmt: skip


def _handle(kind: str | None, filled: bool = True) -> Line2D:
    name, marker = KIND_LOOKS[kind] if kind else ("sixth", "o")
    label = kind or ("filled: G" if filled else "open: D")
    face = COLOURS[name] if filled else "white"
    return Line2D(
        [], [], color=COLOURS[name], marker=marker, linestyle="", markerfacecolor=face,
        markeredgewidth=1.5, label=label,
    )  # fmt: skip


def _roof_alt(roof: Roof, points: Sequence[Point]) -> str:
    best = max(points, key=lambda p: p.attained)
    verdicts = [p.verdict(roof) for p in points]
    counts = ", ".join(f"{v} {verdicts.count(v)}" for v in dict.fromkeys(verdicts))
    return (
        f"A roofline on logarithmic axes: peak {roof.peak / 1e9:.0f} GFLOP/s, memory "
        f"{roof.bandwidth / 1e9:.0f} GB/s, cache {roof.cache_bandwidth / 1e9:.0f} GB/s, and "
        f"{len(points)} layers under it. Fastest: {best.kind} of {best.network} at "
        f"{best.resolution}x{best.resolution}, {best.attained / 1e9:.0f} GFLOP/s at "
        f"{best.intensity:.0f} operations a byte. Waiting for: {counts}."
    )
