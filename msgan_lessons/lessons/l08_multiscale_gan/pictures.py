"""Pictures of the lab, the family, a duel and MSG-GAN's ablation (lesson 08)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np
from matplotlib.colors import LogNorm
from torch import Tensor

from msgan_lessons.base.checks import check_choice, check_some
from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    few_ticks,
    legend_above,
    mean_and_range_text,
    new_figure,
    sheet,
    sheet_figure,
    show_sheet,
)
from msgan_lessons.lessons.l08_multiscale_gan.duel import Row, last_rows, ranking, runs_by_model
from msgan_lessons.pyramid import image_pyramid

STYLES = (  # of the models in their order; blue is kept for real images, orange-red for fakes
    ("sixth", "o"), ("third", "s"), ("fourth", "^"), ("optimum", "D"), ("fifth", "v"),
)  # fmt: skip
MOMENTS = 6  # of a recorded lab
AXES = {"seconds": "seconds of training", "images": "real images shown to D", "flops": "FLOPs"}


def lab_picture(frame: Mapping[str, np.ndarray], sizes: Sequence[int], name: str) -> Picture:
    """Show a frame of the multi-scale lab: images, logits and gradients by scale."""
    names = [f"{r}x{r}" for r in sizes]
    figure, grid = new_figure(11.5, 4.2, ncols=3, width_ratios=[1.25, 0.8, 1.1])
    left, middle, right = grid
    rows = [_enlarged(frame[f"scale_{r}"], 2 * 40 + 4) for r in sizes]
    show_sheet(left, np.concatenate(rows), [f"{n}\nreal\nfake" for n in names], [])
    left.set_title(name, fontsize=10)
    logits = np.asarray(frame["response"], float)
    places = np.arange(len(names))
    for k, kind in enumerate(("real", "fake")):
        middle.barh(places + 0.36 * (k - 0.5), logits[:, k], 0.34, color=COLOURS[kind], label=kind)
    middle.axvline(0, color="black", linewidth=0.8)
    middle.set_yticks(places, names)
    middle.invert_yaxis()
    middle.set_title("what D says (logit)", fontsize=10)
    middle.legend(fontsize=8, frameon=False)
    gradients = np.nan_to_num(np.asarray(frame["gradients"], float))
    _heat(right, names, gradients)
    paths = [f"{n} reaches {_listed(names, row)}" for n, row in zip(names, gradients, strict=True)]
    said = [f"{n} {a:.1f} and {b:.1f}" for n, (a, b) in zip(names, logits, strict=True) if a == a]
    alt = (
        f"{name}. Left: real and generated images at {', '.join(names)}. Middle: D's logits for "
        f"real and fake images by scale: {'; '.join(said)}. Right: which judged image sends a "
        f"gradient to which block of G: {'; '.join(paths)}."
    )
    caption = "At which scale does D tell real from fake best, and which blocks learn from it?"
    return Picture(figure, alt, caption)


def lab_film(trace) -> Picture:
    """Show moments of a lab's `runs.trace.Trace`, from the first to the last, and its score."""
    last = len(trace) - 1  # each about three times as far as the one before
    chosen = sorted({0, *(round(last * 3.0**-k) for k in range(MOMENTS - 1))})
    finest = max(trace.frame(0), key=lambda n: trace.frame(0)[n].size)
    half = len(trace.frame(0)[finest]) // 2 + 1  # the row of fakes
    rows = [_enlarged(trace.frame(i)[finest][half:], 48) for i in chosen]
    figure, (left, right) = new_figure(10.0, 0.62 * len(chosen) + 0.6, ncols=2)
    steps = [f"{trace.row(i)['step']:,}" for i in chosen]
    show_sheet(left, np.concatenate(rows), [f"step {step}" for step in steps], [])
    left.set_title("the same latents, drawn by the averaged G", fontsize=10)
    scored = [(r["step"], r["frechet"]) for r in trace.rows if r.get("frechet") is not None]
    if scored:
        right.plot(*zip(*scored, strict=True), color=COLOURS["fake"])
        right.set_yscale("log")
    right.set(xlabel="step", title="Fréchet distance to test images, lower is better")
    ends = f" from {scored[0][1]:.1f} to {scored[-1][1]:.1f}" if scored else ""
    alt = (
        f"Left: eight generated images at the steps {', '.join(steps)}. Right: "
        f"Fréchet distance on the course's classifier against the step{ends}."
    )
    return Picture(figure, alt, "When does a garment stop changing its kind? When do details come?")


def _enlarged(pixels: np.ndarray, height: int) -> np.ndarray:
    """A sheet of the lab at the size of the others, in colour, with a white edge below."""
    pixels = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, 2)
    width = 8 * 40 + 7 * 2
    rows = np.arange(height - 4) * len(pixels) // (height - 4)
    columns = np.arange(width) * pixels.shape[1] // width
    sheet = np.full((height, width, 3), 255, np.uint8)
    sheet[: height - 4] = pixels[rows][:, columns]
    return sheet


def _heat(axis, names: Sequence[str], norms: np.ndarray) -> None:
    """Norms (judged images, blocks) as coloured fields, with a number in each that is not 0."""
    low, high = 0.01, 1.0  # of the colours; the same for all models
    axis.imshow(np.ma.masked_equal(norms, 0), cmap="cividis", norm=LogNorm(low, high), aspect=0.7)
    for (j, k), value in np.ndenumerate(norms):
        if value > 0:
            colour = "black" if value > (low * high) ** 0.5 else "white"
            axis.text(k, j, f"{value:.2g}", ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(length=0, labelsize=9)
    axis.set(xlabel="to the block of G", ylabel="from the judged image")
    axis.set_title("length of the gradient", fontsize=10)


def _listed(blocks: Sequence[str], norms: Sequence[float]) -> str:
    reached = [name for name, norm in zip(blocks, norms, strict=True) if norm > 0]
    return "the blocks " + ", ".join(reached) if reached else "no block"


def family_samples(
    samples: Mapping[str, Sequence[Tensor]], real: Tensor, caption: str, count: int = 4
) -> Picture:
    """Show what each model draws at every scale that it has, above the real images.

    Parameters
    ----------
    samples : mapping
        Model, at least one, to its images: (N, C, r, r) a scale, coarse to fine, in [-1, 1].
    real : Tensor
        Shape (N, C, R, R); halved for the other scales.
    count : int
        Images shown of each scale.
    """
    check_some("samples", samples, "model")
    sizes = sorted({x.shape[-1] for scales in samples.values() for x in scales})
    n_scales = int(np.log2(real.shape[-1] / sizes[0])) + 1
    rows = {**samples, "real": image_pyramid(real, n_scales)}
    grid, told = [], []
    for name, scales in rows.items():
        drawn = {x.shape[-1]: x[:count] for x in scales}
        told.append(f"{name} at {', '.join(str(size) for size in sizes if size in drawn)}")
        grid.append([drawn.get(size) for size in sizes])
    canvas = np.concatenate([_line(line, count) for line in grid])
    columns = [f"{size}x{size}" for size in sizes]
    figure, _ = sheet_figure(canvas, rows, columns, left=1.1, above=0.3)
    alt = f"{count} images of each model at each scale that it shows: {'; '.join(told)}."
    return Picture(figure, alt, caption)


def _line(cells: Sequence[Tensor | None], count: int, cell: int = 36) -> np.ndarray:
    """One row of a sheet: for each scale `count` images, or white; a wide gap between scales."""
    height, wide = cell + 4, count * (cell + 2) + 10
    canvas = np.full((height, wide * len(cells), 3), 255, np.uint8)
    for i, images in enumerate(cells):
        if images is not None:
            part = sheet([images], cell=cell, gap=2)
            canvas[2 : 2 + cell, i * wide + 5 : i * wide + 5 + part.shape[1]] = part
    return canvas


def duel_curves(rows: Sequence[Row], floor: Row, caption: str, unit: str = "seconds") -> Picture:
    """Show Fréchet distance and SWD by band against what was spent; several seeds with their range.

    Parameters
    ----------
    rows : sequence of mapping
        As for `ranking`, at least one.
    floor : mapping
        The judge's scores of real images: 'frechet' and 'swd', drawn as dashed lines.
    unit : str
        What lies on the horizontal axis: 'seconds', 'images' or 'flops'.
    """
    check_some("rows", rows, "moment")
    check_choice("unit", unit, AXES)
    panels = {"Fréchet distance": lambda row: row["frechet"]}
    for size in floor["swd"]:
        panels[f"SWD, {size}x{size} band"] = lambda row, size=size: row["swd"][size]
    columns = 3 if len(panels) <= 6 else 4
    lines = -(-len(panels) // columns)
    figure, axes = new_figure(9.6, 2.4 * lines + 0.3, nrows=lines, ncols=columns, squeeze=False)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (title, score) in zip(axes.flat, panels.items(), strict=False):
        _curves(axis, rows, score, "n_images" if unit == "images" else unit)
        axis.axhline(score(floor), color=COLOURS["real"], linestyle="--", label="real images")
        axis.set(yscale="log", xlabel=AXES[unit])
        few_ticks(axis.yaxis)
        axis.set_title(title, fontsize=10)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    if len(panels) < axes.size:
        axes.flat[-1].legend(handles, labels, fontsize=9, frameon=False, loc="center")
    else:
        legend_above(figure, axes.flat[0], len(labels))
    return Picture(figure, _curves_alt(rows, floor, unit), caption)


def duel_table(rows: Sequence[Row], floor: Row) -> str:
    """Write the end of a duel as plain text: one line a model, the best first.

    Numbers are means over the seeds; behind the Fréchet distance stand its lowest and highest seed.

    `rows` and `floor` are as for `duel_curves`.
    """
    bands = list(floor["swd"])
    head = f"{'':<13}{'steps':>7}{'seconds':>9}{'GFLOPs':>8}{'Fréchet distance':>27}"
    lines = [head + "".join(f"{f'SWD {size}':>9}" for size in bands)]
    last = last_rows(rows)
    for model, values in ranking(rows).items():
        part = last[model]
        spent = [fmean(row[key] for row in part) for key in ("step", "seconds", "flops")]
        swd = [fmean(row["swd"][size] for row in part) for size in bands]
        line = f"{model:<13}{spent[0]:>7.0f}{spent[1]:>9.1f}{spent[2] / 1e9:>8.0f}"
        line += f"{mean_and_range_text(values):>27}" + "".join(f"{value:>9.4f}" for value in swd)
        lines.append(line)
    real = f"{'real images':<37}{floor['frechet']:>27.2f}"
    return "\n".join([*lines, real + "".join(f"{floor['swd'][s]:>9.4f}" for s in bands)])


def _curves(axis, rows: Sequence[Row], score, spent: str) -> None:
    """One line a model: the mean over seeds at each moment, and their range as a band."""
    for (model, runs), (colour, marker) in zip(runs_by_model(rows).items(), STYLES, strict=False):
        moments = list(zip(*(run[::-1] for run in runs), strict=False))[::-1]  # the ends meet
        x = [fmean(row[spent] for row in moment) for moment in moments]
        y = [[score(row) for row in moment] for moment in moments]
        look = {"color": COLOURS[colour], "marker": marker, "markersize": 4, "linewidth": 1.3}
        axis.plot(x, [fmean(values) for values in y], label=model, **look)
        if len(runs) > 1:
            low, high = [min(values) for values in y], [max(values) for values in y]
            axis.fill_between(x, low, high, color=COLOURS[colour], alpha=0.2, linewidth=0)


def _curves_alt(rows: Sequence[Row], floor: Row, unit: str) -> str:
    told = ", ".join(
        f"{model} {mean_and_range_text(values)}" for model, values in ranking(rows).items()
    )
    return (
        f"Fréchet distance and sliced Wasserstein distance of {len(floor['swd'])} bands against "
        f"{AXES[unit]}. Fréchet distances at the end: {told}; real images "
        f"{floor['frechet']:.2f}."
    )


def connection_dots(rows: Sequence[Row], paper: Mapping[str, float]) -> Picture:
    """Show MSG-GAN's ablation of connections: ours, each seed a dot, beside the paper's figures.

    Parameters
    ----------
    rows : sequence of mapping
        As for `ranking`; 'model' is the word for the connections.
    paper : mapping
        The same words to the paper's FID.

    Raises
    ------
    ValueError
        If a word is missing on one side.
    """
    last = last_rows(rows)
    if set(last) != set(paper):
        raise ValueError(f"rows must hold {', '.join(paper)}, got {', '.join(last)}.")
    values = {word: [row["frechet"] for row in last[word]] for word in paper}
    figure, (left, right) = new_figure(8.4, 2.8, ncols=2)
    for i, dots in enumerate(values.values()):
        left.plot([i] * len(dots), dots, "o", color=COLOURS["fake"], markersize=5, alpha=0.7)
        left.hlines(fmean(dots), i - 0.3, i + 0.3, color="black", linewidth=1.5)
    right.bar(range(len(paper)), list(paper.values()), 0.6, color=COLOURS["third"])
    right.bar_label(right.containers[0], fmt="%.2f", fontsize=8)
    left.set_title("ours: Fréchet distance, 32x32 garments", fontsize=10)
    right.set_title("the paper: FID, FFHQ", fontsize=10)
    for axis in (left, right):
        axis.set_xticks(range(len(paper)), list(paper))
        axis.set(ylim=(0, None), xlabel="images pass from G to D at these coarser scales")
    told = "; ".join(
        f"{w} {mean_and_range_text(v)}, paper {paper[w]:.2f}" for w, v in values.items()
    )
    alt = f"Distances by the connections between G and D, ours and the paper's: {told}."
    caption = "A dot is a seed, the line their mean. Is the order of the paper also ours?"
    return Picture(figure, alt, caption)


def connection_table(rows: Sequence[Row], paper: Mapping[str, float]) -> str:
    """Write the ablation as plain text, in the paper's order.

    `rows` and `paper` are as for `connection_dots`.
    """
    values, last = ranking(rows), last_rows(rows)
    lines = [f"{'connections':<13}{'Fréchet distance':>27}{'GFLOPs a step':>15}{'FID, paper':>12}"]
    for word, fid in paper.items():
        flops = fmean(row["flops"] / row["step"] for row in last[word]) / 1e9
        lines.append(f"{word:<13}{mean_and_range_text(values[word]):>27}{flops:>15.2f}{fid:>12.2f}")
    return "\n".join(lines)
