"""The game in the plane as a live panel plays it: in steps or line by line (lesson 01)."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from latex2mathml.converter import convert
from torch import Tensor

from msgan_lessons.base.pictures import Picture
from msgan_lessons.base.streams import Streams
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
from msgan_lessons.lessons.l01_the_game.pictures import game_picture
from msgan_lessons.lessons.l01_the_game.plane import (
    EXTENT,
    TARGETS,
    GaussianMixture,
    OneScaleDiscriminator,
    OneScaleGenerator,
    PlaneDiscriminator,
    PlaneGenerator,
    best_discriminator,
    drawn_target,
    grid_centres,
    grid_divergences,
    mode_coverage,
    plane_batches,
    target,
)
from msgan_lessons.losses import LOSSES, Loss
from msgan_lessons.pyramid import Scales
from msgan_lessons.runs.trace import traced
from msgan_lessons.steps import detach, real_share
from msgan_lessons.training import MEASURED, Game, TrainConfig

_D, _G = "D's turn", "G's turn"
_SCRIPT = (  # heading, code, formula as LaTeX, caption
    (_D, "batch = self.draw()", r"x \sim p_{data}, \quad z \sim p_z, \quad G(z)",
     "Take a batch of real points, and let G turn noise into as many fake ones."),
    (_D, "real_logits = discriminator(real_images)", r"D(x)",
     "D says of each real point how real it looks."),
    (_D, "fake_logits = discriminator(detach(fake_images))", r"D(G(z))",
     "The same for the fake points; they are cut off G, which must not move now."),
    (_D, "d_loss = loss.discriminator(real_logits, fake_logits)",
     r"L_D = -E[\log D(x)] - E[\log(1 - D(G(z)))]",
     "D's loss is high where it takes one kind for the other. Another loss changes this alone."),
    (_D, "(d_loss + penalty).backward()", r"\nabla_{\theta_D} L_D",
     "The slope of the loss along each weight of D."),
    (_D, "optimizer.step()", r"\theta_D \leftarrow \theta_D - \eta_D \, \nabla L_D",
     "D takes a step down its slope: the colours of the plane change."),
    (_G, "discriminator.requires_grad_(False)", r"\theta_D \; \text{fixed}",
     "D stands still: it only passes slopes on to G."),
    (_G, "fake_logits, fake_features = _judge(discriminator, fake_images, matching)", r"D(G(z))",
     "D looks at the fake points again, and now they hang on G."),
    (_G, "g_loss, g_matching = loss.generator(fake_logits, real_logits), 0.0",
     r"L_G = -E[\log D(G(z))]",
     "G's loss is high where D sees through it. The formula is that of the default loss."),
    (_G, "(weight * g_loss + g_matching + extra).backward()", r"\nabla_{\theta_G} L_G",
     "The slope at each fake point (the arrows), and through it at each weight of G. "
     "Here weight is 1, and there is nothing extra."),
    (_G, "optimizer.step()", r"\theta_G \leftarrow \theta_G - \eta_G \, \nabla L_G",
     "G takes a step down its slope: the fake points move."),
)  # fmt: skip
LINES = tuple((heading, code, convert(formula), said) for heading, code, formula, said in _SCRIPT)


def slow_step(game: Game) -> Iterator[tuple[int, dict | None]]:
    """Play one `Game.step`, stopping after each of `LINES`; the row comes with the last."""
    row, fake, g_steps = {}, None, game.config.g_steps
    game.steps += 1
    for _ in range(game.config.d_steps):
        batch = _, real, fake = game.draw()
        game.count(batch)
        yield 0, None
        for index in _discriminator(game, real, fake, row):
            yield index, None
    for k in range(g_steps):
        if fake is None:
            _, real, fake = game.draw()
        last = k == g_steps - 1
        for index in _generator(game, fake, real if game.probes() else None, row):
            ends = last and index == len(LINES) - 1
            yield index, game.finish(row) if ends else None
        fake = None


def _discriminator(game: Game, real: Scales, fake: Scales, row: dict) -> Iterator[int]:
    """`steps.discriminator_step`, line by line."""
    discriminator, optimizer, loss = game.discriminator, game.d_optimizer, game.loss
    penalty = game.penalty(discriminator, real, fake)
    optimizer.zero_grad(set_to_none=True)
    real_logits = discriminator(real)
    yield 1
    fake_logits = discriminator(detach(fake))
    yield 2
    d_loss = loss.discriminator(real_logits, fake_logits)
    yield 3
    (d_loss + penalty).backward()
    yield 4
    optimizer.step()
    row |= {"d_loss": d_loss.detach(), "d_penalty": penalty}
    row |= {"d_real_before": real_share(real_logits), "d_fake_before": real_share(fake_logits)}
    yield 5


def _generator(game: Game, fake: Scales, real: Scales | None, row: dict) -> Iterator[int]:
    """`steps.generator_step`, line by line."""
    discriminator, optimizer, loss = game.discriminator, game.g_optimizer, game.loss
    optimizer.zero_grad(set_to_none=True)
    discriminator.requires_grad_(False)
    try:
        yield 6
        real_logits = None if real is None else discriminator(real)
        fake_logits = discriminator(fake)
        yield 7
        g_loss = loss.generator(fake_logits, real_logits)
        yield 8
        g_loss.backward()
        yield 9
    finally:
        discriminator.requires_grad_(True)
    optimizer.step()
    row |= {"g_loss": g_loss.detach(), "g_matching": 0.0, "d_fake_after": real_share(fake_logits)}
    row["d_real_after"] = None if real_logits is None else real_share(real_logits)
    yield 10


class StepPlayer:
    """Plays a game's next move as it is asked for; what was begun slowly is finished first."""

    def __init__(self, game: Game) -> None:
        self.game, self.line = game, -1  # index in LINES just played; -1 after a whole step
        self._walk: Iterator[tuple[int, dict | None]] | None = None  # a step that was begun slowly

    def move(self, players: str = "both", *, slow: bool = False) -> dict:
        """Play one step or, if slow, one sub-step: 'sub_step' counts from 1, else it is None."""
        if players == "both" and (slow or self._walk):
            return self._sub_step(slow)
        for _ in self._walk or ():
            pass
        self._walk, self.line = None, -1
        return {**self.game.step(players), "sub_step": None}

    def _sub_step(self, slow: bool) -> dict:
        """The next line; all lines that are left where slow motion has been switched off."""
        walk, self._walk = self._walk or slow_step(self.game), None  # one that fails is given up
        for line, row in walk:
            self.line, sub_step = line, line + 1
            if row is not None:
                if not slow:
                    self.line, sub_step = -1, None
                return {**row, "sub_step": sub_step}
            if slow:
                self._walk = walk  # the next move goes on here
                break
        counts = {"step": self.game.steps, "n_images": self.game.n_images}
        return {**counts, **dict.fromkeys(MEASURED), "sub_step": sub_step}


SHOWN, ARROWS, COUNTED = 200, 60, 1000  # points
CELLS, LINES_OF_Z = 40, 13
REACH, HALF = 0.3, 1.5  # longest arrow; slope at which an arrow has half that length


class PlaneFrames:
    """Looks at a game by the same latents, real points and cells at every moment."""

    def __init__(self, mixture: GaussianMixture, latent_dim: int, streams: Streams) -> None:
        self.mixture = mixture
        self.z = streams.fixed_latents(COUNTED, latent_dim)
        self.z_shape, self.z_grid = _quantiles(latent_dim)
        self.real = mixture.sample(SHOWN, streams.fresh("shown"))
        self.cells = grid_centres(EXTENT, CELLS)

    @torch.no_grad()
    def points(self, game: Game) -> Tensor:
        """Return G's points (1000, 2) as they are now."""
        return game.generator.network(self.z)

    def now(self, game: Game) -> dict[str, np.ndarray]:
        """Return the views 'plane' and 'best' of a game as it is now, as `panel.Plane` says."""
        points = self.points(game)
        with torch.no_grad():
            manifold = game.generator.network(self.z_grid).reshape(*self.z_shape, 2)
            heat = game.discriminator.network(self.cells).sigmoid().reshape(CELLS, CELLS)
        best = best_discriminator(self.mixture, points, EXTENT, CELLS)
        real = self.real.numpy()
        return {
            "plane.heat": _byte(heat),
            "plane.manifold": manifold.numpy(),
            "plane.arrows": gradient_arrows(
                points[:ARROWS], self.real, game.discriminator.network, game.loss
            ),
            "plane.real": real,
            "plane.fake": points[:SHOWN].numpy(),
            "best.heat": _byte(best),
            "best.real": real,
        }


def gradient_arrows(
    points: Tensor, real: Tensor, discriminator: Callable[[Tensor], Tensor], loss: Loss
) -> np.ndarray:
    """Points (N, 2) and where G's loss g pushes them, -0.3 g / (|g| + 1.5): (N, 4), float32."""
    points = points.clone().requires_grad_()
    with torch.enable_grad():
        real_logits = discriminator(real[: len(points)])
        g_loss = loss.generator_loss(discriminator(points), real_logits)
        (slope,) = torch.autograd.grad(g_loss * len(points), points)
    length = slope.norm(dim=1, keepdim=True)
    arrows = -slope / (length + HALF) * REACH
    return torch.cat([points.detach(), arrows], 1).numpy()


def _quantiles(latent_dim: int) -> tuple[tuple[int, int], Tensor]:
    """Latents that cut the normal distribution into equal parts: a grid of the first two."""
    side = 64 if latent_dim == 1 else LINES_OF_Z
    shares = (torch.arange(side) + 0.5) / side
    z = torch.special.ndtri(shares)
    if latent_dim == 1:
        return (1, side), z[:, None]
    grid = torch.zeros(side, side, latent_dim)
    grid[..., 0], grid[..., 1] = z[None, :], z[:, None]
    return (side, side), grid.reshape(-1, latent_dim)


def _byte(share: Tensor) -> np.ndarray:
    return (share * 255).round().to(torch.uint8).numpy()


DRAWN = "drawn"  # the distribution that was drawn with the mouse
PACE, TRAINING = "Steps and speed", "Training"


def plane_views(*, live: bool = True) -> list[View]:
    """What is shown of the game, live or replayed.

    Parameters
    ----------
    live : bool
        Whether data can be drawn, and the lines of slow motion are there.
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
    """What can be set while the game goes on, with the values at the start."""
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
        As `PlaneGame.rows` yields it.

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
        Key in `plane.TARGETS`.
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
        """Play from the seed, without end: rows of `Game.step`, with what the plane measures."""
        rows = self.train()
        about = {"subject": self.name, "target": self.target, "seed": self.seed}
        about |= {"latent_dim": self.latent_dim, "hidden": HIDDEN, "config": self.config.as_dict()}
        return traced(rows, self.frame, about)

    def train(self) -> Iterator[dict]:
        """Play from the seed, without end; like `rows`, but never recorded."""
        self._start()
        return self._play()

    def set(self, name: str, value: object) -> bool:
        """Take a control, or a stroke on the 'plane', between two moves; True: start again."""
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
        """Return what is seen now; takes nothing from the training's random streams."""
        return {**self.frames.now(self.game), "code": np.array([self.pace.line], np.int32)}

    def status(self, row: Mapping) -> str:
        """Say where the game stands; see `plane_status`."""
        return plane_status(row)

    def picture(self) -> Picture:
        """Show the same without a panel."""
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
            OneScaleGenerator(self.generator), OneScaleDiscriminator(self.discriminator),
            batches, self.config,
            streams=streams, device="cpu",
        )  # fmt: skip
        self.frames = PlaneFrames(self.mixture, self.latent_dim, streams)
        self.pace, self.history = StepPlayer(self.game), []
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
