"""Pictures of images turned into another style, and of their scores (lesson 10_style_transfer)."""

import math
from collections.abc import Mapping, Sequence

from torch import Tensor

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    image_rows,
    last_value_text,
    new_figure,
    smooth,
)

METRICS = {  # name to what it says, and whether higher is better
    "ssim": ("SSIM with the twin", True),
    "perceptual": ("perceptual distance", False),
    "palette": ("palette distance", False),
    "style": ("P(target style)", True),
}
TWIN = "true twin"
Scores = Mapping[str, Mapping[str, float]]


def turned_rows(rows: Mapping[str, Tensor], caption: str) -> Picture:
    """Show one emoji a column: as given, turned by several methods, its true twin.

    Parameters
    ----------
    rows : mapping
        Name of a row, at least one, to images (N, C, H, W) in [-1, 1]: the same emoji in order.
    """
    count = max((len(images) for images in rows.values()), default=0)
    alt = f"{count} emoji in columns; the rows from above: {', '.join(rows)}."
    return image_rows(rows, alt, caption, row_height=0.8)


def score_table(scores: Scores) -> str:
    """Write the scores of all methods as a table of text.

    Parameters
    ----------
    scores : mapping
        Method to its `scores.style_scores`.

    Examples
    --------
    >>> one = {"ssim": 0.4, "perceptual": 0.1, "palette": 9.0, "style": 0.02}
    >>> print(score_table({"identity": one}))
                      SSIM   perceptual   palette    style
    identity         0.400       0.1000      9.00     0.02
    """
    width = max(14, *map(len, scores))
    lines = [f"{'':{width}}  {'SSIM':>6}   {'perceptual':>10}   {'palette':>7}   {'style':>6}"]
    for name, s in scores.items():
        lines.append(
            f"{name:{width}}  {s['ssim']:6.3f}   {s['perceptual']:10.4f}   {s['palette']:7.2f}   "
            f"{s['style']:6.2f}"
        )
    return "\n".join(lines)


def score_dots(scores: Mapping[str, Scores], caption: str) -> Picture:
    """Show each metric on an axis of its own, one line a method, one mark a direction.

    Parameters
    ----------
    scores : mapping
        Direction to method to scores; at most two directions, of the same methods. Of 'true twin'
        the style alone is drawn: the rest would compare it with itself.

    Raises
    ------
    ValueError
        If there are no or more than two directions.
    """
    if not 1 <= len(scores) <= 2:
        raise ValueError(f"scores must hold one or two directions, got {len(scores)}.")
    methods = list(next(iter(scores.values())))
    figure, axes = new_figure(9.6, 0.36 * len(methods) + 1.1, ncols=len(METRICS), sharey=True)
    places = range(len(methods))
    for axis, (key, (label, rises)) in zip(axes, METRICS.items(), strict=True):
        for (direction, found), mark, colour in zip(
            scores.items(), "os", ("real", "fake"), strict=False
        ):
            values = [math.nan if _is_given(key, m) else found[m][key] for m in methods]
            axis.plot(
                values, places, mark, color=COLOURS[colour], label=direction,
                fillstyle="full" if mark == "o" else "none",
            )  # fmt: skip
        axis.set_title(f"{label}\n{'higher' if rises else 'lower'} is better", fontsize=9)
        axis.set_yticks(places, methods)
        axis.grid(axis="y", color="#dddddd", linewidth=0.8)
        axis.locator_params(axis="x", nbins=3)
        axis.margins(x=0.15, y=0.12)
    axes[0].invert_yaxis()
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False,
        fontsize=9,
    )  # fmt: skip
    told = (
        f"{direction}, {method}: " + ", ".join(f"{k} {v:.3g}" for k, v in found.items())
        for direction, of in scores.items()
        for method, found in of.items()
    )
    return Picture(figure, f"Four graphs of scores. {'; '.join(told)}.", caption)


def _is_given(metric: str, method: str) -> bool:
    """Whether a score says nothing: a twin compared with itself."""
    return method == TWIN and metric != "style"


def cycle_curves(trainings: Mapping[str, Sequence[Mapping]], caption: str) -> Picture:
    """Show the cycle loss and D's opinion of fakes over the steps of several trainings.

    Parameters
    ----------
    trainings : mapping
        Name, at least one, to the rows of its training. What was not played has no line: in rows
        of D's head start there is nothing of G.
    """
    check_some("trainings", trainings, "training")
    figure, axes = new_figure(9.0, 2.7, ncols=3)
    panels = {"g_loss": "adversarial loss of G", "cycle": "cycle loss, weighted",
              "identity": "identity loss, weighted"}  # fmt: skip
    for (name, rows), colour, style in zip(
        trainings.items(), ("fake", "real"), ("-", "--"), strict=False
    ):
        for axis, key in zip(axes, panels, strict=True):
            axis.plot(*smooth(rows, key, 60), style, color=COLOURS[colour], label=name)
    for axis, label in zip(axes, panels.values(), strict=True):
        axis.set(xlabel="step", ylabel=label, ylim=(0, None))
        if not any(len(line.get_xdata()) for line in axis.lines):
            axis.text(0.5, 0.5, "none", transform=axis.transAxes, ha="center", fontsize=9)
            axis.set(xticks=[], yticks=[])
    axes[0].legend(fontsize=8, frameon=False)
    last = (
        f"{name}, step {rows[-1]['step'] if rows else 0}: "
        f"adversarial loss {last_value_text(rows, 'g_loss')}, "
        f"cycle loss {last_value_text(rows, 'cycle')}"
        for name, rows in trainings.items()
    )
    return Picture(figure, f"Three graphs of losses over steps. {'; '.join(last)}.", caption)
