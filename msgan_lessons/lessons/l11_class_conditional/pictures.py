"""Sheets of images by class, and what class-conditional G are worth (lesson 11)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from torch import Tensor

from msgan_lessons.base.checks import check_some
from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    legend_above,
    mean_and_range_text,
    new_figure,
    sheet,
    sheet_figure,
)

Row = Mapping[str, object]
MARKS = ("o", "s", "^", "D", "v", "P")
CURVES = ("fake", "optimum", "third", "fourth", "fifth", "sixth")  # blue is for real images
LABELS = {
    "recall": "recall: variety",
    "precision": "precision: quality",
    "accuracy": "taken for the class asked for",
    "frechet": "Fréchet distance",
}
SCORES = {"accuracy": 3, "frechet": 2, "precision": 3, "recall": 3, "coverage": 3}  # and digits


def class_sheet(samples: Mapping[str, Tensor], classes: Sequence[str], caption: str) -> Picture:
    """Show images of every class: a column a class, some rows a source.

    Parameters
    ----------
    samples : mapping
        Name of a source to images (k * n, C, R, R) in [-1, 1], n the number of classes: the
        classes in turn, k times.
    classes : sequence of str
        Their n names.

    Raises
    ------
    ValueError
        If there is no source, or images do not come in rounds of n.
    """
    n, rows, names = len(classes), [], []
    for name, images in samples.items():
        if not len(images) or len(images) % n:
            raise ValueError(f"samples must come in rounds of {n} classes, got {len(images)}.")
        rounds = images.split(n)
        rows += [list(part) for part in rounds]
        names += [name] + [""] * (len(rounds) - 1)
    alt = (
        f"Images of {n} classes ({', '.join(classes)}), a column each; rows: {', '.join(samples)}."
    )
    short = [word.replace("/", "/\n").replace(" ", "\n") for word in classes]
    return image_table(rows, names, short, alt, caption)


def image_table(
    rows: Sequence[Sequence[Tensor]],
    names: Sequence[str],
    columns: Sequence[str],
    alt: str,
    caption: str,
) -> Picture:
    """Show rows of images (C, r, r) in [-1, 1] with names; `columns` has one each, or none."""
    canvas = sheet(rows, cell=48, gap=4)
    left, above = 0.085 * max(map(len, names)) + 0.25, 0.45 if columns else 0.1
    return Picture(sheet_figure(canvas, names, columns, left=left, above=above)[0], alt, caption)


def class_accuracy(
    scores: Mapping[str, Row], ceiling: Row, classes: Sequence[str], caption: str
) -> Picture:
    """Show for each class how often the classifier agrees, real images and several G.

    Parameters
    ----------
    scores : mapping
        Name of a G to its scores with 'by_class' and 'accuracy'; at most six.
    ceiling : mapping
        The same of real images.
    classes : sequence of str
        Names.

    Raises
    ------
    ValueError
        If there are more than six.
    """
    if len(scores) > len(MARKS):
        raise ValueError(f"scores must hold at most {len(MARKS)} G, got {len(scores)}.")
    figure, axis = new_figure(8.6, 3.2)
    places = range(len(classes))
    axis.bar(places, ceiling["by_class"], 0.85, color="0.88", label="real images")
    for (name, row), mark, colour in zip(scores.items(), MARKS, CURVES, strict=False):
        axis.plot(places, row["by_class"], mark, color=COLOURS[colour], label=name, markersize=6)
    axis.axhline(1 / len(classes), color="black", linewidth=0.8, linestyle=":")
    axis.set(ylim=(-0.03, 1.03), ylabel=LABELS["accuracy"])
    axis.set_xticks(places, [c.replace("/", "/\n").replace(" ", "\n") for c in classes], fontsize=8)
    axis.legend(fontsize=8, frameon=False, ncols=6, loc="lower center", bbox_to_anchor=(0.5, 1))
    told = ", ".join(f"{name} {row['accuracy']:.2f}" for name, row in scores.items())
    alt = (
        f"Share of images that the classifier takes for the class asked for, by class. Over all "
        f"classes: real images {ceiling['accuracy']:.2f}, {told}; dotted: chance."
    )
    return Picture(figure, alt, caption)


def truncation_curve(curves: Mapping[str, Sequence[Row]], ceiling: Row, caption: str) -> Picture:
    """Show quality against variety, a point a threshold, and what a classifier and a distance say.

    Parameters
    ----------
    curves : mapping
        Name to rows, each with 'threshold' and the scores at it, in order; the same thresholds in
        all. At most six.
    ceiling : mapping
        The scores of real images.

    Raises
    ------
    ValueError
        If there is no curve, or one has fewer than two thresholds.
    """
    if not curves or min(map(len, curves.values())) < 2:
        raise ValueError("curves must each hold at least two thresholds.")
    figure, axes = new_figure(9.6, 3.3, ncols=3)
    panels = (("recall", "precision"), (None, "accuracy"), (None, "frechet"))
    for axis, (across, up) in zip(axes, panels, strict=True):
        for (name, rows), mark, colour in zip(curves.items(), MARKS, CURVES, strict=False):
            x = [row[across] if across else f"{row['threshold']:g}" for row in rows]
            y = [row[up] for row in rows]
            axis.plot(x, y, f"{mark}-", color=COLOURS[colour], label=name, markersize=5)
        if across:
            axis.plot(ceiling[across], ceiling[up], "*", color=COLOURS["real"], markersize=11)
        else:
            axis.axhline(ceiling[up], color=COLOURS["real"], linestyle="--", label="real images")
        axis.set(xlabel=LABELS.get(across, "threshold"), ylabel=LABELS[up], ylim=(0, None))
    for rows in curves.values():
        apart = abs(rows[0]["recall"] - rows[-1]["recall"]) > 0.1
        for row in (rows[0], rows[-1]) if apart else ():
            axes[0].annotate(
                f"{row['threshold']:g}", (row["recall"], row["precision"]), fontsize=8,
                xytext=(5, -10), textcoords="offset points",
            )  # fmt: skip
    legend_above(figure, axes[1], 4, size=8)
    told = "; ".join(f"{name}: {_told(rows)}" for name, rows in curves.items())
    alt = f"Precision against recall, accuracy and Fréchet distance, by truncation. {told}."
    return Picture(figure, alt, caption)


def _told(rows: Sequence[Row]) -> str:
    return ", ".join(
        f"at {row['threshold']:g} precision {row['precision']:.2f}, recall {row['recall']:.2f}, "
        f"accuracy {row['accuracy']:.2f}, distance {row['frechet']:.1f}"
        for row in (rows[0], rows[-1])
    )


def ablation_dots(rows: Sequence[Row], ceiling: Row, caption: str) -> Picture:
    """Show accuracy and Fréchet distance of variants, a dot a seed.

    Parameters
    ----------
    rows : sequence of mapping
        'model', 'accuracy' and 'frechet'; at least one, variants in order, several seeds each.
    ceiling : mapping
        The scores of real images.
    """
    check_some("rows", rows, "variant")
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["model"], []).append(row)
    figure, axes = new_figure(8.6, 0.36 * len(found) + 0.9, ncols=2, sharey=True)
    for axis, key in zip(axes, ("accuracy", "frechet"), strict=True):
        for i, runs in enumerate(found.values()):
            dots = [row[key] for row in runs]
            axis.plot(dots, [i] * len(dots), "o", color=COLOURS["fake"], markersize=5, alpha=0.7)
            axis.plot([fmean(dots)] * 2, [i - 0.3, i + 0.3], color="black", linewidth=1.5)
        axis.axvline(ceiling[key], color=COLOURS["real"], linestyle="--", label="real images")
        axis.set(xlabel=LABELS[key], xlim=(0, None))
        axis.grid(axis="y", color="0.9")
    axes[1].legend(fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
    axes[0].set_yticks(range(len(found)), list(found))
    axes[0].invert_yaxis()
    told = "; ".join(
        f"{name} {mean_and_range_text([r['accuracy'] for r in runs])} "
        f"and {mean_and_range_text([r['frechet'] for r in runs])}"
        for name, runs in found.items()
    )
    alt = f"Accuracy and Fréchet distance of each variant, dashed: real images. {told}."
    return Picture(figure, alt, caption)


def score_table(scores: Mapping[str, Row | Sequence[Row]]) -> str:
    """Write scores as plain text, one line a G; of several seeds the mean and the range.

    Parameters
    ----------
    scores : mapping
        Name to its scores, or to a list of them, one a seed; 'step' is shown where it is known.

    Examples
    --------
    >>> row = {"accuracy": 0.9, "frechet": 1.0, "precision": 0.8, "recall": 0.7, "coverage": 0.6}
    >>> print(score_table({"real": row}))
                               steps   accuracy    frechet  precision     recall   coverage
    real                           -      0.900       1.00      0.800      0.700      0.600
    """
    lines = [f"{'':<24}{'steps':>8}" + "".join(f"{key:>11}" for key in SCORES)]
    for name, runs in scores.items():
        runs = [runs] if isinstance(runs, Mapping) else runs
        steps = f"{runs[0]['step']:,}" if "step" in runs[0] else "-"
        means = [f"{fmean(r[k] for r in runs):.{digits}f}" for k, digits in SCORES.items()]
        lines.append(f"{name:<24}{steps:>8}" + "".join(f"{mean:>11}" for mean in means))
    return "\n".join(lines)
