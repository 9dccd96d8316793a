"""The multi-scale lab: a member of the family, its scales and their signals while it trains."""

import copy
from collections.abc import Iterator, Mapping

import numpy as np

from msgan_lessons import family
from msgan_lessons.base.pictures import Picture
from msgan_lessons.base.record import Run
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l08_multiscale_gan.family_plots import lab_picture
from msgan_lessons.lessons.l08_multiscale_gan.lab_frames import PROBED, LabFrames
from msgan_lessons.lessons.l08_multiscale_gan.lab_parts import (
    OWN,
    lab_controls,
    lab_replay,
    lab_status,
    lab_views,
)
from msgan_lessons.metrics.duel import Judge
from msgan_lessons.metrics.signals import SwitchedDiscriminator, judged_sizes
from msgan_lessons.pyramid import scale_sizes
from msgan_lessons.runs.checkpoints import save_model
from msgan_lessons.runs.trace import traced
from msgan_lessons.training import Game

__all__ = ["ScaleLab", "lab_replay", "lab_status", "lab_views"]


class ScaleLab:
    """A subject: trains a model, shows each scale's images, logits and gradients, cuts scales off.

    Parameters
    ----------
    data : ImageData
        Real images; their resolution is that of the networks.
    model : str
        Key in `presets.MODELS`, at the start.
    width : int
        Feature channels at the finest scale, at least 1.
    batch_size : int
        Real images in one update of D, at least 2.
    seed : int
        Of weights, data and latents.
    judge : duel.Judge, optional
        Scores G every `judge_every` steps, as 'frechet' in the rows.
    judge_every : int
        Steps, at least 0; 0: never.

    Raises
    ------
    ValueError
        If the model is unknown, or `judge_every` is negative or given without a judge.
    """

    name = "scale_lab"

    def __init__(
        self,
        data: ImageData,
        *,
        model: str = "msggan",
        width: int = 16,
        batch_size: int = 32,
        seed: int = 0,
        judge: Judge | None = None,
        judge_every: int = 0,
    ) -> None:
        if judge_every < 0 or (judge_every and judge is None):
            raise ValueError(f"judge_every must be 0, or > 0 with a judge, got {judge_every}.")
        self.data, self.width, self.seed = data, width, seed
        self.judge, self.judge_every = judge, judge_every
        self.sizes = scale_sizes(data.resolution, 4)
        self.model, self.settings = model, {"batch_size": batch_size}
        self.closed: set[int] = set()
        self.views = lab_views(data.resolution, judged=bool(judge_every))
        self._start()
        self.controls = lab_controls(self.sizes, model, self.pair.config)

    def rows(self) -> Iterator[dict]:
        """Train from the seed, without end.

        Yields
        ------
        dict or None
            As `training.train` without 'seconds', with 'frechet' where a judge was given; None at
            each rest within a step.
        """
        self._start()
        about = {"subject": self.name, "model": self.model, "seed": self.seed}
        about |= {"resolution": self.data.resolution, "width": self.width, "data": self.data.name}
        return traced(self._train(), self.frame, {**about, "config": self.pair.config.as_dict()})

    def set(self, name: str, value: object) -> bool:
        """Take a control between two steps.

        Parameters
        ----------
        name : str
            'model', 'connect_R' for a resolution R, or a field of `TrainConfig`.
        value : object
            Its value.

        Returns
        -------
        bool
            Whether the training starts again: for another model.

        Raises
        ------
        ValueError
            If the model cannot do what is asked for.
        """
        if name == "model":
            self.model, self.closed = value, set()
            return True
        if name.startswith("connect_"):
            size = int(name.removeprefix("connect_"))
            closed = self.closed - {size} if value else self.closed | {size}
            self.game.discriminator.close(closed)
            self.closed = closed
            self.frames.measure_next()
            return False
        if name == "loss" and value == OWN:
            self.settings.pop("loss", None)
            value = family.build(self.model, **self._arguments()).config.loss
        else:
            self.settings[name] = value
        self.game.change(**{name: value})
        return False

    def frame(self) -> dict[str, np.ndarray]:
        """Return what is seen now; takes nothing from the training's random streams.

        Returns
        -------
        dict
            As `LabFrames.now`.
        """
        return self.frames.now(self.game)

    def status(self, row: Mapping) -> str:
        """Say where the training stands; see `lab_status`.

        Parameters
        ----------
        row : mapping
            The last row.

        Returns
        -------
        str
        """
        return lab_status(row)

    def picture(self) -> Picture:
        """Show the same without a panel.

        Returns
        -------
        Picture
        """
        self.frames.measure_next()
        return lab_picture(self.frame(), self.sizes, f"{self.model}, step {self.game.steps}")

    def save(self, run: Run) -> None:
        """Keep the averaged G in a run's folder, for `msgan sample` and `msgan evaluate`.

        Parameters
        ----------
        run : Run
            Without a folder nothing is written.
        """
        facts = {"step": self.game.steps, "n_images": self.game.n_images, "seed": self.seed}
        save_model(run, self.pair, {"generator_ema": self.average}, data=self.data.name, **facts)

    def _arguments(self) -> dict[str, int]:
        sizes = {"resolution": self.data.resolution, "img_channels": self.data.img_channels}
        return {**sizes, "width": self.width}

    def _start(self) -> None:
        """Build the networks and their game anew."""
        streams = Streams(self.seed)
        streams.seed_weights()
        self.pair = family.build(self.model, **self._arguments()).with_(**self.settings)
        self.average = copy.deepcopy(self.pair.generator)
        judged = judged_sizes(self.pair.discriminator, self.sizes)
        switched = SwitchedDiscriminator(self.pair.discriminator, judged)
        batches = self.data.batches(self.settings["batch_size"], streams["data"])
        self.game = Game(
            self.pair.generator, switched, batches, self.pair.config,
            generator_ema=self.average, streams=streams,
        )  # fmt: skip
        switched.close(self.closed & set(judged))
        z = streams.fixed_latents(PROBED, self.average.latent_dim)
        self.frames = LabFrames(self.data.images(slice(PROBED)), self.sizes, z)

    def _train(self) -> Iterator[dict]:
        while True:
            for row in self.game.turns():
                if row and self.judge_every:
                    due = row["step"] % self.judge_every == 0
                    row["frechet"] = self.judge.score(self.average)["frechet"] if due else None
                yield row
