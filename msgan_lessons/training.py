"""The game of two players and the loop that plays it (lesson 07_training)."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn

from msgan_lessons.base.keeping import Checkpointer, checkpointer_for
from msgan_lessons.base.record import CountedBatches
from msgan_lessons.base.streams import Streams, autocast, choose_device
from msgan_lessons.losses import (
    Images,
    Loss,
    feature_matching,
    find_loss,
    gradient_penalty,
    r1_penalty,
    r2_penalty,
)
from msgan_lessons.pyramid import box_downsample, fade, image_pyramid, pyramid_like
from msgan_lessons.steps import detach, discriminator_step, ema_update, generator_step


def grown_images(images: Tensor, resolution: int, alpha: float) -> Tensor:
    """Show D real images (B, C, R, R) as a growing G shows its own: as coarse, faded as far.

    ProGAN (Karras et al. 2018), appendix A, fades the real images like the generated ones.
    """
    while images.shape[-1] > resolution:
        images = box_downsample(images)
    return images if alpha == 1 else fade(images, box_downsample(images), alpha)


@dataclass(frozen=True)
class TrainConfig:
    """Everything that `training.train` is told, apart from networks and data.

    Parameters
    ----------
    loss : str
        A name in `losses.LOSSES`.
    batch_size : int
        Real images in one D update, at least 2.
    g_lr, d_lr : float
        Adam's learning rates, > 0.
    betas : tuple of float
        Adam's two decays, each in [0, 1). Default: ProGAN's (Karras et al. 2018, appendix A.1).
    d_steps, g_steps : int
        Updates of D, then of G, in one step, at least 1 each.
    r1_gamma, r2_gamma : float
        Weights of the penalties, >= 0; the term is gamma / 2 * E||grad D||^2.
    gp_lambda : float
        Weight of WGAN-GP's penalty, >= 0; -1 (default) takes what the loss asks for
        (10 for 'wgan', 0 for all others).
    reg_interval : int
        The penalties are computed every so many steps and multiplied by that number.
    ema_decay : float
        Decay of G's running average, in [0, 1); at step t min(ema_decay, (1 + t) / (10 + t)).
    feature_matching : float
        Weight of feature matching in G's loss, >= 0; needs a D of patches or an ensemble of them.
    growth_images : int
        Real images in one phase of progressive growth (fade in, hold), >= 0; 0: no growth.
    probe_interval : int
        D(x) after D's step costs a forward of its own; it is measured at step 1
        and every so many steps.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> TrainConfig(loss="hinge").as_dict()["loss"]
    'hinge'
    """

    loss: str = "non_saturating"
    batch_size: int = 32
    g_lr: float = 2e-3
    d_lr: float = 2e-3
    betas: tuple[float, float] = (0.0, 0.99)
    d_steps: int = 1
    g_steps: int = 1
    r1_gamma: float = 0.0
    r2_gamma: float = 0.0
    gp_lambda: float = -1.0
    reg_interval: int = 8
    ema_decay: float = 0.995
    feature_matching: float = 0.0
    growth_images: int = 0
    probe_interval: int = 10

    def __post_init__(self) -> None:
        rules = {
            "batch_size": (self.batch_size >= 2, "at least 2"),
            "g_lr": (0 < self.g_lr < math.inf, "> 0"),
            "d_lr": (0 < self.d_lr < math.inf, "> 0"),
            "betas": (all(0 <= b < 1 for b in self.betas), "two numbers in [0, 1)"),
            "d_steps": (self.d_steps >= 1, "at least 1"),
            "g_steps": (self.g_steps >= 1, "at least 1"),
            "r1_gamma": (0 <= self.r1_gamma < math.inf, ">= 0"),
            "r2_gamma": (0 <= self.r2_gamma < math.inf, ">= 0"),
            "gp_lambda": (0 <= self.gp_lambda < math.inf or self.gp_lambda == -1, ">= 0, or -1"),
            "reg_interval": (self.reg_interval >= 1, "at least 1"),
            "ema_decay": (0 <= self.ema_decay < 1, "in [0, 1)"),
            "feature_matching": (0 <= self.feature_matching < math.inf, ">= 0"),
            "growth_images": (self.growth_images >= 0, ">= 0"),
            "probe_interval": (self.probe_interval >= 1, "at least 1"),
        }
        for name, (holds, allowed) in rules.items():
            if not holds:
                raise ValueError(f"{name} must be {allowed}, got {getattr(self, name)!r}.")

    def as_dict(self) -> dict:
        """Return the settings as plain values for JSON."""
        return {**asdict(self), "betas": list(self.betas)}

    def with_(self, **changes: object) -> "TrainConfig":
        """Return a copy with some fields changed, checked again."""
        return replace(self, **changes)


@dataclass(frozen=True)
class GrowthSchedule:
    """Scales that play after `n_images`: hold the first, then fade in and hold each next one.

    ProGAN (Karras et al. 2018), section 2 and appendix A: fading and holding take the same number
    of images (800,000 each there); n scales take 2 n - 1 phases, the last has no end.
    """

    phase_images: int  # real images in one phase, at least 1
    n_scales: int  # scales of the networks, at least 1

    def __post_init__(self) -> None:
        for name in ("phase_images", "n_scales"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}.")

    def stage(self, n_images: int) -> tuple[int, float]:
        """Return the depth, from 1 at the coarse end, and alpha in [0, 1], of the newest scale."""
        phase, within = divmod(n_images, self.phase_images)
        depth = 1 + (phase + 1) // 2
        if depth > self.n_scales or phase % 2 == 0:  # grown, or a phase that holds
            return min(depth, self.n_scales), 1.0
        return depth, within / self.phase_images


USUAL = TrainConfig()
MANY = 5  # times the usual learning rate


def likely_cause(config: TrainConfig, **networks: nn.Module | None) -> str:
    """Name what most likely made a loss infinite or NaN, in a part of a sentence."""
    rates = {"g_lr": config.g_lr / USUAL.g_lr, "d_lr": config.d_lr / USUAL.d_lr}
    name, times = max(rates.items(), key=lambda item: item[1])
    if times > MANY:
        usual = getattr(USUAL, name)
        return f"{name}={getattr(config, name):g} is {times:,.0f} times the course's {usual:g}"
    asked = find_loss(config.loss).gp_lambda
    held = config.gp_lambda > 0 or (config.gp_lambda < 0 and asked > 0)
    if config.loss.startswith("wgan") and not (held or config.r1_gamma):
        return f"the loss {config.loss} has no bound and no penalty holds D's slope"
    for label, network in networks.items():
        tensors = network.state_dict().values() if network is not None else ()
        if not all(bool(t.isfinite().all()) for t in tensors):
            return f"the weights of {label} have left the range of numbers; no penalty held them"
    return "the weights are finite, so the real images or the latents were not"


def to_floats(row: Mapping[str, Tensor | float | None], step: int) -> dict[str, float]:
    """Fetch the numbers of a step in one transfer, without None, and refuse what is not finite."""
    measured = {name: value for name, value in row.items() if value is not None}
    values = torch.stack([torch.as_tensor(v).detach().float().cpu() for v in measured.values()])
    numbers = dict(zip(measured, values.tolist(), strict=True))
    if not values.isfinite().all():
        losses = {n: numbers[n] for n in ("d_loss", "g_loss") if n in numbers}
        said = ", ".join(f"{name}={value:.3g}" for name, value in (losses or numbers).items())
        raise FloatingPointError(
            f"training diverged at step {step}: {said}; lower g_lr and d_lr, or raise r1_gamma."
        )
    return numbers


def played(
    game,
    *,
    steps: int,
    max_seconds: float = float("inf"),
    score: Callable[[], float] | None = None,
    score_interval: int = 200,
) -> Iterator[dict]:
    """Play steps of a game until one of two limits is reached.

    Nothing happens until the first row is asked for; between two rows the caller may draw, or
    `break`. In the folder of a run (MSGAN_RUN_DIR) the game is kept there, and a resumed run first
    yields the rows that are kept, then plays on from the last checkpoint.

    Parameters
    ----------
    game : object
        Has the method `step`, which returns a dict: `Game`, or a game of an application.
    steps : int
        At least 1.
    max_seconds : float
        Wall time in seconds, > 0, counted from the first row asked for.
    score : callable, optional
        Says how good G is now, lower is better; it must take nothing from the random streams. Its
        best checkpoint is kept beside the last.
    score_interval : int
        Steps between two scores, at least 1; the last step is always scored.

    Yields
    ------
    dict
        What `step` returned, and 'seconds'; with `score` 'score' too, None between.

    Raises
    ------
    ValueError
        At once, if a limit is out of range; before the first row, if a checkpoint does not fit.
    FloatingPointError
        If a loss is not finite: the last good checkpoint and the likely cause are named.
    OSError
        If the disk is full; the checkpoint before stays whole.
    """
    for name, value in (("steps", steps), ("score_interval", score_interval)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be an int of at least 1, got {value!r}.")
    if not max_seconds > 0:
        raise ValueError(f"max_seconds must be > 0, got {max_seconds!r}.")
    return _rows(game, steps, max_seconds, score, score_interval)


def _rows(game, steps: int, max_seconds: float, score, score_interval: int) -> Iterator[dict]:
    kept, rows = checkpointer_for(game), []
    if kept is not None:
        rows = kept.resume()
    yield from rows
    spent = rows[-1]["seconds"] if rows else 0.0
    if len(rows) >= steps or spent >= max_seconds:
        return
    start = time.perf_counter() - spent
    for count in range(len(rows) + 1, steps + 1):
        row = _step(game, kept)
        row["seconds"] = time.perf_counter() - start
        over = _agreed(game, count == steps or row["seconds"] >= max_seconds)
        if score is not None:
            row["score"] = score() if over or count % score_interval == 0 else None
        if kept is not None:
            kept.see(row, over=over, score=row.get("score"))
        yield row
        if over:
            return


def _step(game, kept: Checkpointer | None) -> dict:
    """One step; where it diverges, say what is left and why it may have happened."""
    try:
        return dict(game.step())
    except FloatingPointError as error:
        networks = {
            "G": getattr(game, "generator", None),
            "D": getattr(game, "discriminator", None),
        }
        config = getattr(game, "config", None)
        cause = f"; likely cause: {likely_cause(config, **networks)}" if config else ""
        left = f"; {kept.where()}" if kept is not None else ""
        raise FloatingPointError(f"{str(error).rstrip('.')}{cause}{left}.") from error


def _agreed(game, over: bool) -> bool:
    """Whether to stop; processes that play together all stop at the same step."""
    processes = getattr(game, "processes", None)
    return over if processes is None else processes.agree(over)


Numbers = Mapping[str, Tensor | float | None]


class OneProcess:
    """The only process of a training, where `Processes` has several: it keeps every batch whole."""

    def __init__(self) -> None:
        self.count = 1  # how many there are
        self.is_main = True  # whether it shows and writes
        self.device = "auto"  # where it computes: wherever a game is told

    def share(self, batch: Tensor | Sequence) -> Tensor | Sequence:
        """Return a batch as it is."""
        return batch

    def prepare(self, game) -> None:
        """Leave a game as it is."""

    def mean(self, numbers: Numbers) -> Numbers:
        """Return numbers as they are."""
        return numbers

    def loss(self, loss: Loss) -> Loss:
        """Return a loss as it is."""
        return loss

    def agree(self, flag: bool) -> bool:
        """Return its own opinion, there being no other."""
        return flag


def check_abilities(generator: nn.Module, discriminator: nn.Module, config: TrainConfig) -> None:
    """Refuse settings that need a G that grows or a D that shows its features, without one."""
    grows = hasattr(generator, "grow_to") and getattr(generator, "emit", "") == "fading"
    if config.growth_images and not grows:
        raise ValueError(
            f"growth_images must be 0 for a G that does not grow (emit='fading'), "
            f"got {config.growth_images}."
        )
    if config.feature_matching and not hasattr(discriminator, "judge"):
        raise ValueError(
            f"feature_matching must be 0 for a D without the method judge, "
            f"got {config.feature_matching}."
        )


def penalty_terms(
    discriminator: nn.Module,
    real: Images,
    fake: Images,
    config: TrainConfig,
    loss: Loss,
    *,
    epsilon: Callable[[int], Tensor],
) -> Tensor | float:
    r"""Sum of R1, R2 and the gradient penalty, each with its weight; 0.0 where all weights are 0.

    .. math:: \frac{\gamma_1}{2} R_1 + \frac{\gamma_2}{2} R_2 + \lambda\, GP
    """
    total = 0.0
    gp_lambda = loss.gp_lambda if config.gp_lambda < 0 else config.gp_lambda
    if config.r1_gamma:
        total = total + config.r1_gamma / 2 * r1_penalty(discriminator, real)
    if config.r2_gamma:
        total = total + config.r2_gamma / 2 * r2_penalty(discriminator, fake)
    if gp_lambda:
        places = epsilon(len(real if isinstance(real, Tensor) else real[-1]))
        penalty = gradient_penalty(discriminator, real, detach(fake), epsilon=places)
        total = total + gp_lambda * penalty
    return total


FIXED = {"batch_size", "growth_images"}  # cannot change while a game goes on


class Players:
    """G and D where they compute, an optimiser each, and settings that may change as they play."""

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        config: TrainConfig | None = None,
        *,
        generator_ema: nn.Module | None = None,
        device: str = "auto",
        processes: object | None = None,
    ) -> None:
        self.config, self.processes = config or TrainConfig(), processes or OneProcess()
        self.loss, self.match = self._loss(self.config), feature_matching
        check_abilities(generator, discriminator, self.config)
        given = str(self.processes.device) if device == "auto" else device
        self.place, self.dtype = choose_device(given)
        self.generator, self.discriminator, self.generator_ema = (
            network and network.to(self.place, memory_format=torch.channels_last).train()
            for network in (generator, discriminator, generator_ema)
        )
        self.g_optimizer = self._adam(generator, self.config.g_lr)
        self.d_optimizer = self._adam(discriminator, self.config.d_lr)

    def change(self, **settings: object) -> None:
        """Change settings while the game goes on; the next step plays by them."""
        if fixed := sorted(settings.keys() & FIXED):
            raise ValueError(
                f"{fixed[0]} must stay as it is while the game goes on; start it anew."
            )
        config = self.config.with_(**settings)
        loss = self._loss(config)
        check_abilities(self.generator, self.discriminator, config)
        self.config, self.loss = config, loss
        rates = ((self.g_optimizer, config.g_lr), (self.d_optimizer, config.d_lr))
        for optimizer, rate in rates:
            for group in optimizer.param_groups:
                group["lr"], group["betas"] = rate, config.betas

    def _loss(self, config: TrainConfig) -> Loss:
        """The loss, over the whole batch also where several processes share it."""
        return self.processes.loss(find_loss(config.loss))

    def _adam(self, network: nn.Module, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), lr=lr, betas=self.config.betas, fused=True)


MEASURED = (  # the columns of a row, after 'step' and 'n_images'
    "d_loss", "d_penalty", "d_real_before", "d_fake_before",
    "g_loss", "g_matching", "d_fake_after", "d_real_after",
)  # fmt: skip


class Game(Players):
    """Two players, their optimisers, the data and the randomness: all that one step needs.

    Parameters
    ----------
    generator, discriminator, real_batches, config, generator_ema, streams, device, processes
        As for `train`.

    Raises
    ------
    ValueError
        If the loss or the device is unknown, the networks cannot do what `config` asks for, or
        the processes cannot share the batch.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        real_batches: Iterable[Tensor],
        config: TrainConfig | None = None,
        *,
        generator_ema: nn.Module | None = None,
        streams: Streams | None = None,
        device: str = "auto",
        processes: object | None = None,
    ) -> None:
        super().__init__(
            generator, discriminator, config,
            generator_ema=generator_ema, device=device, processes=processes,
        )  # fmt: skip
        self.streams = streams or Streams(0)
        self.real_batches = CountedBatches(real_batches)
        self.steps = self.n_images = 0
        growth = self.config.growth_images
        self.growth = GrowthSchedule(growth, len(generator.sizes)) if growth else None
        self.processes.prepare(self)

    def step(self, players: str = "both") -> dict[str, float | None]:
        """Play one step: `d_steps` updates of D, `g_steps` of G, one of its average.

        Parameters
        ----------
        players : str
            'both'; or 'D' or 'G': the other one waits.

        Returns
        -------
        dict
            A row as `train` yields it, without 'seconds'; None for what was not played.

        Raises
        ------
        ValueError
            If `players` is none of the three.
        FloatingPointError
            If a loss is not finite.
        """
        *_, row = self.turns(players)
        return row

    def turns(self, players: str = "both") -> Iterator[dict | None]:
        """Play one step as `step` does: yields None after each update, at last the row."""
        if players not in ("both", "D", "G"):
            raise ValueError(f"players must be one of both, D, G, got {players!r}.")
        self.steps += 1
        row, fake = {}, None
        for _ in range(self.config.d_steps if players != "G" else 0):
            real, fake = self._update_d(row)
            yield None
        for _ in range(self.config.g_steps if players != "D" else 0):
            if fake is None:  # else the last fakes of D's updates serve here too
                real, fake = self.draw()
            self._update_g(row, real, fake)
            fake = None
            yield None
        yield self.finish(row, averaged=players != "D")

    def finish(self, row: dict[str, Tensor | float | None], averaged: bool = True) -> dict:
        """End a step: move the average, if G has moved, and fetch the numbers."""
        if averaged and self.generator_ema is not None:
            ema_update(self.generator_ema, self.generator, self.steps - 1, self.config.ema_decay)
        numbers = to_floats(self.processes.mean(row), self.steps)
        measured = {name: numbers.get(name) for name in MEASURED}
        return {"step": self.steps, "n_images": self.n_images, **measured}

    def _update_d(self, row: dict) -> tuple[Images, Images]:
        """One update of D on a new batch; the batch, whose fakes serve G too."""
        with autocast(self.place, self.dtype):
            real, fake = self.draw()
            shown = len(real if isinstance(real, Tensor) else real[-1])
            self.n_images += self.processes.count * shown
            penalty = self.penalty(real, fake)
            row |= discriminator_step(
                self.discriminator, self.d_optimizer, real, fake, self.loss, penalty
            )
        return real, fake

    def _update_g(self, row: dict, real: Images, fake: Images) -> None:
        """One update of G."""
        with autocast(self.place, self.dtype):
            row |= generator_step(
                self.discriminator, self.g_optimizer, fake, self.loss,
                real if self.probes() else None, self.config.feature_matching, match=self.match,
            )  # fmt: skip

    def probes(self) -> bool:
        """Tell whether D(x) is measured after D's step, which costs a forward."""
        needed = self.loss.pairs or self.config.feature_matching
        return bool(needed or self.steps == 1 or self.steps % self.config.probe_interval == 0)

    def draw(self) -> tuple[Images, Images]:
        """Draw a batch, real and fake, both a tensor or the same scales; the fakes hang on G."""
        real = next(self.real_batches)  # (B, C, H, W)
        z = self.streams.latents(len(real), self.generator.latent_dim).to(real.dtype)
        real, z = (part.to(self.place) for part in self.processes.share((real, z)))
        if self.growth is not None:
            depth, alpha = self.growth.stage(self.n_images)
            for network in filter(None, (self.generator, self.discriminator, self.generator_ema)):
                network.grow_to(depth, alpha)
            real = grown_images(real, self.generator.sizes[depth - 1], alpha)
        if getattr(self.generator, "carry", "features") == "image":  # teacher forcing
            low = image_pyramid(real, len(self.generator.sizes))[:-1]
            fake = self.generator(z, low=low)
        else:
            fake = self.generator(z)
        return (real if isinstance(fake, Tensor) else pyramid_like(real, fake)), fake

    def penalty(self, real: Images, fake: Images) -> Tensor | float:
        """Weighted R1 + R2 + gradient penalty, every `reg_interval` steps and that much larger."""
        if self.steps % self.config.reg_interval:
            return 0.0
        terms = penalty_terms(
            self.discriminator, real, fake, self.config, self.loss, epsilon=self._epsilon
        )
        return self.config.reg_interval * terms

    def _epsilon(self, count: int) -> Tensor:
        """The gradient penalty's places between real and fake, for `count` images."""
        places = torch.rand(self.processes.count * count, generator=self.streams["penalty"])
        return self.processes.share(places).to(self.place)


def train(
    generator: nn.Module,
    discriminator: nn.Module,
    real_batches: Iterable[Tensor],
    config: TrainConfig | None = None,
    *,
    steps: int,
    max_seconds: float = float("inf"),
    generator_ema: nn.Module | None = None,
    streams: Streams | None = None,
    device: str = "auto",
    processes: object | None = None,
    score: Callable[[], float] | None = None,
    score_interval: int = 200,
) -> Iterator[dict[str, float | None]]:
    """Play the game of formula (3): a Python generator that yields one row a step.

    Nothing happens until the first row is asked for; between two rows the caller may draw, change
    nothing, or `break`. In the folder of a run the game is kept while it goes on (see `played`).

    Goodfellow et al. 2014, algorithm 1. One difference: the last fakes of D's updates serve in G's
    update too. G has not changed in between, so its own forward would give the same images.

    Parameters
    ----------
    generator : nn.Module
        Has `latent_dim`; z (B, latent_dim) to an image, or to a list of images coarse to fine.
    discriminator : nn.Module
        Images to logits. Both networks are moved to the device.
    real_batches : iterable of Tensor
        Yields (B, C, H, W) in [-1, 1] for as long as it is asked; see `ImageData.batches`.
    config : TrainConfig, optional
        Loss, learning rates, penalties, averaging.
    steps : int
        D+G updates, at least 1.
    generator_ema : nn.Module, optional
        A copy of G that receives its running average.
    streams : Streams, optional
        Randomness; `Streams(0)` where it is missing.
    device : str
        'auto' or a torch device.
    processes : Processes, optional
        Several processes play one game, each with its share of every batch; all of them must call
        this alike, with the same seed. 'auto' is then the device that Accelerate chose.
    max_seconds, score, score_interval
        When to stop, how good G is now, and every so many steps: as for `played`.

    Yields
    ------
    dict
        'step' (from 1), 'n_images' (real images shown to D), 'seconds', 'd_loss', 'g_loss',
        'd_penalty', 'd_real_before', 'd_fake_before', 'g_matching', 'd_fake_after', and
        'd_real_after' (None except at step 1 and every `probe_interval` steps; always there for a
        relativistic loss and with feature matching).

    Raises
    ------
    ValueError
        As for `Game` and `played`.
    FloatingPointError
        If a loss is not finite: training has diverged, and the row is not yielded; the sentence
        names the likely cause and, in a run's folder, the last good checkpoint.
    """
    game = Game(
        generator,
        discriminator,
        real_batches,
        config,
        generator_ema=generator_ema,
        streams=streams,
        device=device,
        processes=processes,
    )
    return played(
        game, steps=steps, max_seconds=max_seconds, score=score, score_interval=score_interval
    )


def draw(generator: nn.Module, z: Tensor, chunk: int = 256) -> list[Tensor]:
    """Draw images in evaluation mode: each scale (N, C, R, R), coarse to fine, on the CPU.

    Parameters
    ----------
    generator : nn.Module
        z (B, latent_dim) to images, or to a list of images coarse to fine. Its mode is put back.
    z : Tensor
        Shape (N, latent_dim).
    chunk : int
        Latents drawn at a time; the pictures, float32, depend on it by float rounding alone.

    Examples
    --------
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> [tuple(x.shape) for x in draw(MultiScaleGenerator(emit="all"), torch.zeros(2, 64))]
    [(2, 1, 4, 4), (2, 1, 8, 8), (2, 1, 16, 16), (2, 1, 32, 32)]
    """
    device, was_training = next(generator.parameters()).device, generator.training
    generator.eval()
    with torch.no_grad():
        parts = [generator(part.to(device)) for part in z.split(chunk)]
    generator.train(was_training)
    scales = [[part] if isinstance(part, Tensor) else part for part in parts]
    return [torch.cat(scale).float().cpu() for scale in zip(*scales, strict=True)]
