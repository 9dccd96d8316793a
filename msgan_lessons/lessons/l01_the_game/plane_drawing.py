"""The plane on axes: a map of what D says, points of both kinds, G's manifold (lesson 01)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from msgan_lessons.base.pictures import COLOURS
from msgan_lessons.lessons.l01_the_game.plane_metrics import EXTENT

__all__ = ["draw_map", "draw_plane"]

SHADES = LinearSegmentedColormap.from_list(  # orange: fake, white: undecided, blue: real
    "real_or_fake", [(0, "#E8A06F"), (0.5, "#FFFFFF"), (1, "#6FA8D0")]
)
LAYERS = ("heat", "manifold", "arrows", "real", "fake")
SIDE = (-EXTENT, EXTENT, -EXTENT, EXTENT)


def draw_plane(
    axis, frame: Mapping[str, np.ndarray], dots: float = 2.5, layers: Sequence[str] = LAYERS
) -> None:
    """Draw a frame of the plane on axes.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where.
    frame : mapping
        As `plane_game.PlaneGame.frame` returns it.
    dots : float
        Size of a point.
    layers : sequence of str
        What is drawn.
    """
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
    """Draw what a D says of each place: blue where it takes points for real, orange for fake.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        Where.
    heat : ndarray
        Probabilities from 0 to 255, shape (n, n), row 0 at the bottom.
    """
    axis.imshow(heat, extent=SIDE, origin="lower", cmap=SHADES, vmin=0, vmax=255,
                interpolation="bilinear")  # fmt: skip
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
