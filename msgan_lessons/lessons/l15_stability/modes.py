"""Modes captured on the papers' ring of 8 and grid of 25, cure by cure (lesson 15_stability)."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets import shipped
from msgan_lessons.lessons.l01_the_game.plane import (
    REACH,
    GaussianMixture,
    OneScaleDiscriminator,
    OneScaleGenerator,
    PlaneDiscriminator,
    PlaneGenerator,
    grid,
    mode_coverage,
    ring,
)
from msgan_lessons.training import Game, TrainConfig, played

SAMPLES = 2500  # the papers' count


TARGETS = {"ring of 8": partial(ring, 1.0, 0.01), "grid of 25": partial(grid, 1.0, 0.05 / 4)}


def paper_target(name: str) -> GaussianMixture:
    """One of the two distributions that papers measure modes on.

    The published code of PacGAN (Lin et al. 2018): ring of radius 1 and standard deviation 0.01,
    grid at -4, -2, 0, 2, 4 and 0.05, here scaled into [-1, 1], which changes neither modes nor
    quality. The clusters of `plane.target` are seven and five times as wide for their distances, so
    that a game can be watched.

    Parameters
    ----------
    name : str
        'ring of 8' or 'grid of 25'.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> len(paper_target("grid of 25").modes), round(paper_target("ring of 8").std, 3)
    (25, 0.01)
    """
    check_choice("target", name, TARGETS)
    return TARGETS[name]()


def measure(mixture: GaussianMixture, points: Tensor) -> dict[str, float | int | None]:
    """Count the modes that points (N, 2) hit, as the papers do, and how evenly."""
    fair_modes, high_quality = mode_coverage(mixture, points)
    distance, nearest = torch.cdist(points.float(), mixture.modes.float()).min(1)
    good = nearest[distance <= REACH * mixture.std]
    counts = torch.bincount(good, minlength=len(mixture.modes)).double()
    hit = counts[counts > 0] / max(len(good), 1)
    return {
        "modes": len(hit),  # with at least one point of high quality
        "fair_modes": fair_modes,  # with a tenth of their share
        "high_quality": high_quality,  # share within three standard deviations of a mode
        # nats, from 0 to log K; None where no point is of high quality
        "kl": max(0.0, float((hit * (hit * len(counts)).log()).sum())) if len(hit) else None,
    }


class StackedEnsemble(nn.Module):
    """K networks of one kind as one, each with its part of the batch; Adam moves each as alone.

    Networks that change their own buffers (running statistics, spectral norm) will not work.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        if not networks:
            raise ValueError("networks must hold at least one, got none.")
        parameters, buffers = stack_module_state(list(networks))
        self.count, self.names = len(networks), (list(parameters), list(buffers))
        self.latent_dim = getattr(networks[0], "latent_dim", None)
        self.stacked = nn.ParameterList([nn.Parameter(p.detach()) for p in parameters.values()])
        for k, buffer in enumerate(buffers.values()):
            self.register_buffer(f"buffer_{k}", buffer)
        self._form = (copy.deepcopy(networks[0]).to("meta"),)  # in a tuple: not a submodule

    def forward(self, x: Tensor) -> Tensor:
        """Map (K * B, ...) to (K * B', ...): network k sees the k-th part."""
        parameters = dict(zip(self.names[0], self.stacked, strict=True))
        kept = (getattr(self, f"buffer_{k}") for k in range(len(self.names[1])))
        buffers = dict(zip(self.names[1], kept, strict=True))
        parts = x.reshape(self.count, -1, *x.shape[1:])  # (K, B, ...)
        one = torch.vmap(lambda p, b, x: functional_call(self._form[0], (p, b), (x,)))
        return one(parameters, buffers, parts).flatten(0, 1)


class SeedStreams(Streams):
    """The streams of several seeds: latents come from each in turn, the rest from the first."""

    def __init__(self, seeds: Sequence[int]) -> None:
        if not seeds:
            raise ValueError("seeds must hold at least one, got none.")
        super().__init__(seeds[0])
        self.each = [Streams(seed) for seed in seeds]

    def latents(self, count: int, latent_dim: int) -> Tensor:
        """The next training latents (count, latent_dim), an equal part from each seed."""
        share = count // len(self.each)
        return torch.cat([streams.latents(share, latent_dim) for streams in self.each])


GAMMA = 5e-5  # of R1 and R2: of the order of a cluster's variance, 1e-4
BASELINE = TrainConfig(
    batch_size=128, g_lr=2e-3, d_lr=2e-3, betas=(0.5, 0.99), reg_interval=2, ema_decay=0.995,
    probe_interval=1_000_000,
)  # fmt: skip
LEAST, STILL = 0.01, 0.8  # share of the rates at the end; of the steps, until gamma stays
NETWORKS = {  # the same in every run
    "generator": {"latent_dim": 2, "hidden": 128, "depth": 3, "batch_norm": True},
    "discriminator": {"hidden": 64, "depth": 2, "waves": 32, "bandwidth": 6.0},
}


@dataclass(frozen=True)
class Cure:
    """What differs from the baseline."""

    says: str  # the change, in words
    config: Mapping[str, object] = field(default_factory=dict)  # fields of `TrainConfig`
    discriminator: Mapping[str, object] = field(default_factory=dict)  # of `PlaneDiscriminator`
    averaged: bool = False  # whether G's running average is measured in its place
    longer: int = 1  # how many times as many steps it plays
    gamma_from: float = 0.0  # > 0: R1 and R2 fall from here, by one factor a step, until `STILL`
    rates_stay: float = 0.5  # share of the steps until the learning rates fall, in [0, 1)

    @property
    def settings(self) -> TrainConfig:
        """The baseline's settings with the change."""
        return BASELINE.with_(**self.config)

    def settings_at(self, played: float) -> dict[str, float]:
        """Learning rates and penalty weights when a share of the steps is played, 0 to 1."""
        asked = self.settings
        factor = max(LEAST, min(1.0, (1 - played) / (1 - self.rates_stay)))
        found = {name: getattr(asked, name) * factor for name in ("g_lr", "d_lr")}
        if self.gamma_from:
            left = max(0.0, 1 - played / STILL)
            for name in ("r1_gamma", "r2_gamma"):
                found[name] = self.gamma_from**left * getattr(asked, name) ** (1 - left)
        return found

    def networks(self, streams: Streams) -> tuple[nn.Module, nn.Module]:
        """Build G and D from the stream 'weights', G first."""
        streams.seed_weights()
        generator = PlaneGenerator(**NETWORKS["generator"])
        return generator, PlaneDiscriminator(**NETWORKS["discriminator"], **self.discriminator)


R1, R2 = {"r1_gamma": GAMMA}, {"r2_gamma": GAMMA}
TOGETHER = {
    "config": {"loss": "relativistic"} | R1 | R2,
    "discriminator": {"pac": 2},
    "averaged": True,
}
CURES: dict[str, Cure] = {
    "non-saturating": Cure("the baseline: no cure"),
    "minimax": Cure("G minimises log(1 - D(G(z)))", {"loss": "minimax"}),
    "R1": Cure("D's slope at real points is punished", R1),
    "R1 + R2": Cure("D's slope at real and generated points is punished", R1 | R2),
    "relativistic": Cure("D judges pairs of real and fake", {"loss": "relativistic"}),
    "pac 2": Cure("D judges two points together", discriminator={"pac": 2}),
    "minibatch_stddev": Cure(
        "D sees how much four points differ", discriminator={"minibatch_stddev": True}
    ),
    "spectral norm": Cure("D's weights have norm 1", discriminator={"spectral_norm": True}),
    "EMA": Cure("the running average of G is measured", averaged=True),
    "together": Cure("relativistic, R1, R2, pac 2 and EMA", **TOGETHER),
    "together annealed": Cure(
        "relativistic, R1, R2 and EMA; gamma falls from 0.2 to its value, ten times as many steps",
        {"loss": "relativistic"} | R1 | R2,
        averaged=True,
        longer=10,
        gamma_from=0.2,
        rates_stay=0.4,
    ),
}


def find_cure(name: str) -> Cure:
    """Look a cure up in CURES."""
    check_choice("cure", name, CURES)
    return CURES[name]


STEPS = 800
CHANGE_EVERY = 25  # steps between changes of learning rates and penalty weights
MEASURED = ("modes", "fair_modes", "high_quality", "kl")


class StudyGame:
    """A game of the study: one cure, one target, seeds side by side; rates fall at its end."""

    def __init__(
        self, cure: str, target: str, seeds: Sequence[int] = (0,), *, steps: int | None = None
    ) -> None:
        self.cure, self.mixture = find_cure(cure), paper_target(target)
        self.planned = STEPS * self.cure.longer if steps is None else steps
        self.streams, settings = SeedStreams(seeds), self.cure.settings
        if len(seeds) > 1 and self.cure.discriminator.get("spectral_norm"):
            raise ValueError(f"seeds must be one for {cure!r}, got {len(seeds)}.")
        pairs = [self.cure.networks(streams) for streams in self.streams.each]
        generator, discriminator = (
            side[0] if len(seeds) == 1 else StackedEnsemble(side)
            for side in zip(*pairs, strict=True)
        )
        generator = OneScaleGenerator(generator)
        discriminator = OneScaleDiscriminator(discriminator)
        self.average = copy.deepcopy(generator)
        self.game = Game(
            generator, discriminator, self._batches(settings.batch_size), settings,
            generator_ema=self.average, streams=self.streams, device="cpu",
        )  # fmt: skip

    def step(self) -> dict[str, float | None]:
        """Play one step of all seeds, as `Game.step`; losses are means over the seeds."""
        if self.game.steps % CHANGE_EVERY == 0:
            self.game.change(**self.cure.settings_at(self.game.steps / self.planned))
        return self.game.step()

    @torch.no_grad()
    def points(self, count: int = SAMPLES, averaged: bool | None = None) -> list[Tensor]:
        """What is measured, (count, 2) a seed; takes nothing from the training's streams."""
        averaged = self.cure.averaged if averaged is None else averaged
        generator = self.average if averaged else self.game.generator
        each, dim = self.streams.each, generator.latent_dim
        z = torch.cat([streams.fixed_latents(count, dim) for streams in each])
        return list(generator(z)[0].split(count))

    def _batches(self, batch_size: int) -> Iterator[Tensor]:
        while True:
            each = (streams["data"] for streams in self.streams.each)
            yield torch.cat([self.mixture.sample(batch_size, stream) for stream in each])


def run_study(
    cure: str,
    target: str,
    seed: int = 0,
    *,
    steps: int | None = None,
    max_seconds: float = math.inf,
    score_interval: int = 200,
    run=None,
) -> Iterator[dict]:
    """Play one run of the study.

    Parameters
    ----------
    cure : str
        Key in `CURES`.
    target : str
        As for `paper_target`.
    seed : int
        Of weights, data and latents.
    steps : int, optional
        At least 1; 800, or as many times that as the cure says.
    max_seconds : float
        Stop after that much wall time, > 0.
    score_interval : int
        Steps between two counts, at least 1; the last step is always counted.
    run : Run, optional
        Where the game is kept, as for `training.played`.

    Yields
    ------
    dict
        As `training.played`, with 'modes', 'fair_modes', 'high_quality' and 'kl' (as `measure`
        returns them): None between two counts.

    Raises
    ------
    ValueError
        If a name is unknown or a limit out of range.
    """
    game = StudyGame(cure, target, [seed], steps=steps)
    limits = {"steps": game.planned, "max_seconds": max_seconds, "run": run}
    for row in played(game, score_interval=score_interval, **limits):
        last = row["step"] == game.planned or row["seconds"] >= max_seconds
        counted = last or row["step"] % score_interval == 0
        score = measure(game.mixture, game.points()[0]) if counted else {}
        yield row | dict.fromkeys(MEASURED) | score


@dataclass(frozen=True)
class Study:
    """The recorded study, as data/build_modes_study.py wrote it."""

    rows: list[dict]  # 'target', 'cure', 'seed', 'step', what `measure` returns, and 'cpu_seconds'
    samples: dict[str, Tensor]  # 'target/cure' to points (250, 2) of the first seed
    settings: dict  # what all runs share
    machine: dict  # where, with what and when they were made

    def runs(self, target: str) -> dict[str, list[dict]]:
        """Rows of a target by cure, in the order of `CURES`; one row a seed."""
        found = {
            cure: [r for r in self.rows if (r["target"], r["cure"]) == (target, cure)]
            for cure in CURES
        }
        return {cure: rows for cure, rows in found.items() if rows}


def read_study() -> Study:
    """Read the recorded study: the rows of all runs, and points of each cure's first seed.

    Raises
    ------
    ValueError, FileNotFoundError
        If the file is damaged or missing; the sentence says how to restore it.
    """
    entry = shipped.check("modes_study")
    found = shipped.content("modes_study")
    names = (f"{target}/{cure}" for target in TARGETS for cure in CURES)
    kept = {name: found["samples"][name] for name in names if name in found["samples"]}
    samples = {name: torch.tensor(points) for name, points in kept.items()}
    for row in found["rows"]:
        modes = len(paper_target(row["target"]).modes)
        whole = row["cure"] in CURES and 0 <= row["modes"] <= modes
        if not (whole and 0 <= row["high_quality"] <= 1):
            raise ValueError(
                f"{entry['file']} holds a row that cannot be: {row}; restore it with: "
                f"{entry['restore']}"
            )
    return Study(found["rows"], samples, found["settings"], found["machine"])
