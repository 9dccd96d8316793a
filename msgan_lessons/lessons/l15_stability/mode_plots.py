"""Tables and pictures of modes: captured in the plane, cure by cure, and stacked (lesson 15)."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from torch import Tensor

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.lessons.l01_the_game.plane import GaussianMixture

__all__ = ["cure_samples", "modes_figure", "modes_table", "stacked_table"]

Row = Mapping[str, object]
GOAL = 0.9  # share of high quality that is aimed at
PANELS = (("modes", "modes captured"), ("high_quality", "share of high-quality points"))


def modes_table(runs: Mapping[str, Mapping[str, Sequence[Row]]], papers: Sequence[Row] = ()) -> str:
    """Write modes and quality as plain text, a line a cure; the mean and the range of the seeds.

    Parameters
    ----------
    runs : mapping
        Target to `Study.runs`: cure to one row a seed, with 'modes' and 'high_quality'.
    papers : sequence of mapping
        Figures of papers with 'target', 'name', 'modes', 'high_quality' and 'source'.

    Returns
    -------
    str

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
            modes = _range([row["modes"] for row in rows], 0)
            good = _range([100 * row["high_quality"] for row in rows], 1)
            lines.append(f"{cure:<32}{len(rows):>5}{modes:>21}{good:>23}".rstrip())
        for row in papers:
            if row["target"] == target:
                good = f"{100 * row['high_quality']:.1f}"
                lines.append(f"{row['name']:<37}{row['modes']:>10}{good:>20}  {row['source']}")
    return "\n".join(lines[1:])


def modes_figure(runs: Mapping[str, Mapping[str, Sequence[Row]]], caption: str) -> Picture:
    """Show modes captured and the share of high quality, a dot a seed.

    Parameters
    ----------
    runs : mapping
        As for `modes_table`.
    caption : str
        What to look for.

    Returns
    -------
    Picture

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


def cure_samples(
    mixture: GaussianMixture, samples: Mapping[str, Tensor], caption: str, target: str
) -> Picture:
    """Show generated points over the modes, a panel a cure.

    Parameters
    ----------
    mixture : GaussianMixture
        The data, with modes.
    samples : mapping
        Name of a cure to points (N, 2).
    caption : str
        What to look for.
    target : str
        Name of the data, for the text alternative.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there are no samples.
    """
    if not samples:
        raise ValueError("samples must hold at least one cure, got none.")
    columns = min(5, len(samples))
    rows = -(-len(samples) // columns)
    figure, axes = new_figure(1.9 * columns, 2.15 * rows, nrows=rows, ncols=columns, squeeze=False)
    centres = mixture.modes
    for axis in axes.flat:
        axis.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), aspect="equal", xticks=[], yticks=[])
        axis.set_visible(False)
    for axis, (name, points) in zip(axes.flat, samples.items(), strict=False):
        axis.set_visible(True)
        axis.plot(*centres.T, "o", ms=8, mfc="none", mec=COLOURS["real"], mew=0.8)
        axis.plot(*points.T, ".", ms=2.5, color=COLOURS["fake"])
        axis.set_title(name, fontsize=8)
    alt = (
        f"Points of G (orange) over the {len(centres)} modes of the {target} (blue circles), a "
        f"panel a cure: {', '.join(samples)}. Points further out are cut off."
    )
    return Picture(figure, alt, caption)


def stacked_table(rows: Mapping[str, Row], papers: Sequence[tuple] = ()) -> str:
    """Write modes of a thousand and the KL divergence as plain text.

    Parameters
    ----------
    rows : mapping
        Name to a row with 'modes' and 'kl', and 'step' where it is known.
    papers : sequence of tuple
        As `stacked_modes.LITERATURE`: name, modes, KL, source.

    Returns
    -------
    str

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


def _range(values: Sequence[float], digits: int) -> str:
    """The mean, and behind it the lowest and the highest."""
    mean = f"{fmean(values):.1f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _best(found: Mapping[str, Sequence[Row]]) -> str:
    """What each cure got in the mean, in words."""
    return ", ".join(
        f"{cure} {fmean(r['modes'] for r in rows):.1f} modes and "
        f"{100 * fmean(r['high_quality'] for r in rows):.0f} %"
        for cure, rows in found.items()
    )
