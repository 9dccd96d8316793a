"""Pictures of the game in the plane (lesson 01_the_game)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from msgan_lessons.base.pictures import COLOURS, Picture, legend_above, new_figure, smooth
from msgan_lessons.lessons.l01_the_game.plane import EXTENT

SHADES = LinearSegmentedColormap.from_list(  # orange: fake, white: undecided, blue: real
    "real_or_fake", [(0, "#E8A06F"), (0.5, "#FFFFFF"), (1, "#6FA8D0")]
)
LAYERS = ("heat", "manifold", "arrows", "real", "fake")
SIDE = (-EXTENT, EXTENT, -EXTENT, EXTENT)
MOMENTS = 6  # of a recorded game, evenly spread


def draw_plane(
    axis, frame: Mapping[str, np.ndarray], dots: float = 2.5, layers: Sequence[str] = LAYERS
) -> None:
    """Draw a frame of the plane, as `PlaneGame.frame` returns it, on axes."""
    arrays = {layer: np.asarray(frame[f"plane.{layer}"]) for layer in layers}
    if "heat" in arrays:
        draw_map(axis, arrays["heat"])
    if "manifold" in arrays:
        lines = arrays["manifold"].astype(np.float32)
        sheets = [lines] if len(lines) == 1 else [lines, lines.transpose(1, 0, 2)]
        for k, line in enumerate(line for sheet in sheets for line in sheet):
            axis.plot(*line.T, color=COLOURS["third"], linewidth=0.7,
                      label="" if k else "G's manifold")  # fmt: skip
    if "arrows" in arrays:
        axis.quiver(*arrays["arrows"].astype(np.float32).T, angles="xy", scale_units="xy", scale=1,
                    width=0.004, color="#222", label="where G is pushed")  # fmt: skip
    for kind, marker in (("real", "o"), ("fake", "D")):
        if kind in arrays:
            axis.plot(*arrays[kind].astype(np.float32).T, marker, markersize=dots,
                      color=COLOURS[kind], label=kind)  # fmt: skip
    axis.set(xlim=SIDE[:2], ylim=SIDE[2:])


def draw_map(axis, heat: np.ndarray) -> None:
    """Draw what a D says, (n, n) from 0 to 255, row 0 at the bottom: blue is real, orange fake."""
    axis.imshow(heat, extent=SIDE, origin="lower", cmap=SHADES, vmin=0, vmax=255,
                interpolation="bilinear")  # fmt: skip
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def game_picture(frame: Mapping[str, np.ndarray], rows: Sequence[Mapping], title: str) -> Picture:
    """Show the plane, the best D of the theory and the curves, as the panel does."""
    figure, axes = new_figure(11.0, 5.2, nrows=2, ncols=3, width_ratios=[1.35, 1, 1])
    for axis in axes[:, 0]:
        axis.remove()
    plane = figure.add_subplot(axes[0, 0].get_gridspec()[:, 0])
    draw_plane(plane, frame)
    step = rows[-1]["step"] if rows else 0
    plane.set_title(f"{title}, step {step}", fontsize=10)
    plane.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=4, fontsize=8,
                 frameon=False, handlelength=1.2)  # fmt: skip
    draw_map(axes[0, 1], frame["best.heat"])
    axes[0, 1].set_title("the best D of the theory", fontsize=10)
    _lines(axes[0, 2], rows, {"loss of D": ("d_loss", "third"), "loss of G": ("g_loss", "optimum")})
    shares = {"D(x)": ("d_real_before", "real"), "D(G(z))": ("d_fake_before", "fake")}
    _lines(axes[1, 1], rows, shares)
    axes[1, 1].set(ylim=(0, 1))
    distances = {"KL, nats": ("kl", "fifth"), "JS, nats": ("js", "fourth")}
    _lines(axes[1, 2], rows, distances)
    axes[1, 2].set(ylim=(0, None))
    return Picture(figure, _words(rows, title), CAPTION)


CAPTION = (
    "Blue dots: real. Orange diamonds: fake. Shades: what D takes for real (blue) and for fake "
    "(orange). Pink: G's manifold. Does the learned D resemble the best one beside it?"
)


def two_discriminators(learned: np.ndarray, best: np.ndarray, distance: Sequence) -> Picture:
    """Show a learned D beside D*, and how their distance shrank.

    Parameters
    ----------
    learned, best : ndarray
        Probabilities, shape (n, n), row 0 at the bottom.
    distance : sequence of (step, mean absolute difference)
        While D learned.
    """
    figure, axes = new_figure(9.0, 2.8, ncols=3)
    for axis, heat, title in ((axes[0], learned, "D, learned"), (axes[1], best, "D*, theory")):
        draw_map(axis, 255 * np.asarray(heat))
        axis.set_title(title, fontsize=10)
    steps, gaps = zip(*distance, strict=True)
    axes[2].plot(steps, gaps, color=COLOURS["sixth"])
    axes[2].set(xlabel="step of D", ylabel="mean |D - D*|", ylim=(0, None))
    alt = (
        f"Two maps of the plane, the learned D and D*; their mean difference falls from "
        f"{gaps[0]:.2f} to {gaps[-1]:.2f}."
    )
    return Picture(figure, alt, "Where do the two maps still differ, and who has ever been there?")


def modes_against_steps(runs: Mapping[str, Sequence[Mapping]], n_modes: int) -> Picture:
    """Compare games: modes captured and share of high-quality points, against the step.

    Parameters
    ----------
    runs : mapping
        Name of a setting to its rows.
    n_modes : int
        Modes of the data.
    """
    figure, (left, right) = new_figure(9.0, 3.0, ncols=2)
    keys = ("optimum", "third", "fourth", "fifth", "sixth")
    styles = ("-", "--", "-.", ":", "-")
    ends = []
    for (name, rows), colour, style in zip(runs.items(), keys, styles, strict=False):
        seen = [row for row in rows if row.get("kl") is not None]
        steps = [row["step"] for row in seen]
        for axis, key in ((left, "modes"), (right, "high_quality")):
            axis.plot(steps, [row[key] for row in seen], style, color=COLOURS[colour], label=name)
        held = rows[-1].get("modes") if rows else None
        ends.append(f"{name}: {'none counted' if held is None else held} of {n_modes} modes")
    left.set(xlabel="step", ylabel="modes captured", ylim=(0, n_modes + 0.4))
    right.set(xlabel="step", ylabel="share of high quality", ylim=(0, 1))
    left.axhline(n_modes, color="black", linewidth=0.6, linestyle=":")
    legend_above(figure, left, len(runs))
    alt = f"Two graphs against the step. At the end: {'; '.join(ends)}."
    caption = "Left: who finds all modes, and keeps them? Right: how many points lie in a mode?"
    return Picture(figure, alt, caption)


def collapse_strip(trace) -> Picture:
    """Show moments of a recorded game: the plane, D* below it, and the modes against the step.

    Parameters
    ----------
    trace : runs.trace.Trace
        Of a `PlaneGame`.
    """
    figure, axes = new_figure(11.0, 5.2, nrows=3, ncols=MOMENTS, height_ratios=[2, 2, 1.2])
    chosen = [int(k) for k in np.linspace(0, len(trace) - 1, MOMENTS).round()]
    for (plane, best), index in zip(axes[:2].T, chosen, strict=True):
        frame = trace.frame(index)
        draw_plane(plane, frame, dots=1.5, layers=("heat", "real", "fake"))
        plane.set_title(f"step {trace.row(index)['step']}", fontsize=9)
        draw_map(best, frame["best.heat"])
    axes[0, 0].set_ylabel("D, learned")
    axes[1, 0].set_ylabel("D*, theory")
    for axis in axes[2]:
        axis.remove()
    below = figure.add_subplot(axes[2, 0].get_gridspec()[2, :])
    below.spines[["top", "right"]].set_visible(False)
    rows = [row for row in trace.rows if row.get("modes") is not None]
    below.step([r["step"] for r in rows], [r["modes"] for r in rows], color=COLOURS["sixth"])
    n_modes = int(rows[-1]["n_modes"])
    below.set(xlabel="step", ylabel="modes", ylim=(0, n_modes + 0.4))
    below.set(yticks=[0, n_modes // 2, n_modes])
    counts = ", ".join(f"{trace.row(k).get('modes') or 0:.0f}" for k in chosen)
    alt = f"{MOMENTS} moments of a game that collapses; modes held at each: {counts} of {n_modes}."
    return Picture(figure, alt, "Compare the rows: what would the best D see, and what does D see?")


def _lines(axis, rows: Sequence[Mapping], series: Mapping[str, tuple[str, str]]) -> None:
    for label, (key, colour) in series.items():
        axis.plot(*smooth(rows, key), color=COLOURS[colour], label=label)
    axis.set(xlabel="step")
    axis.legend(fontsize=8, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))


def _words(rows: Sequence[Mapping], title: str) -> str:
    if not rows:
        return f"The plane before the first step: real points ({title}) and G's points, untrained."
    last = rows[-1]
    held = last.get("modes")
    modes = "" if held is None else f" G holds {held} of {last['n_modes']} modes."
    return (
        f"The plane after step {last['step']}: real points ({title}), G's points, D's map, and the "
        f"best D of the theory beside it.{modes} Graphs of the losses, of D(x) and D(G(z)), and "
        "of KL and JS."
    )
