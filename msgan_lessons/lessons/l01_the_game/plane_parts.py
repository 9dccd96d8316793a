"""What the panel of the game in the plane shows, and what it lets a student set (lesson 01)."""

from collections.abc import Mapping

from msgan_lessons.classroom.panel import (
    Action,
    Control,
    Curves,
    Layer,
    Menu,
    Plane,
    Series,
    Slider,
    Steps,
    Tick,
    View,
)
from msgan_lessons.lessons.l01_the_game.plane_data import TARGETS
from msgan_lessons.lessons.l01_the_game.plane_metrics import EXTENT
from msgan_lessons.lessons.l01_the_game.slow_motion import LINES
from msgan_lessons.losses import LOSSES
from msgan_lessons.training import TrainConfig

__all__ = ["DRAWN", "plane_controls", "plane_status", "plane_views"]

DRAWN = "drawn"  # the distribution that was drawn with the mouse
PACE, TRAINING = "Steps and speed", "Training"


def plane_views(*, live: bool = True) -> list[View]:
    """What is shown of the game, live or replayed.

    Parameters
    ----------
    live : bool
        Whether data can be drawn, and the lines of slow motion are there.

    Returns
    -------
    list of View
    """
    layers = [
        Layer("heat", "D(x): blue real, orange fake"),
        Layer("manifold", "G's manifold"),
        Layer("arrows", "where G is pushed"),
        Layer("real", "real"),
        Layer("fake", "fake"),
    ]
    theory = [Layer("heat", "D*(x)"), Layer("real", "real")]
    losses = [Series("d_loss", "loss of D", "third"), Series("g_loss", "loss of G", "optimum")]
    shares = [Series("d_real_before", "D(x)", "real"), Series("d_fake_before", "D(G(z))", "fake")]
    distances = [Series("kl", "KL(data, model)", "fifth"), Series("js", "JS", "fourth")]
    label = "The game: draw here to make your own data" if live else "The game"
    views = [
        Plane(
            "plane", label, layers=layers, extent=EXTENT, size=420,
            pointer="draw" if live else "",
        ),
        Plane("best", "The best D of the theory", layers=theory, extent=EXTENT, size=260),
        Curves("shares", "Mean probability of 'real'", series=shares, low=0.0, high=1.0,
               width=260, height=112, below=True),
        Curves("losses", "Losses", series=losses, width=300, height=174),
        Curves("distances", "Distance of G from the data (nats)", series=distances, low=0.0,
               width=300, height=174),
    ]  # fmt: skip
    lines = Steps("code", "The step in its lines (slow motion lights them)", lines=LINES)
    return [*views, lines] if live else views


def plane_controls(config: TrainConfig, target: str, latent_dim: int) -> list[Control]:
    """What can be set while the game goes on.

    Parameters
    ----------
    config : TrainConfig
        The values at the start.
    target : str
        The distribution at the start.
    latent_dim : int
        Numbers in z at the start.

    Returns
    -------
    list of Control
        One in sight, beside Play and Step.
    """
    return [
        Menu("target", "distribution", "", [*TARGETS, DRAWN], target),
        Action("d_only", "Step D only", PACE),
        Action("g_only", "Step G only", PACE),
        Tick("slow", "slow motion: a step line by line", PACE),
        Slider("g_lr", "learning rate of G", TRAINING, -4, -1.5, 0.1, config.g_lr, log=True),
        Slider("d_lr", "learning rate of D", TRAINING, -4, -1.5, 0.1, config.d_lr, log=True),
        Slider("d_steps", "updates of D a step", TRAINING, 1, 10, 1, config.d_steps),
        Slider("g_steps", "updates of G a step", TRAINING, 1, 10, 1, config.g_steps),
        Menu("loss", "loss", TRAINING, list(LOSSES), config.loss),
        Slider("latent_dim", "latent dimension (starts again)", TRAINING, 1, 16, 1, latent_dim),
        Slider("r1_gamma", "R1 penalty, gamma", TRAINING, 0.0, 2.0, 0.05, config.r1_gamma),
    ]


def plane_status(row: Mapping) -> str:
    """Say in one line where a game stands.

    Parameters
    ----------
    row : mapping
        As `plane_game.PlaneGame.rows` yields it.

    Returns
    -------
    str

    Examples
    --------
    >>> plane_status({"step": 20, "d_real_before": 0.6, "d_fake_before": 0.4, "modes": 3,
    ...               "n_modes": 8, "high_quality": 0.5})
    'step 20 · D(x) 0.60 · D(G(z)) 0.40 · 3 of 8 modes · 50 % of high quality'
    """
    parts = [f"step {row['step']:.0f}"]
    if row.get("sub_step") is not None:
        parts.append(f"line {row['sub_step']:.0f} of {len(LINES)}")
    for key, label in (("d_real_before", "D(x)"), ("d_fake_before", "D(G(z))")):
        if row.get(key) is not None:
            parts.append(f"{label} {row[key]:.2f}")
    if row.get("modes") is not None:
        parts.append(f"{row['modes']:.0f} of {row['n_modes']:.0f} modes")
        parts.append(f"{100 * row['high_quality']:.0f} % of high quality")
    return " · ".join(parts)
