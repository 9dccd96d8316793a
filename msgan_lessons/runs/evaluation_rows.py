"""The main figures of an evaluation as rows of text, for terminal, picture and gallery."""

from collections.abc import Mapping
from statistics import fmean

__all__ = ["HEADINGS", "main_figures", "remarks"]

HEADINGS = ("", "G", "real", "better")
PLAIN = {  # key in the scores: name, which way is better
    "frechet": ("Fréchet distance, classifier", "lower"),
    "precision": ("precision", "higher"),
    "recall": ("recall", "higher"),
    "coverage": ("coverage", "higher"),
    "ms_ssim": ("MS-SSIM between pairs", "like real"),
}


def main_figures(evaluation: Mapping) -> list[tuple[str, str, str, str]]:
    """Return what to show of an evaluation.

    Parameters
    ----------
    evaluation : mapping
        The entry 'evaluation' of a run's metrics.json, or the same before it was written.

    Returns
    -------
    list of tuple of str
        Name, figure of G, figure of real against real, which way is better.

    Raises
    ------
    KeyError, TypeError, AttributeError
        If it is not an evaluation.

    Examples
    --------
    >>> mean = {"frechet": 0.5, "precision": 0.8, "recall": 0.81, "coverage": 0.97}
    >>> mean |= {"ms_ssim": 0.1, "swd": {"4": 0.01, "8": 0.03}}
    >>> main_figures({"scores": mean, "noise_floor": {"mean": mean}})[0]
    ('Fréchet distance, classifier', '0.5', '0.5', 'lower')
    """
    fake, real = evaluation["scores"], evaluation["noise_floor"]["mean"]
    rows = [
        (name, _short(fake[key]), _short(real[key]), better)
        for key, (name, better) in PLAIN.items()
    ]
    bands = [_short(fmean(scores["swd"].values())) for scores in (fake, real)]
    rows.insert(1, ("sliced Wasserstein, mean of bands", *bands, "lower"))
    if "modes" in fake:
        n_classes = len(fake["class_counts"])
        modes = f"{fake['modes']} of {n_classes}"
        rows.append(("classes drawn", modes, f"{real['modes']:.0f} of {n_classes}", "higher"))
        rows.append(("KL of classes, nats", _short(fake["mode_kl"]), _short(real["mode_kl"]),
                     "lower"))  # fmt: skip
    if "nearest" in fake:
        distances = fake["nearest"]
        rows.append(("to nearest training image", _short(distances["fake"]),
                     _short(distances["real"]), "like real"))  # fmt: skip
    if "consistency" in fake:
        worst = max(fake["consistency"].values())
        rows.append(("scales disagree by, RMS", _short(worst), "0", "lower"))
    return rows


def remarks(evaluation: Mapping) -> list[str]:
    """Say what was compared with what, one sentence each.

    Parameters
    ----------
    evaluation : mapping
        As for `main_figures`.

    Returns
    -------
    list of str
    """
    count, floor = evaluation["scores"]["count"], evaluation["noise_floor"]["count"]
    part = "test images" if evaluation["split"] == "test" else "images"
    size = "x".join([str(evaluation["resolution"])] * 2)
    lines = [
        f"G: {count['fake']:,} images against {count['real']:,} {part} of {evaluation['data']} "
        f"at {size}; real: {floor:,} of these against {floor:,} others."
    ]
    if floor != count["fake"]:
        lines.append("Figures at different counts differ by that alone: compare with care.")
    if not evaluation["features_fit"]:
        lines.append(
            "The features are those of a classifier of Fashion-MNIST, which never saw such "
            "images: compare runs on the same data alone."
        )
    if evaluation["skipped"]:
        lines.append(f"Left out, because they cannot be read: {len(evaluation['skipped'])} files.")
    return lines


def _short(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return "-"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
