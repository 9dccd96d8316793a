"""Metrics against time, against the sample count, and nearest neighbours (lesson 16_evaluation)."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import COLOURS, Picture, image_rows, new_figure

ORDER = ("third", "fourth", "fifth", "optimum", "sixth", "real", "fake")  # of several lines
PANELS = {  # title: (keys of the scores, logarithmic)
    "Fréchet distance": (("frechet",), True),
    "sliced Wasserstein, by band": (("swd",), True),
    "precision, recall, coverage": (("precision", "recall", "coverage"), False),
    "MS-SSIM of pairs": (("ms_ssim",), False),
    "KL of classes (nats)": (("mode_kl",), True),
    "scale consistency": (("consistency",), True),
}


def score_curves(
    seconds: Sequence[float], scores: Sequence[Mapping], floor: Mapping, best: int, caption: str
) -> Picture:
    """Show metrics against training time, with real against real as dashed lines.

    Parameters
    ----------
    seconds : sequence of float
        Moments of the training.
    scores : sequence of mapping
        One a moment, as `metrics.score_images` returns them.
    floor : mapping
        Real against real, as `metrics.score_floor(...)['mean']`.
    best : int
        Index of the moment to mark.

    Raises
    ------
    ValueError
        If the moments and scores differ in number, or there are none.
    """
    if not scores or len(seconds) != len(scores):
        raise ValueError(
            f"scores must hold one entry for each of the {len(seconds)} moments, got {len(scores)}."
        )
    figure, axes = new_figure(9.6, 5.0, nrows=2, ncols=3, sharex=True)
    for axis, (title, (keys, logarithmic)) in zip(axes.flat, PANELS.items(), strict=True):
        lines = _lines(scores, keys)
        floors = _lines([floor], keys)
        alone = len(lines) == 1
        for i, (name, values) in enumerate(lines.items()):
            colour = COLOURS["fake"] if alone else COLOURS[ORDER[i]]
            axis.plot(seconds, values, "o-", color=colour, markersize=3, label=name)
            if name in floors:
                shade = COLOURS["real"] if alone else colour
                axis.axhline(floors[name][0], color=shade, linewidth=1.2, linestyle="--")
        axis.axvline(seconds[best], color="black", linewidth=0.8, linestyle=":")
        axis.set_title(title, fontsize=10)
        if logarithmic:
            axis.set_yscale("log")
        axis.set_visible(bool(lines))  # one scale alone has no consistency
        if len(lines) > 1:
            axis.legend(fontsize=7, frameon=False, ncols=2, handlelength=1.2, columnspacing=1)
    for axis in axes[-1]:
        axis.set_xlabel("seconds of training", fontsize=9)
    last = scores[-1]
    alt = (
        f"Six graphs over {seconds[-1]:.0f} seconds. The Fréchet distance goes from "
        f"{scores[0]['frechet']:.0f} to {last['frechet']:.1f} (real against real "
        f"{floor['frechet']:.1f}), with its lowest value {scores[best]['frechet']:.1f} after "
        f"{seconds[best]:.0f} seconds; at the end precision is {last['precision']:.2f}, recall "
        f"{last['recall']:.2f}, coverage {last['coverage']:.2f}."
    )
    return Picture(figure, alt, caption)


def count_curves(curves: Mapping[str, Mapping[str, Mapping[int, float]]], caption: str) -> Picture:
    """Show metrics against the number of images a side.

    Parameters
    ----------
    curves : mapping
        Metric, at least one, to {'real': {count: value}, 'fake': {count: value}}: real against
        real, and real against generated.
    """
    check_some("curves", curves, "metric")
    lines = -(-len(curves) // 3)
    figure, axes = new_figure(9.6, 2.3 * lines, nrows=lines, ncols=3, squeeze=False)
    told = []
    for axis in axes.flat[len(curves) :]:
        axis.set_visible(False)
    for axis, (title, kinds) in zip(axes.flat, curves.items(), strict=False):
        for kind, label in (("fake", "generated"), ("real", "real")):
            counts, values = list(kinds[kind]), list(kinds[kind].values())
            style = "o-" if kind == "fake" else "o--"
            label = f"real and {label}"
            axis.plot(counts, values, style, color=COLOURS[kind], markersize=4, label=label)
            told.append(f"{title}, {label}: {values[0]:.3g} to {values[-1]:.3g}")
        axis.set_xscale("log")
        axis.set_xticks(counts, [str(count) for count in counts], fontsize=8)
        axis.minorticks_off()
        highest = max(max(kinds[kind].values()) for kind in ("real", "fake"))
        axis.set(ylim=(0, 1.08 * highest or 1), xlabel="images a side")
        axis.set_title(title, fontsize=10)
    axes[0, 0].legend(fontsize=8, frameon=False)
    alt = f"Metrics from {counts[0]} to {counts[-1]} images a side. {'; '.join(told)}."
    return Picture(figure, alt, caption)


def nearest_pairs(pairs: Mapping[str, tuple[Tensor, Tensor]]) -> Picture:
    """Show images above their nearest training images.

    Parameters
    ----------
    pairs : mapping
        Name of the images to two tensors (N, C, H, W) in [-1, 1]: the images, and the nearest
        training image of each.
    """
    rows = {}
    for name, (images, nearest) in pairs.items():
        rows[name] = images
        rows[f"nearest to {name}"] = nearest
    alt = f"Rows of images, each above its nearest training images: {', '.join(pairs)}."
    caption = (
        "Look for a pair that is one and the same picture. Real held-out images show how alike "
        "two different garments can be."
    )
    return image_rows(rows, alt, caption, row_height=0.68)


def score_lines(columns: Mapping[str, Mapping]) -> str:
    """Write scores side by side as plain text, one line a metric, a band or a scale.

    Parameters
    ----------
    columns : mapping
        Name of the column to scores as `metrics.score_images` returns them.

    Examples
    --------
    >>> print(score_lines({"best": {"frechet": 12.5, "recall": 0.6}, "last": {"frechet": 13}}))
                             best    last
    Fréchet distance         12.5      13
    recall                    0.6       -
    """
    keys = [key for keys, _ in PANELS.values() for key in keys]
    titles = {"frechet": "Fréchet distance", "ms_ssim": "MS-SSIM of pairs", "mode_kl": "KL"}
    table = {name: _lines([scores], keys) for name, scores in columns.items()}
    width = max(8, *(len(name) + 2 for name in columns))
    lines = [" " * 21 + "".join(f"{name:>{width}}" for name in columns)]
    for row in dict.fromkeys(row for found in table.values() for row in found):
        values = [f"{t[row][0]:.3g}" if row in t else "-" for t in table.values()]
        title = titles.get(row, row)
        lines.append(f"{title:<21}" + "".join(f"{value:>{width}}" for value in values))
    return "\n".join(lines)


def _lines(scores: Sequence[Mapping], keys: Sequence[str]) -> dict[str, list[float]]:
    """Name of a line to its values; what is measured at each resolution gives one line each."""
    found: dict[str, list[float]] = {}
    short = {"swd": "band ", "consistency": "scale "}
    for one in scores:
        for key in keys:
            value = one.get(key)
            if isinstance(value, Mapping):
                for size, part in value.items():
                    found.setdefault(f"{short[key]}{size}x{size}", []).append(part)
            elif value is not None:
                found.setdefault(key, []).append(value)
    return found
