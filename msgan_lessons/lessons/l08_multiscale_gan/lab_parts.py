"""What the multi-scale lab shows and lets one change, live or replayed (lesson 08)."""

from collections.abc import Mapping, Sequence

from msgan_lessons import family
from msgan_lessons.classroom.panel import (
    Bars,
    Control,
    Curves,
    Heat,
    Menu,
    Pixels,
    Series,
    Slider,
    Tick,
    View,
)
from msgan_lessons.lessons.l08_multiscale_gan.family_plots import lab_film
from msgan_lessons.losses import LOSSES
from msgan_lessons.pyramid import scale_sizes
from msgan_lessons.runs.trace import Trace
from msgan_lessons.training import TrainConfig

__all__ = ["OWN", "lab_controls", "lab_replay", "lab_status", "lab_views"]

OWN = "the model's own"


def lab_views(resolution: int, *, judged: bool = False) -> list[View]:
    """What the lab shows, live or replayed.

    Parameters
    ----------
    resolution : int
        Of the finest scale.
    judged : bool
        Whether the rows have 'frechet'.

    Returns
    -------
    list of View
    """
    sizes = scale_sizes(resolution, 4)
    names = [f"{r}x{r}" for r in sizes]
    images = [
        Pixels(f"scale_{r}", f"{r}x{r}", width=290, rows=["real", "fake"], below=k > 0)
        for k, r in enumerate(sizes)
    ]
    shares = [Series("d_real_before", "D(x)", "real"), Series("d_fake_before", "D(G(z))", "fake")]
    losses = [Series("d_loss", "loss of D", "third"), Series("g_loss", "loss of G", "optimum")]
    graphs = {"width": 330, "height": 130, "below": True}
    right = [Curves("losses", "Losses", series=losses, **graphs)]
    if judged:
        score = [Series("frechet", "Fréchet distance, lower is better", "sixth")]
        right.append(Curves("score", "Quality of G", series=score, low=0.0, **graphs))
    return [
        *images,
        Curves("shares", "Mean probability of 'real'", series=shares, low=0.0, high=1.0, **graphs),
        Bars("response", "What D says about each scale (logit)", rows=names, low=-10.0, high=10.0),
        Heat(
            "gradients",
            "Length of the gradient",
            rows=names,
            columns=names,
            below=True,
            row_title="from the judged image",
            column_title="to the block of G",
            high=100.0,
        ),
        *right,
    ]


def lab_replay(trace: Trace, name: str = "long_training") -> dict[str, object]:
    """Return what `widgets.replay` needs to show a recorded lab.

    Parameters
    ----------
    trace : Trace
        As a run of lesson 08 with `--trace` leaves it.
    name : str
        Of the panel.

    Returns
    -------
    dict
        'trace', 'views', 'status', 'picture' and 'name'.
    """
    views = lab_views(trace.about["resolution"], judged="frechet" in trace.row(-1))
    parts = {"views": views, "status": lab_status, "picture": lab_film}
    return {"trace": trace, **parts, "name": name}


def lab_status(row: Mapping) -> str:
    """Say in one line where a training stands.

    Parameters
    ----------
    row : mapping
        As `ScaleLab.rows` yields it.

    Returns
    -------
    str

    Examples
    --------
    >>> lab_status({"step": 3, "n_images": 96, "d_real_before": 0.6, "d_fake_before": 0.4})
    'step 3 · 96 real images · D(x) 0.60 · D(G(z)) 0.40'
    """
    parts = [f"step {row['step']:.0f}", f"{row['n_images']:,.0f} real images"]
    for key, label in (("d_real_before", "D(x)"), ("d_fake_before", "D(G(z))")):
        if row.get(key) is not None:
            parts.append(f"{label} {row[key]:.2f}")
    if row.get("frechet") is not None:
        parts.append(f"Fréchet distance {row['frechet']:.1f}")
    return " · ".join(parts)


def lab_controls(sizes: Sequence[int], model: str, config: TrainConfig) -> list[Control]:
    """What the lab lets one change while it trains.

    Parameters
    ----------
    sizes : sequence of int
        Resolutions, coarse to fine; each has a switch.
    model : str
        Key in `presets.MODELS`, at the start.
    config : TrainConfig
        Its settings; the learning rates stand in the sliders.

    Returns
    -------
    list of Control
    """
    connections = [Tick(f"connect_{r}", f"{r}x{r}", "Connections", True) for r in sizes]
    return [
        Menu("model", "model", "", list(family.MODELS), model),
        *connections,
        Slider("g_lr", "learning rate of G", "Training", -4, -1.5, 0.1, config.g_lr, log=True),
        Slider("d_lr", "learning rate of D", "Training", -4, -1.5, 0.1, config.d_lr, log=True),
        Menu("loss", "loss", "Training", [OWN, *LOSSES], OWN),
        Slider("d_steps", "updates of D a step", "Training", 1, 5, 1, 1),
        Slider("g_steps", "updates of G a step", "Training", 1, 5, 1, 1),
        Slider("r1_gamma", "R1 penalty, gamma", "Training", 0.0, 2.0, 0.05, 0.0),
    ]
