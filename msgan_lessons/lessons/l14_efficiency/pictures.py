"""Pictures of costs, predicted too, of the roofline and of speed-ups (lesson 14_efficiency)."""

import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.lines import Line2D

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import COLOURS, Picture, few_ticks, image_rows, new_figure
from msgan_lessons.family import build, channels_for
from msgan_lessons.lessons.l14_efficiency.measured import BlockCost, predict_blocks
from msgan_lessons.lessons.l14_efficiency.roofline import VERDICTS, LayerTiming, Roofline, speed_up
from msgan_lessons.lessons.l14_efficiency.speed_ups import lazy_factor

COUNTED = ("parameters", "flops", "backward_flops", "kept")  # what formulas give exactly
PLAYER_COLOURS = {"G": COLOURS["optimum"], "D": COLOURS["third"]}
PANELS = {  # title: (key, divisor)
    "parameters, thousands": ("parameters", 1e3),
    "operations forward, GFLOP": ("flops", 1e9),
    "kept for backward, MB": ("kept", 1e6 / 4),
    "time forward, ms": ("seconds", 1e-3),
}


def sums_by_scale(
    measured: Sequence[BlockCost], key: str, which: str
) -> dict[tuple[str, int], float]:
    """Add up one cost of the blocks of each scale: (network, resolution), ascending, to the sum."""
    found: dict[tuple[str, int], float] = {}
    for block in sorted(measured, key=lambda m: m.resolution):
        place = block.network, block.resolution
        found[place] = found.get(place, 0) + getattr(block, which)[key]
    return found


def share_at(measured: Sequence[BlockCost], network: str, resolution: int, key: str) -> float:
    """The share, from 0 to 1, that one scale has of a network's cost, as measured.

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
    """
    sums = sums_by_scale([m for m in measured if m.network == network], key, "measured")
    return sums[network, resolution] / sum(sums.values())


def cost_bars(measured: Sequence[BlockCost], caption: str) -> Picture:
    """Show parameters, operations, kept memory and time by scale; bars by formula, dots measured.

    Parameters
    ----------
    measured : sequence of Measured
        Blocks of G and D; at least one. Where they are only predicted, there are no dots.
    """
    check_some("measured", measured, "block")
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


def cost_table(measured: Sequence[BlockCost]) -> str:
    """Write the costs of every block as plain text, one line a block.

    Parameters, GFLOP forward and backward, MB kept for backward, and milliseconds forward (by the
    roof; measured) and of both ways.

    Parameters
    ----------
    measured : sequence of Measured
        Blocks of G and D.
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


def _bars(axis, measured: Sequence[BlockCost], key: str, unit: float) -> None:
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


def _is_measured(measured: Sequence[BlockCost]) -> bool:
    return all(m.measured for m in measured)


def _bars_alt(measured: Sequence[BlockCost]) -> str:
    told, which = [], "measured" if _is_measured(measured) else "predicted"
    for title, (key, unit) in PANELS.items():
        seen = sums_by_scale(measured, key, which)
        values = ", ".join(f"{n} {r}x{r} {value / unit:.3g}" for (n, r), value in seen.items())
        told.append(f"{title}: {values}")
    return f"Four bar charts by scale, as {which}. {'; '.join(told)}."


class CostBench:
    """Predicts parameters, operations, kept memory and time of a model by its sizes.

    Parameters
    ----------
    roof : Roof
        Of this machine.
    model : str
        Key in `family.MODELS`; `build` refuses any other.

    Examples
    --------
    >>> bench = CostBench(Roofline(peak=50e9, bandwidth=10e9, cache_bandwidth=50e9))
    >>> blocks = bench.blocks(resolution=32, width=16, batch_size=32)
    >>> sum(b.predicted["parameters"] for b in blocks)
    420978
    """

    def __init__(self, roof: Roofline, model: str = "dcgan") -> None:
        with torch.device("meta"):
            build(model)
        self.roof, self.model = roof, model

    def blocks(self, resolution: int, width: int, batch_size: int) -> list[BlockCost]:
        """Predict every block of G, and of D on one batch of at least 2; nothing is measured."""
        with torch.device("meta"):
            pair = build(self.model, resolution=resolution, width=width)
            z = torch.zeros(batch_size, pair.generator.latent_dim)
        for network in (pair.generator, pair.discriminator):
            if hasattr(network, "stage"):  # read as numbers: all scales, the newest faded in
                n_scales = len(channels_for(resolution, width))
                network.stage = torch.tensor([n_scales, 1.0])
        drawn = predict_blocks("G", pair.generator, z, roof=self.roof)
        fake = [x.detach() for x in pair.generator(z)]
        return drawn + predict_blocks("D", pair.discriminator, fake, roof=self.roof)

    def bars(self, resolution: int, width: int, batch_size: int) -> Picture:
        """Draw the prediction by scale; the caption tells the sums."""
        blocks = self.blocks(resolution, width, batch_size)
        total = {k: sum(b.predicted[k] for b in blocks) for k in ("parameters", "flops", "kept")}
        least = sum(b.predicted["seconds"] for b in blocks)
        caption = (
            f"{self.model} at {resolution}x{resolution}, width {width}, batch {batch_size}: "
            f"{total['parameters']:,} parameters, {total['flops'] / 1e9:.2f} GFLOP forward, "
            f"{4e-6 * total['kept']:.1f} MB kept for backward, at least {1e3 * least:.1f} ms "
            "forward under the roof."
        )
        return cost_bars(blocks, caption)

    def choices(self, resolution: int, width: int, batch_size: int) -> dict[str, list | tuple]:
        """Three controls for `widgets.explore`, which start at the sizes given."""
        return {
            "resolution": [*dict.fromkeys((resolution, 16, 32, 64, 128))],
            "width": [*dict.fromkeys((width, 8, 16, 32, 64))],
            "batch_size": [*dict.fromkeys((batch_size, 8, 32, 128))],
        }


KIND_LOOKS = {  # kind of a layer: colour, marker
    "transposed convolution": ("optimum", "D"),
    "convolution": ("third", "o"),
    "batch norm": ("fourth", "s"),
    "activation": ("fifth", "^"),
    "bilinear upsampling": ("sixth", "v"),
    "minibatch stddev": ("real", "P"),
}
APART = 0.105  # decades between two labels, one above the other


def roof_plot(roof: Roofline, points: Sequence[LayerTiming], caption: str) -> Picture:
    """Show layers under the roof of a machine; each bears the resolution of its scale.

    Parameters
    ----------
    roof : Roof
        Measured.
    points : sequence of Point
        Layers; at least one.
    """
    check_some("points", points, "layer")
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


def verdict_lines(roof: Roofline, points: Sequence[LayerTiming]) -> str:
    """Write what each kind of layer waits for, and its share of the time, a line a verdict.

    Parameters
    ----------
    roof : Roof
        Measured.
    points : sequence of Point
        Layers.

    Examples
    --------
    >>> roof = Roofline(peak=100e9, bandwidth=10e9, cache_bandwidth=50e9)
    >>> print(verdict_lines(roof, [LayerTiming("G", "batch norm", 8, 6e6, 8e6, 1e-3)]))
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


def _draw_roof(axis, roof: Roofline, low: float, high: float) -> None:
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


def _by_kind(points: Sequence[LayerTiming]) -> dict[tuple[str, str], list[LayerTiming]]:
    found: dict[tuple[str, str], list[LayerTiming]] = {}
    for point in points:
        found.setdefault((point.network, point.kind), []).append(point)
    return found


def _label(axis, points: Sequence[LayerTiming]) -> None:
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


def _roof_alt(roof: Roofline, points: Sequence[LayerTiming]) -> str:
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


Rounds = Mapping[str, Sequence[float]]  # name to seconds, one entry a round


def speed_up_bars(changes: Mapping[str, Rounds], caption: str) -> Picture:
    """Show how many times faster each change makes a step: median of rounds, lowest to highest.

    Parameters
    ----------
    changes : mapping
        What was changed, at least one thing, to its rounds: the first entry is before, the last
        after.
    """
    check_some("changes", changes, "before and after")
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
    few_ticks(axis.xaxis)
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
    """
    figure, (left, middle, right) = new_figure(9.6, 2.9, ncols=3)
    sizes = [int(n) for n in batches]
    turns = list(batches.values())
    an_image = [[1e3 * s / n for s in t] for n, t in zip(sizes, turns, strict=True)]
    a_second = [[1 / s for s in t] for t in turns]
    _ranges(left, sizes, an_image, "batch size", "ms an image")
    _ranges(middle, sizes, a_second, "batch size", "D+G updates a second")
    intervals = [int(k) for k in penalties if k != "none"]
    pairs = [zip(penalties[str(k)], penalties["none"], strict=True) for k in intervals]
    dearer = [[with_r1 / without for with_r1, without in pair] for pair in pairs]
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
    """Show what the same seconds bought: images (of one size on the page), steps, Fréchet distance.

    Parameters
    ----------
    rows : sequence of mapping
        The last row of each contestant, as `duel` yields it.
    least : mapping
        Contestant to the shortest time of a step under the roof, in seconds.
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


def _told(names: Sequence[int], values: Sequence[Sequence[float]]) -> str:
    pairs = zip(names, values, strict=True)
    return ", ".join(f"{name}: {statistics.median(v):.3g}" for name, v in pairs)
