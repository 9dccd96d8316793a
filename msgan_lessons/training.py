"""The game of two players and the loop that plays it (lesson 07_training)."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from numbers import Real

import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import (
    check_choice,
    check_finite,
    check_least,
    check_positive,
    check_whole,
)
from msgan_lessons.base.streams import CountedBatches, Streams, autocast, choose_device
from msgan_lessons.losses import Loss, feature_matching, find_loss, penalty_terms
from msgan_lessons.pyramid import GrowthSchedule, Scales, check_scales, grown_images, pyramid_like
from msgan_lessons.steps import discriminator_step, ema_update, generator_step


def _two_decays(betas: Sequence[float]) -> bool:
    return (
        isinstance(betas, Sequence)
        and len(betas) == 2
        and all(isinstance(b, Real) and 0 <= b < 1 for b in betas)
    )


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
        D(x) after D's step costs a forward of its own; it is measured at step 1 and every so many
        steps; 0: only where the loss needs it.

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
        penalties = {n: getattr(self, n) for n in ("r1_gamma", "r2_gamma", "feature_matching")}
        rates = {"g_lr": self.g_lr, "d_lr": self.d_lr}
        counts = {n: getattr(self, n) for n in ("d_steps", "g_steps", "reg_interval")}
        check_finite(**rates, **penalties, gp_lambda=self.gp_lambda, ema_decay=self.ema_decay)
        check_positive(**rates)
        check_least(0, **penalties)
        check_whole(2, batch_size=self.batch_size)
        check_whole(1, **counts)
        check_whole(0, growth_images=self.growth_images, probe_interval=self.probe_interval)
        for name, holds, allowed in (
            ("betas", _two_decays(self.betas), "two numbers in [0, 1)"),
            ("gp_lambda", self.gp_lambda >= 0 or self.gp_lambda == -1, ">= 0, or -1"),
            ("ema_decay", 0 <= self.ema_decay < 1, "in [0, 1)"),
        ):
            if not holds:
                raise ValueError(f"{name} must be {allowed}, got {getattr(self, name)!r}.")

    def as_dict(self) -> dict:
        """Return the settings as plain values for JSON."""
        return {**asdict(self), "betas": list(self.betas)}

    def with_(self, **changes: object) -> "TrainConfig":
        """Return a copy with some fields changed, checked again."""
        return replace(self, **changes)


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
    run=None,
) -> Iterator[dict]:
    """Play steps of a game until one of two limits is reached.

    Nothing happens until the first row is asked for; between two rows the caller may draw, or
    `break`.

    Parameters
    ----------
    game : object
        Has the method `step`, which returns a dict: a `Game`, or one like it.
    steps : int
        At least 1.
    max_seconds : float
        Wall time in seconds, > 0, counted from the first row asked for.
    score : callable, optional
        Says how good G is now, lower is better; it must take nothing from the random streams. Its
        best checkpoint is kept beside the last.
    score_interval : int
        Steps between two scores, at least 1; the last step is always scored.
    run : Run, optional
        Where the game is kept while it goes on, if the run has a folder: a resumed run first
        yields the rows that are kept, then plays on from the last checkpoint.

    Yields
    ------
    dict
        What `step` returned, and 'seconds'; with `score` 'score' too, None between.

    Raises
    ------
    TypeError, ValueError
        At once, if `run` is no Run or a limit out of range; before the first row, if a checkpoint
        does not fit.
    FloatingPointError
        If a loss is not finite: the last good checkpoint and the likely cause are named.
    OSError
        If the disk is full; the checkpoint before stays whole.
    """
    check_whole(1, steps=steps, score_interval=score_interval)
    if run is not None and not hasattr(run, "keeper"):
        raise TypeError(f"run must be a Run or None, got {run!r}.")
    check_positive(max_seconds=max_seconds)
    return _rows(game, steps, max_seconds, score, score_interval, run)


def _rows(game, steps: int, max_seconds: float, score, score_interval: int, run) -> Iterator[dict]:
    kept = run and run.keeper(game)
    rows = kept.resume() if kept else []
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
        if kept:
            kept.see(row, over=over, score=row.get("score"))
        yield row
        if over:
            return


def _step(game, kept) -> dict:
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
        left = f"; {kept.where()}" if kept else ""
        raise FloatingPointError(f"{str(error).rstrip('.')}{cause}{left}.") from error


def _agreed(game, over: bool) -> bool:
    """Whether to stop; processes that play together all stop at the same step."""
    processes = getattr(game, "processes", None)
    return over if processes is None else processes.agree(over)


def check_abilities(
    generator: nn.Module, discriminator: nn.Module | None, config: TrainConfig
) -> None:
    """Refuse settings that need a G that grows or a D that shows its features, without one."""
    for name, network in (("G", generator), ("D", discriminator)):
        if config.growth_images and not hasattr(network, "grow_to"):
            raise ValueError(
                f"growth_images must be 0 for a {name} without the method grow_to, "
                f"got {config.growth_images}."
            )
    if config.feature_matching and discriminator and not hasattr(discriminator, "judge"):
        raise ValueError(
            f"feature_matching must be 0 for a D without the method judge, "
            f"got {config.feature_matching}."
        )


Given = tuple[Tensor, ...]


class Conditioned(nn.Module):
    """A D that has been told something about the batch: D(x) becomes D(x, y) with y held fixed."""

    def __init__(self, network: nn.Module, condition: Given) -> None:
        super().__init__()
        self.network, self.condition = network, condition

    def forward(self, images: Scales) -> Scales:
        """Judge images as the network does, under the condition."""
        return self.network(images, *self.condition)

    def judge(self, images: Scales) -> tuple:
        """Return logits and features as the network's own `judge` does, under the condition."""
        return self.network.judge(images, *self.condition)


FIXED = {"batch_size", "growth_images"}  # cannot change while a game goes on
MEASURED = (  # the columns of a row in which D plays, after 'step' and 'n_images'
    "d_loss", "d_penalty", "d_real_before", "d_fake_before",
    "g_loss", "g_matching", "d_fake_after", "d_real_after",
)  # fmt: skip


class Game:
    r"""Two players, their optimisers, the data and the randomness: all that one step needs.

    .. math:: \mathcal{L}_G = w \, \ell_G(D(G(s))) + \sum_i c_i(s, x, G(s))

    G starts from noise, s = z, or from something given: an image, a label, a spectrogram.

    Parameters
    ----------
    generator : nn.Module
        Called as generator(z), where it has `latent_dim`, or as generator(*given); returns scales.
    discriminator : nn.Module or None
        Scales to logits; None where `adversarial` is 0.
    batches : iterable
        Yields real images (B, C, H, W), against which G plays from noise; or pairs (given, real):
        a tuple of tensors for G, and the scales that D compares with, as G returns them.
    config : TrainConfig, optional
        Loss, learning rates, penalties, averaging.
    terms : callable, optional
        (given, real, fake) to a dict: name to a weighted scalar, added to G's loss; each is a
        column of the rows.
    adversarial : float
        w, at least 0; 0: D does not play, and G has the terms alone.
    condition : callable, optional
        given to the tuple that D is told beside the images, for instance labels.
    match : callable
        For config.feature_matching: `feature_matching`, or `losses.paired_feature_matching` where
        each fake has a real twin.
    generator_ema, streams, device, processes
        As for `train`.

    Raises
    ------
    ValueError
        If the loss or the device is unknown, the networks cannot do what `config` asks for, G has
        nothing to learn from, or the processes cannot share the batch.

    Examples
    --------
    >>> class Mirror(nn.Conv2d):
    ...     def forward(self, image):
    ...         return [super().forward(image)]
    >>> batches = iter([((torch.ones(2, 1, 4, 4),), [torch.zeros(2, 1, 4, 4)])])
    >>> error = lambda given, real, fake: {"mse": (fake[0] - real[0]).square().mean()}
    >>> sorted(Game(Mirror(1, 1, 1), None, batches, terms=error, adversarial=0.0).step())
    ['mse', 'n_images', 'step']
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module | None,
        batches: Iterable,
        config: TrainConfig | None = None,
        *,
        terms: Callable[[Given, Scales, Scales], Mapping[str, Tensor]] | None = None,
        adversarial: float = 1.0,
        condition: Callable[[Given], Given] | None = None,
        match: Callable = feature_matching,
        generator_ema: nn.Module | None = None,
        streams: Streams | None = None,
        device: str = "auto",
        processes=None,
    ) -> None:
        if not adversarial >= 0:
            raise ValueError(f"adversarial must be >= 0, got {adversarial!r}.")
        if not adversarial and terms is None:
            raise ValueError("terms must be given for adversarial=0: G has nothing to learn from.")
        if adversarial and discriminator is None:
            raise ValueError(f"adversarial must be 0 without a discriminator, got {adversarial!r}.")
        self.config, self.processes = config or TrainConfig(), processes
        self.terms, self.adversarial, self.condition = terms, adversarial, condition
        self.loss, self.match = self._loss(self.config), match
        check_abilities(generator, discriminator, self.config)
        self.place, self.dtype = choose_device(
            str(processes.device) if processes and device == "auto" else device
        )
        self.generator, self.discriminator, self.generator_ema = (
            network and network.to(self.place, memory_format=torch.channels_last).train()
            for network in (generator, discriminator, generator_ema)
        )
        self.g_optimizer = self._adam(generator, self.config.g_lr)
        self.d_optimizer = self._adam(discriminator, self.config.d_lr) if adversarial else None
        self.streams, self.batches = streams or Streams(0), CountedBatches(batches)
        self.steps = self.n_images = 0
        growth = self.config.growth_images
        self.growth = GrowthSchedule(growth, len(generator.sizes)) if growth else None
        if processes:
            processes.prepare(self)

    def step(self, players: str = "both") -> dict[str, float | None]:
        """Play one step: `d_steps` updates of D, `g_steps` of G, one of its average.

        `players` is 'both'; or 'D' or 'G', then the other one waits. Returns a row as `train`
        yields it, without 'seconds', and with the terms; None for what was not played.
        """
        *_, row = self.turns(players)
        return row

    def turns(self, players: str = "both") -> Iterator[dict | None]:
        """Play one step as `step` does: yields None after each update, at last the row."""
        check_choice("players", players, ("both", "D", "G"))
        self.steps += 1
        row, batch = {}, None
        for _ in range(self.config.d_steps if self.adversarial and players != "G" else 0):
            batch = self.draw()
            self.count(batch)
            row |= self._update_d(*batch)
            yield None
        for _ in range(self.config.g_steps if players != "D" else 0):
            if batch is None:  # else the last fakes of D's updates serve here too
                batch = self.draw()
                if not self.adversarial:
                    self.count(batch)
            row |= self._update_g(*batch)
            batch = None
            yield None
        yield self.finish(row, averaged=players != "D")

    def finish(self, row: Mapping[str, Tensor | float | None], averaged: bool = True) -> dict:
        """End a step: move the average, if G has moved, and fetch the numbers."""
        if averaged and self.generator_ema is not None:
            ema_update(self.generator_ema, self.generator, self.steps - 1, self.config.ema_decay)
        row = self.processes.mean(row) if self.processes else row
        columns = dict.fromkeys(MEASURED if self.adversarial else ())
        counts = {"step": self.steps, "n_images": self.n_images}
        return counts | columns | to_floats(row, self.steps)

    def draw(self) -> tuple[Given, list[Tensor], list[Tensor]]:
        """Draw a batch: what G is given, and real and fake scales; the fakes hang on G."""
        batch = next(self.batches, None)
        if batch is None:
            raise ValueError(
                f"batches must not end while the game goes on, got {self.batches.count}."
            )
        if from_noise := isinstance(batch, Tensor):  # (B, C, H, W)
            z = self.streams.latents(len(batch), self.generator.latent_dim).to(batch.dtype)
            batch = (z,), [batch]
        given, real = self.processes.share(batch) if self.processes else batch
        given, real = check_scales(given, "what G is given"), check_scales(real, "real images")
        given, real = ([x.to(self.place) for x in part] for part in (given, real))
        with autocast(self.place, self.dtype):
            if not from_noise and self.growth:
                raise ValueError("growth_images must be 0 where batches say what G is given.")
            if not from_noise:
                fake = check_scales(self.generator(*given), "what G draws")
                return tuple(given), real, fake
            (whole,) = real if self.growth is None else [self._grown(real[0])]
            forced = hasattr(self.generator, "beside")  # LAPGAN's levels start from real images
            fake = self.generator.beside(*given, whole) if forced else self.generator(*given)
        return tuple(given), pyramid_like(whole, fake), fake

    def _grown(self, real: Tensor) -> Tensor:
        """Let all networks grow to where the schedule is; the images as they then see them."""
        depth, alpha = self.growth.stage(self.n_images)
        for network in filter(None, (self.generator, self.discriminator, self.generator_ema)):
            network.grow_to(depth, alpha)
        return grown_images(real, self.generator.sizes[depth - 1], alpha)

    def count(self, batch: tuple) -> None:
        """Add the images of a batch, in all processes, to those that were shown."""
        self.n_images += len(batch[0][0]) * (self.processes.count if self.processes else 1)

    def _update_d(self, given: Given, real: Scales, fake: Scales) -> dict:
        """One update of D; its fakes serve G too."""
        judge = self.judge(given)
        with autocast(self.place, self.dtype):
            penalty = self.penalty(judge, real, fake)
            return discriminator_step(judge, self.d_optimizer, real, fake, self.loss, penalty)

    def _update_g(self, given: Given, real: Scales, fake: Scales) -> dict:
        """One update of G."""
        with autocast(self.place, self.dtype):
            terms = dict(self.terms(given, real, fake)) if self.terms else {}
            extra = sum(terms.values())
            row = {name: term.detach() for name, term in terms.items()}
            if self.adversarial:
                return row | generator_step(
                    self.judge(given), self.g_optimizer, fake, self.loss,
                    real if self.probes() else None, self.config.feature_matching,
                    extra=extra, weight=self.adversarial, match=self.match,
                )  # fmt: skip
            self.g_optimizer.zero_grad(set_to_none=True)
            extra.backward()
            self.g_optimizer.step()
        return row

    def judge(self, given: Given) -> nn.Module:
        """D as it judges this batch, told what the condition says."""
        if self.condition is None:
            return self.discriminator
        return Conditioned(self.discriminator, self.condition(given))

    def probes(self) -> bool:
        """Tell whether D(x) is measured after D's step, which costs a forward."""
        every = self.config.probe_interval
        needed = self.loss.pairs or self.config.feature_matching
        return bool(needed or (every and (self.steps == 1 or self.steps % every == 0)))

    def penalty(self, judge: nn.Module, real: Scales, fake: Scales) -> Tensor | float:
        """Weighted R1 + R2 + gradient penalty, every `reg_interval` steps and that much larger."""
        every = self.config.reg_interval
        if self.steps % every:
            return 0.0
        epsilon = self._epsilon
        return every * penalty_terms(judge, real, fake, self.config, self.loss, epsilon=epsilon)

    def _epsilon(self, count: int) -> Tensor:
        """The gradient penalty's places between real and fake, for `count` images."""
        whole = count * (self.processes.count if self.processes else 1)
        places = torch.rand(whole, generator=self.streams["penalty"])
        return (self.processes.share(places) if self.processes else places).to(self.place)

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
            for group in optimizer.param_groups if optimizer else ():
                group["lr"], group["betas"] = rate, config.betas

    def _loss(self, config: TrainConfig) -> Loss:
        """The loss, over the whole batch also where several processes share it."""
        loss = find_loss(config.loss)
        return self.processes.loss(loss) if self.processes else loss

    def _adam(self, network: nn.Module, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), lr=lr, betas=self.config.betas, fused=True)


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
    processes=None,
    score: Callable[[], float] | None = None,
    score_interval: int = 200,
    run=None,
) -> Iterator[dict[str, float | None]]:
    """Play the game of formula (3): a Python generator that yields one row a step.

    Goodfellow et al. 2014, algorithm 1. One difference: the last fakes of D's updates serve in G's
    update too. G has not changed in between, so its own forward would give the same images.

    Parameters
    ----------
    generator : nn.Module
        Has `latent_dim`; z (B, latent_dim) to a list of images, coarse to fine.
    discriminator : nn.Module
        Such a list to a list of logits. Both networks are moved to the device.
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
    max_seconds, score, score_interval, run
        When to stop, how good G is now, every so many steps, where it is kept: as for `played`.

    Yields
    ------
    dict
        'step' (from 1), 'n_images' (real images shown to D), 'seconds', 'd_loss', 'g_loss',
        'd_penalty', 'd_real_before', 'd_fake_before', 'g_matching', 'd_fake_after', and
        'd_real_after' (None except at step 1 and every `probe_interval` steps; always there for a
        relativistic loss and with feature matching).

    Raises
    ------
    ValueError, FloatingPointError, OSError
        As for `Game` and `played`.
    """
    game = Game(
        generator, discriminator, real_batches, config, generator_ema=generator_ema,
        streams=streams, device=device, processes=processes,
    )  # fmt: skip
    return played(
        game, steps=steps, max_seconds=max_seconds, score=score, score_interval=score_interval,
        run=run,
    )  # fmt: skip


def draw(network: nn.Module, *given: Tensor, chunk: int = 256) -> list[Tensor]:
    """Draw in evaluation mode and in chunks: each scale (N, C, R, R), coarse to fine, on the CPU.

    Parameters
    ----------
    network : nn.Module
        What is given, (B, ...) each, to a list of images, coarse to fine. Its mode is put back.
    *given : Tensor
        For a G the latents (N, latent_dim), and what else it is told, N of each.
    chunk : int
        How many at a time; the pictures, float32, depend on it by float rounding alone.

    Raises
    ------
    TypeError, ValueError
        If the network returns no list, or nothing is given.

    Examples
    --------
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> [tuple(x.shape) for x in draw(MultiScaleGenerator(emit="all"), torch.zeros(2, 64))]
    [(2, 1, 4, 4), (2, 1, 8, 8), (2, 1, 16, 16), (2, 1, 32, 32)]
    """
    if not given:
        raise ValueError("given must hold at least one tensor, got none.")
    weights, was_training = next(network.parameters(), given[0]), network.training
    network.eval()
    try:
        with torch.no_grad():
            chunks = zip(*(x.split(chunk) for x in given), strict=True)
            parts = [
                check_scales(network(*(x.to(weights.device) for x in part)), "what is drawn")
                for part in chunks
            ]
    finally:
        network.train(was_training)
    return [torch.cat(scale).float().cpu() for scale in zip(*parts, strict=True)]
