"""The multi-scale lab: a member of the family, its scales and their signals while it trains."""

import copy
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons import family
from msgan_lessons.base.pictures import Picture, tile
from msgan_lessons.base.record import Run
from msgan_lessons.base.streams import Streams
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
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l08_multiscale_gan.pictures import lab_film, lab_picture
from msgan_lessons.losses import LOSSES
from msgan_lessons.metrics.contest import Judge
from msgan_lessons.metrics.signals import (
    SwitchedDiscriminator,
    judged_sizes,
    scale_gradients,
    scale_responses,
)
from msgan_lessons.pyramid import pyramid_like, scale_sizes
from msgan_lessons.runs.checkpoints import save_model
from msgan_lessons.runs.trace import Trace, traced
from msgan_lessons.training import Game, TrainConfig, draw

SHOWN = 8  # images a scale
N_PROBED = 8  # images whose signals are measured
SIGNALS_EVERY = 4  # frames
DEFAULT_LOSS = "the model's own"  # of the losses to choose from


class LabFrames:
    """Looks at a training by the same real (B, C, R, R) and z (B, latent_dim) at every moment."""

    def __init__(self, real: Tensor, sizes: Sequence[int], z: Tensor) -> None:
        self.real, self.sizes, self.z = real, list(sizes), z
        self._age = 0  # frames since both signals were asked for
        self._signals: dict[str, np.ndarray] = {}

    def measure_next(self) -> None:
        """Measure both signals in the next frame, as after a change; else they come by turns."""
        self._age = 0

    def now(self, game: Game) -> dict[str, np.ndarray]:
        """Images of G's average at each of K scales, and both signals of G itself (NaN: none)."""
        # 'scale_r' uint8, real above fake; 'response' (K, 2) and 'gradients' (K, K), float32
        fake = draw(game.generator_ema, self.z)
        shown = _every_scale(fake, self.sizes)
        real = pyramid_like(self.real, shown)
        frame = {
            f"scale_{r}": _pixels(torch.cat([a[:SHOWN], b[:SHOWN]]))
            for r, a, b in zip(self.sizes, real, shown, strict=True)
        }
        turn = self._age % SIGNALS_EVERY  # the two signals by turns, so that no frame is slow
        if not self._age or turn == 0:
            self._signals["response"] = self._response(game)
        if not self._age or turn == SIGNALS_EVERY // 2:
            self._signals["gradients"] = self._gradients(game)
        self._age += 1
        return {**frame, **self._signals}

    def _probe(self, game: Game) -> tuple[nn.Module, nn.Module, Tensor]:
        """G as it learns (batch norm keeps count in a copy), D, and latents."""
        generator = copy.deepcopy(game.generator).train()
        return generator, game.discriminator, self.z.to(game.place)

    def _response(self, game: Game) -> np.ndarray:
        generator, discriminator, z = self._probe(game)
        with torch.no_grad():
            fake = generator(z)
        real = pyramid_like(self.real.to(game.place), fake)
        sizes, logits = scale_responses(discriminator, real, fake, generator.sizes)
        table = np.full((len(self.sizes), 2), np.nan, np.float32)
        for r, pair in zip(sizes, logits.tolist(), strict=True):
            table[self.sizes.index(r)] = pair
        return table

    def _gradients(self, game: Game) -> np.ndarray:
        sizes, norms = scale_gradients(*self._probe(game))
        table = np.full((len(self.sizes),) * 2, np.nan, np.float32)
        for r, line in zip(sizes, norms.tolist(), strict=True):
            table[self.sizes.index(r)] = [norm if norm > 0 else np.nan for norm in line]
        return table


def _every_scale(images: Sequence[Tensor], sizes: Sequence[int]) -> list[Tensor]:
    """An image at each scale: G's own, or its finest one averaged down (or, growing, enlarged)."""
    own = {x.shape[-1]: x for x in images}
    finest = images[-1]
    if finest.shape[-1] < sizes[-1]:  # a growing G
        finest = torch.nn.functional.interpolate(finest, sizes[-1], mode="nearest")
    wanted = [finest.new_empty(1, 1, r, r) for r in sizes]
    pooled = pyramid_like(finest, wanted)
    return [own.get(r, x) for r, x in zip(sizes, pooled, strict=True)]


def _pixels(images: Tensor) -> np.ndarray:
    """Images in rows of eight; grey ones as one channel, which is a third of the bytes."""
    sheet = tile(images, SHOWN)
    return sheet if images.shape[1] == 3 else sheet[..., 0]


def lab_views(resolution: int, *, judged: bool = False) -> list[View]:
    """What the lab shows, live or replayed; `judged`: its rows have 'frechet'."""
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


def lab_replay(trace: Trace) -> dict[str, object]:
    """What `widgets.replay` needs to show a recorded lab: trace, views, status, picture and name.

    Parameters
    ----------
    trace : Trace
        As a run of lesson 08 with `--trace` leaves it.
    """
    views = lab_views(trace.about["resolution"], judged="frechet" in trace.row(-1))
    parts = {"views": views, "status": lab_status, "picture": lab_film}
    return {"trace": trace, **parts, "name": "long_training"}


def lab_status(row: Mapping) -> str:
    """Say in one line where a training stands."""
    parts = [f"step {row['step']:.0f}", f"{row['n_images']:,.0f} real images"]
    for key, label in (("d_real_before", "D(x)"), ("d_fake_before", "D(G(z))")):
        if row.get(key) is not None:
            parts.append(f"{label} {row[key]:.2f}")
    if row.get("frechet") is not None:
        parts.append(f"Fréchet distance {row['frechet']:.1f}")
    return " · ".join(parts)


def lab_controls(sizes: Sequence[int], model: str, config: TrainConfig) -> list[Control]:
    """What the lab lets one change while it trains."""
    connections = [Tick(f"connect_{r}", f"{r}x{r}", "Connections", True) for r in sizes]
    return [
        Menu("model", "model", "", list(family.MODELS), model),
        *connections,
        Slider("g_lr", "learning rate of G", "Training", -4, -1.5, 0.1, config.g_lr, log=True),
        Slider("d_lr", "learning rate of D", "Training", -4, -1.5, 0.1, config.d_lr, log=True),
        Menu("loss", "loss", "Training", [DEFAULT_LOSS, *LOSSES], DEFAULT_LOSS),
        Slider("d_steps", "updates of D a step", "Training", 1, 5, 1, 1),
        Slider("g_steps", "updates of G a step", "Training", 1, 5, 1, 1),
        Slider("r1_gamma", "R1 penalty, gamma", "Training", 0.0, 2.0, 0.05, 0.0),
    ]


class ScaleLab:
    """A subject: trains a model, shows each scale's images, logits and gradients, cuts scales off.

    Parameters
    ----------
    data : ImageData
        Real images; their resolution is that of the networks.
    model : str
        Key in `family.MODELS`, at the start.
    width : int
        Feature channels at the finest scale, at least 1.
    batch_size : int
        Real images in one update of D, at least 2.
    seed : int
        Of weights, data and latents.
    judge : metrics.Judge, optional
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
        """Train from the seed, without end: rows of `training.train`, None at rests in a step."""
        self._start()
        about = {"subject": self.name, "model": self.model, "seed": self.seed}
        about |= {"resolution": self.data.resolution, "width": self.width, "data": self.data.name}
        return traced(self._train(), self.frame, {**about, "config": self.pair.config.as_dict()})

    def set(self, name: str, value: object) -> bool:
        """Take 'model', 'connect_R' or a field of `TrainConfig`; True where training restarts."""
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
        if name == "loss" and value == DEFAULT_LOSS:
            self.settings.pop("loss", None)
            value = family.build(self.model, **self._arguments()).config.loss
        else:
            self.settings[name] = value
        self.game.change(**{name: value})
        return False

    def frame(self) -> dict[str, np.ndarray]:
        """Return what is seen now; takes nothing from the training's random streams."""
        return self.frames.now(self.game)

    def status(self, row: Mapping) -> str:
        """Say where the training stands; see `lab_status`."""
        return lab_status(row)

    def picture(self) -> Picture:
        """Show the same without a panel."""
        self.frames.measure_next()
        return lab_picture(self.frame(), self.sizes, f"{self.model}, step {self.game.steps}")

    def save(self, run: Run) -> None:
        """Keep the averaged G in the run's folder, if any, for `msgan sample` and `evaluate`."""
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
        z = streams.fixed_latents(N_PROBED, self.average.latent_dim)
        self.frames = LabFrames(self.data.images(slice(N_PROBED)), self.sizes, z)

    def _train(self) -> Iterator[dict]:
        while True:
            for row in self.game.turns():
                if row and self.judge_every:
                    due = row["step"] % self.judge_every == 0
                    row["frechet"] = self.judge.score(self.average)["frechet"] if due else None
                yield row
