"""The game in the plane as a subject: what a live panel plays in lesson 01_the_game."""

from collections.abc import Iterator, Mapping

import numpy as np

from msgan_lessons.base.pictures import Picture
from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.mixture import GaussianMixture
from msgan_lessons.lessons.l01_the_game.pace import Pace
from msgan_lessons.lessons.l01_the_game.plane_data import drawn_target, plane_batches, target
from msgan_lessons.lessons.l01_the_game.plane_frames import PlaneFrames
from msgan_lessons.lessons.l01_the_game.plane_metrics import (
    EXTENT,
    grid_divergences,
    mode_coverage,
)
from msgan_lessons.lessons.l01_the_game.plane_networks import (
    PlaneDiscriminator,
    PlaneGenerator,
)
from msgan_lessons.lessons.l01_the_game.plane_parts import (
    DRAWN,
    plane_controls,
    plane_status,
    plane_views,
)
from msgan_lessons.lessons.l01_the_game.plane_plots import game_picture
from msgan_lessons.runs.trace import traced
from msgan_lessons.training import Game, TrainConfig

__all__ = ["PLANE_CONFIG", "PlaneGame"]

PLANE_CONFIG = TrainConfig(
    batch_size=256, g_lr=1e-3, d_lr=4e-3, betas=(0.5, 0.99), reg_interval=1
)  # fmt: skip
HIDDEN = 64
MEASURE_EVERY = 5  # steps
HISTORY = 4000  # rows kept for the picture
PLAYERS = {"d_only": "D", "g_only": "G"}


class PlaneGame:
    """A subject: G and D play in the plane, and everything about them is measured.

    Parameters
    ----------
    target : str
        Key in `plane_data.TARGETS`.
    seed : int
        Of weights, data and latents.
    latent_dim : int
        Numbers in z, at least 1.
    **settings
        Fields of `TrainConfig`; what is not given is as in `PLANE_CONFIG`.

    Raises
    ------
    ValueError
        If the target or the loss is unknown, or a setting is out of its range.
    """

    name = "the_game"
    moves = frozenset(PLAYERS)

    def __init__(
        self, target: str = "ring of 8", *, seed: int = 0, latent_dim: int = 2, **settings: object
    ) -> None:
        self.target, self.seed, self.latent_dim = target, seed, latent_dim
        self.config = PLANE_CONFIG.with_(**settings)
        self.drawn: GaussianMixture | None = None
        self.slow, self.players = False, "both"
        self.moved: dict[str, object] = {}  # controls that have moved by themselves
        self.views = plane_views()
        self.controls = plane_controls(self.config, target, latent_dim)
        self._start()

    def rows(self) -> Iterator[dict]:
        """Play from the seed, without end.

        Yields
        ------
        dict
            As `Game.step`, with 'sub_step' (from 1, in slow motion), 'kl' and 'js' (nats), 'modes'
            of 'n_modes' and 'high_quality'. The last four are measured every five steps; the
            modes are those of the last count, kl and js None between.
        """
        rows = self.train()
        about = {"subject": self.name, "target": self.target, "seed": self.seed}
        about |= {"latent_dim": self.latent_dim, "hidden": HIDDEN, "config": self.config.as_dict()}
        return traced(rows, self.frame, about)

    def train(self) -> Iterator[dict]:
        """Play from the seed, without end; like `rows`, but never recorded.

        Yields
        ------
        dict
            As `rows`.
        """
        self._start()
        return self._play()

    def set(self, name: str, value: object) -> bool:
        """Take a control between two moves.

        Parameters
        ----------
        name : str
            'target', 'plane' (a stroke: points (x, y)), 'd_only' and 'g_only' (who plays the next
            move), 'slow', 'latent_dim', or a field of `TrainConfig`.
        value : object
            Its value.

        Returns
        -------
        bool
            Whether the game starts again.

        Raises
        ------
        ValueError
            If the value is refused.
        """
        self.moved = {}
        if name in PLAYERS:
            self.players = PLAYERS[name]
        elif name == "slow":
            self.slow = bool(value)
        elif name == "plane":
            self.drawn = drawn_target(_inside(value))
            self.target, self.moved = DRAWN, {"target": DRAWN}
        elif name == "target":
            self._choose(str(value))
        elif name == "latent_dim":
            self.latent_dim = int(value)
        else:
            self.game.change(**{name: value})
            self.config = self.game.config
        return name in ("plane", "target", "latent_dim")

    def frame(self) -> dict[str, np.ndarray]:
        """Return what is seen now; takes nothing from the training's random streams.

        Returns
        -------
        dict
            As `classroom.panel_views.Plane` and `Steps` say.
        """
        return {**self.frames.now(self.game), "code": np.array([self.pace.line], np.int32)}

    def status(self, row: Mapping) -> str:
        """Say where the game stands; see `plane_parts.plane_status`.

        Parameters
        ----------
        row : mapping
            The last row.

        Returns
        -------
        str
        """
        return plane_status(row)

    def picture(self) -> Picture:
        """Show the same without a panel.

        Returns
        -------
        Picture
        """
        return game_picture(self.frame(), self.history, self.target)

    def _choose(self, name: str) -> None:
        if name == DRAWN and self.drawn is None:
            raise ValueError("draw a distribution on the plane first, with the mouse.")
        if name != DRAWN:
            target(name)
        self.target = name

    def _start(self) -> None:
        """Build the networks and their game anew."""
        self.streams = streams = Streams(self.seed)
        streams.seed_weights()
        self.mixture = self.drawn if self.target == DRAWN else target(self.target)
        self.generator = PlaneGenerator(self.latent_dim, HIDDEN)
        self.discriminator = PlaneDiscriminator(HIDDEN)
        batches = plane_batches(self.mixture, self.config.batch_size, streams["data"])
        self.game = Game(
            self.generator, self.discriminator, batches, self.config,
            streams=streams, device="cpu",
        )  # fmt: skip
        self.frames = PlaneFrames(self.mixture, self.latent_dim, streams)
        self.pace, self.history = Pace(self.game), []
        self.counts = dict.fromkeys(("modes", "high_quality"))

    def _play(self) -> Iterator[dict]:
        while True:
            players, self.players = self.players, "both"
            row = self._measured(self.pace.move(players, slow=self.slow))
            if row["sub_step"] is None:
                self.history.append(row)
                if len(self.history) > HISTORY:
                    self.history = self.history[::2]
            yield row

    def _measured(self, row: dict) -> dict:
        """Add the distance between data and model, every few steps."""
        kl = js = None
        whole = row["g_loss"] is not None or row["d_loss"] is not None
        if whole and (row["step"] == 1 or row["step"] % MEASURE_EVERY == 0):
            points = self.frames.points(self.game)
            kl, js = grid_divergences(self.mixture, points)
            if self.mixture.modes is not None:
                captured, share = mode_coverage(self.mixture, points)
                self.counts = {"modes": captured, "high_quality": share}
        n_modes = None if self.mixture.modes is None else len(self.mixture.modes)
        return {**row, "kl": kl, "js": js, **self.counts, "n_modes": n_modes}


def _inside(stroke: object) -> list:
    """Pull a stroke that leaves [-1, 1], but not the picture, back to its edge."""
    if not isinstance(stroke, list | tuple):
        raise ValueError(f"a stroke must be a list of points, got {stroke!r}.")
    try:
        return [[max(-1, min(1, v)) if abs(v) <= EXTENT else v for v in p] for p in stroke]
    except TypeError as error:
        raise ValueError("each point of a stroke must be two numbers.") from error
