"""MSG-GAN's ablation: which scales must be connected, ours beside the paper's (lesson 08)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, spread
from msgan_lessons.lessons.l08_multiscale_gan.duel_plots import last_rows, ranking

__all__ = ["connection_dots", "connection_table"]

Row = Mapping[str, object]


def connection_dots(rows: Sequence[Row], paper: Mapping[str, float]) -> Picture:
    """Show MSG-GAN's ablation of connections: ours, each seed a dot, beside the paper's figures.

    Parameters
    ----------
    rows : sequence of mapping
        As for `duel_plots.last_rows`; 'model' is the word for the connections.
    paper : mapping
        The same words to the paper's FID.

    Returns
    -------
    Picture

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
    told = "; ".join(f"{w} {spread(v)}, paper {paper[w]:.2f}" for w, v in values.items())
    alt = f"Distances by the connections between G and D, ours and the paper's: {told}."
    caption = "A dot is a seed, the line their mean. Is the order of the paper also ours?"
    return Picture(figure, alt, caption)


def connection_table(rows: Sequence[Row], paper: Mapping[str, float]) -> str:
    """Write the ablation as plain text, in the paper's order.

    Parameters
    ----------
    rows, paper
        As for `connection_dots`.

    Returns
    -------
    str
    """
    values, last = ranking(rows), last_rows(rows)
    lines = [f"{'connections':<13}{'Fréchet distance':>27}{'GFLOPs a step':>15}{'FID, paper':>12}"]
    for word, fid in paper.items():
        flops = fmean(row["flops"] / row["step"] for row in last[word]) / 1e9
        lines.append(f"{word:<13}{spread(values[word]):>27}{flops:>15.2f}{fid:>12.2f}")
    return "\n".join(lines)
