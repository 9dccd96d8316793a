"""The sheet of a patient, and tables and pictures of modes (lesson 15_stability)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np
from torch import Tensor

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    mean_and_range_text,
    new_figure,
    smooth,
    tile,
)

EXTENT = 1.3
SHOWN = 8  # images in a row
POINTS = 300


def patient_sheet(symptoms, title: str, caption: str) -> Picture:
    """Show samples, D, losses, gradients and distances of one patient."""
    figure, axes = new_figure(12.0, 5.6, nrows=2, ncols=4, width_ratios=[1.5, 1, 1, 1])
    for axis in axes[:, 0]:
        axis.remove()
    _samples(figure, axes[0, 0].get_gridspec()[:, 0], symptoms)
    curves = {"D(x)": ("d_real_before", "real"), "D(G(z))": ("d_fake_before", "fake")}
    _curves(axes[0, 1], symptoms.rows, curves)
    axes[0, 1].set(ylim=(0, 1))
    losses = {"loss of D": ("d_loss", "third"), "loss of G": ("g_loss", "optimum")}
    _curves(axes[1, 1], symptoms.rows, losses)
    norms = {"G is moved by": ("g_grad", "sixth"), "D's step leaves": ("g_leak", "fourth")}
    _curves(axes[0, 2], symptoms.rows, norms)
    axes[0, 2].set_yscale("symlog", linthresh=1e-3)
    axes[0, 2].set_title("norm of G's gradient", fontsize=9, pad=20)
    _judged(axes[0, 3], symptoms)
    if symptoms.gradients is None:
        _modes(axes[1, 2], symptoms.rows)
    else:
        _signals(axes[1, 2], symptoms)
    _distances(axes[1, 3], symptoms)
    low, high, least, most = symptoms.ranges
    line = (
        f"real from {low:.2f} to {high:.2f}, fake from {least:.2f} to {most:.2f};  "
        f"cosine of consecutive gradients of G: {symptoms.end('g_cosine'):.2f}"
    )
    figure.suptitle(f"{title}:  {line}", fontsize=10)
    return Picture(figure, _words(symptoms, title, line), caption)


def before_and_after(pairs: Mapping[str, tuple], caption: str) -> Picture:
    """Show what every patient draws, ill and cured: name to the symptoms of both."""
    check_some("pairs", pairs, "patient")
    figure, axes = new_figure(2.4 * 4, 1.75 * len(pairs) / 2 + 0.2, nrows=(len(pairs) + 1) // 2,
                              ncols=4, squeeze=False)  # fmt: skip
    for axis in axes.flat:
        axis.set_axis_off()
    for k, (name, both) in enumerate(pairs.items()):
        line = axes[k // 2, 2 * (k % 2) : 2 * (k % 2) + 2]
        for axis, symptoms, word in zip(line, both, ("ill", "cured"), strict=True):
            _drawn(axis, symptoms)
            axis.set_title(f"{name}, {word}" if word == "ill" else word, fontsize=8)
    alt = f"Samples of {len(pairs)} patients, each ill and cured: {', '.join(pairs)}."
    return Picture(figure, alt, caption)


def _samples(figure, place, symptoms) -> None:
    if symptoms.gradients is None:
        axis = figure.add_subplot(place)
        _drawn(axis, symptoms)
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=2, fontsize=8,
                    frameon=False)  # fmt: skip
        return
    grid = place.subgridspec(len(symptoms.sizes), 1)
    for k, size in enumerate(symptoms.sizes):
        axis = figure.add_subplot(grid[k])
        _pairs(axis, symptoms.real[k], symptoms.fake[k])
        axis.set_title(f"{size}x{size}: real above, fake below", fontsize=9)


def _drawn(axis, symptoms) -> None:
    """Real and fake points, or real images above fake ones at the finest scale."""
    if symptoms.gradients is not None:
        return _pairs(axis, symptoms.real[-1], symptoms.fake[-1], 6)
    for name, marker, points in (("real", "o", symptoms.real[0]), ("fake", "D", symptoms.fake[0])):
        axis.plot(*points[:POINTS].T.numpy(), marker, markersize=2, color=COLOURS[name],
                  label=name)  # fmt: skip
    axis.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), xticks=[], yticks=[], aspect="equal")
    return None


def _pairs(axis, real: Tensor, fake: Tensor, count: int = SHOWN) -> None:
    both = np.concatenate([tile(x[:count], count) for x in (real, fake)])
    axis.imshow(both, interpolation="nearest")
    axis.set_axis_off()


def _curves(axis, rows: Sequence[Mapping], series: Mapping[str, tuple[str, str]]) -> None:
    for label, (key, colour) in series.items():
        axis.plot(*smooth(rows, key), color=COLOURS[colour], label=label)
    axis.set_xlabel("step", fontsize=9)
    axis.tick_params(labelsize=8)
    axis.legend(fontsize=8, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1),
                handlelength=1.2, columnspacing=1)  # fmt: skip


def _names(symptoms) -> list[str]:
    return [f"{size}x{size}" for size in symptoms.sizes] or ["plane"]


def _judged(axis, symptoms) -> None:
    names, columns = _names(symptoms), ("real", "real on fake's way", "fake")
    places = np.arange(len(names))
    for k, (label, colour) in enumerate(zip(columns, ("real", "fifth", "fake"), strict=True)):
        axis.bar(places + 0.27 * (k - 1), symptoms.judged[:, k], 0.25, label=label,
                 color=COLOURS[colour])  # fmt: skip
    axis.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    axis.set_xticks(places, names)
    axis.set(ylim=(0, 1))
    axis.set_ylabel("D's probability of 'real'", fontsize=8)
    axis.tick_params(labelsize=8)
    axis.legend(fontsize=7, frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.45, 1),
                handlelength=1, columnspacing=0.8)  # fmt: skip


def _modes(axis, rows: Sequence[Mapping]) -> None:
    seen = [(row["step"], row["modes"]) for row in rows if row.get("modes") is not None]
    if seen:
        axis.step(*zip(*seen, strict=True), color=COLOURS["sixth"])
    axis.set(ylim=(0, 8.4), yticks=[0, 4, 8])
    axis.set_title("modes that G holds, of 8", fontsize=9)
    axis.set_xlabel("step", fontsize=9)
    axis.tick_params(labelsize=8)


def _signals(axis, symptoms) -> None:
    norms, names = symptoms.gradients.numpy(), _names(symptoms)
    axis.imshow(np.log10(norms + 1e-4), cmap="cividis", vmin=-4, vmax=1.5, aspect="auto")
    for y, line in enumerate(norms):
        for x, value in enumerate(line):
            text = "0" if value == 0 else f"{value:.2g}"
            light = "white" if value < 0.1 else "black"
            axis.text(x, y, text, ha="center", va="center", fontsize=9, color=light)
    axis.set_xticks(range(norms.shape[1]), names)
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(length=0, labelsize=8)
    axis.set_title("gradient: from D at (row)\nto the block of G (column)", fontsize=9)


def _distances(axis, symptoms) -> None:
    bars = axis.bar(_names(symptoms), symptoms.distances, 0.5, color=COLOURS["third"])
    axis.bar_label(bars, [f"{d:.2f}" for d in symptoms.distances], fontsize=8)
    axis.set_ylim(0, max(0.7, 1.15 * max(symptoms.distances)))
    axis.set_title("sliced Wasserstein distance", fontsize=9)
    axis.tick_params(labelsize=8)


def _words(symptoms, title: str, line: str) -> str:
    judged = "; ".join(
        f"{name}: {real:.2f} for real, {sent:.2f} for real on the fake way, {fake:.2f} for fake"
        for name, (real, sent, fake) in zip(_names(symptoms), symptoms.judged.tolist(), strict=True)
    )
    found = ", ".join(
        f"{d:.2f} at {n}" for n, d in zip(_names(symptoms), symptoms.distances, strict=True)
    )
    modes = f" G holds {symptoms.end('modes'):.1f} modes." if symptoms.gradients is None else ""
    return (
        f"{title}: {line}. D's probability of 'real', {judged}. Gradient of G at the end: "
        f"{symptoms.end('g_grad'):.2g}; D's step leaves {symptoms.leak:.2g} in it. "
        f"Distance {found}.{modes}"
    )


Row = Mapping[str, object]
GOAL = 0.9  # share of high quality that is aimed at
PANELS = (("modes", "modes captured"), ("high_quality", "share of high-quality points"))


def modes_table(runs: Mapping[str, Mapping[str, Sequence[Row]]]) -> str:
    """Write modes and quality as plain text, a line a cure; the mean and the range of the seeds.

    Parameters
    ----------
    runs : mapping
        Target to `Study.runs`: cure to one row a seed, with 'modes' and 'high_quality'.

    Examples
    --------
    >>> rows = [{"modes": 7, "high_quality": 0.5}, {"modes": 8, "high_quality": 0.7}]
    >>> print(modes_table({"ring of 8": {"R1": rows}}))
    ring of 8                       seeds       modes captured        high quality, %
    R1                                  2         7.5 (7 to 8)    60.0 (50.0 to 70.0)
    """
    lines = []
    for target, cures in runs.items():
        lines += ["", f"{target:<32}{'seeds':>5}{'modes captured':>21}{'high quality, %':>23}"]
        for cure, rows in cures.items():
            modes = mean_and_range_text([row["modes"] for row in rows], 1, 0)
            good = mean_and_range_text([100 * row["high_quality"] for row in rows], 1, 1)
            lines.append(f"{cure:<32}{len(rows):>5}{modes:>21}{good:>23}".rstrip())
    return "\n".join(lines[1:])


def modes_figure(runs: Mapping[str, Mapping[str, Sequence[Row]]], caption: str) -> Picture:
    """Show modes captured and the share of high quality, a dot a seed.

    `runs` are as for `modes_table`.

    Raises
    ------
    ValueError
        If there is nothing to show.
    """
    if not runs or not all(runs.values()):
        raise ValueError("runs must hold at least one cure for each target, got none.")
    cures = list(dict.fromkeys(cure for found in runs.values() for cure in found))
    figure, axes = new_figure(
        4.6 * len(runs) + 0.6, 0.3 * len(cures) + 1.1, ncols=2 * len(runs), sharey=True,
        squeeze=False,
    )  # fmt: skip
    for k, (target, found) in enumerate(runs.items()):
        for axis, (key, label) in zip(axes[0][2 * k : 2 * k + 2], PANELS, strict=True):
            for cure, rows in found.items():
                dots, place = [row[key] for row in rows], cures.index(cure)
                axis.plot(dots, [place] * len(dots), "o", color=COLOURS["fake"], ms=5, alpha=0.6)
                axis.plot([fmean(dots)] * 2, [place - 0.3, place + 0.3], color="black", lw=1.5)
            most = int(target.split()[-1]) if key == "modes" else GOAL
            axis.axvline(most, color=COLOURS["optimum"], linestyle="--", linewidth=1)
            axis.set(xlim=(-0.04 * most, most * 1.05 if key == "modes" else 1.04), xlabel=label)
            if key == "modes":
                axis.set_xticks(range(0, most + 1, 2 if most < 10 else 5))
            axis.set_title(target, fontsize=10)
            axis.grid(axis="y", color="0.9")
    axes[0][0].set_yticks(range(len(cures)), cures)
    axes[0][0].invert_yaxis()
    told = "; ".join(f"{target}: {_best(found)}" for target, found in runs.items())
    alt = (
        "Modes captured and share of high-quality points for each cure, a dot a seed, a line at "
        f"the mean, dashed: the goal. {told}."
    )
    return Picture(figure, alt, caption)


def stacked_table(rows: Mapping[str, Row], papers: Sequence[tuple] = ()) -> str:
    """Write modes of a thousand and the KL divergence as plain text.

    Parameters
    ----------
    rows : mapping
        Name to a row with 'modes' and 'kl', and 'step' where it is known.
    papers : sequence of tuple
        As `stacked.PUBLISHED_RESULTS`: name, modes, KL in nats, source.

    Examples
    --------
    >>> print(stacked_table({"real images": {"modes": 1000, "kl": 0.031}}))
                                   steps  modes of 1,000  KL, nats
    real images                        -            1000     0.031
    """
    lines = [f"{'':<28}{'steps':>8}{'modes of 1,000':>16}{'KL, nats':>10}"]
    for name, row in rows.items():
        step = f"{row['step']:,}" if "step" in row else "-"
        lines.append(f"{name:<28}{step:>8}{row['modes']:>16}{row['kl']:>10.3f}")
    if papers:
        lines += ["", "from papers, on stacked digits:"]
        lines += [f"{n:<28}{'':>8}{m:>16}{kl:>10.2f}  {source}" for n, m, kl, source in papers]
    return "\n".join(lines)


def _best(found: Mapping[str, Sequence[Row]]) -> str:
    """What each cure got in the mean, in words."""
    return ", ".join(
        f"{cure} {fmean(r['modes'] for r in rows):.1f} modes and "
        f"{100 * fmean(r['high_quality'] for r in rows):.0f} %"
        for cure, rows in found.items()
    )
