"""The same-budget duel: several models, same images, seed and allowance (lesson 08)."""

import copy
import time
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from msgan_lessons.base.checks import check_choice, check_least, check_positive
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.family import Model
from msgan_lessons.metrics.distances import band_distances, frechet_distance
from msgan_lessons.metrics.features import image_features
from msgan_lessons.metrics.scores import draw_full
from msgan_lessons.training import Game, draw

UNITS = ("seconds", "images", "flops")
TRIES = 4  # steps that are timed; the first of them warms up
LONG = 2**40  # real images in a phase of growth that does not end


def step_costs(model: Model, batch: Tensor, unit: str, device: str = "cpu") -> list[float]:
    """Cost of one step on (B, C, R, R), in `unit`; one a depth if the model grows, else one."""
    if unit == "images":
        return [float(len(batch))] * (len(model.generator.sizes) if _grows(model) else 1)
    cost = step_flops if unit == "flops" else step_seconds
    return [cost(game) for game in _games(model, batch, device)]


def step_flops(game: Game) -> float:
    """Floating-point operations of one D+G step, 2 a multiply-add, both ways; plays that step."""
    with FlopCounterMode(display=False) as counter:
        game.step()
    return float(counter.get_total_flops())


def step_seconds(game: Game) -> float:
    """Seconds of one D+G step: the fastest of a few that are played, the first left out."""
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        game.step()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def _games(model: Model, batch: Tensor, device: str) -> Iterator[Game]:
    """Copies of the pair, at each depth where it grows, else as it is."""
    for depth in range(1, len(model.generator.sizes) + 1) if _grows(model) else [None]:
        config = model.config if depth is None else model.config.with_(growth_images=LONG)
        players = copy.deepcopy((model.generator, model.discriminator))
        game = Game(*players, iter(lambda: batch, None), config, device=device)
        if depth is not None:
            game.n_images = (2 * depth - 2) * LONG  # the phase in which this depth holds
        yield game


def _grows(model: Model) -> bool:
    return model.config.growth_images > 0


GROWN_AT = 0.5  # share of the allowance after which a growing model has all its scales


class Judge:
    """Scores a G by the same real images, latents and directions every time.

    Parameters
    ----------
    real_images : Tensor
        Held-out real images (N, C, R, R) in [-1, 1].
    count : int
        Images drawn from G, at least 100.
    seed : int
        Of the latents and of the random directions.

    Raises
    ------
    ValueError
        If `count` is below 100.
    """

    def __init__(self, real_images: Tensor, count: int = 1000, seed: int = 0) -> None:
        check_least(100, count=count)
        self.real, self.count, self.streams = real_images[:count], count, Streams(seed)
        self.features = image_features(real_images)

    def score(self, generator: torch.nn.Module) -> dict:
        """Draw from G, enlarge to the real resolution: 'frechet', and 'swd' {resolution: value}."""
        z = torch.randn(
            self.count, generator.latent_dim, generator=self.streams.fresh("judged latents")
        )
        return self.compare(draw_full(generator, z, self.real.shape[-1])[-1])

    def compare(self, fake: Tensor) -> dict:
        """Score images (n, C, R, R) as `score` does; real ones give the noise floor."""
        directions = self.streams.fresh("judge's directions")
        return {
            "frechet": frechet_distance(self.features, image_features(fake)),
            "swd": band_distances(self.real, fake, directions, n_projections=64),
        }


def duel(
    models: Mapping[str, Model],
    data: ImageData,
    judge: Judge,
    *,
    unit: str = "seconds",
    amount: float = 60.0,
    steps: int = 1_000_000,
    seed: int = 0,
    moments: int = 4,
    device: str = "auto",
) -> Iterator[dict]:
    """Train one model after the other, each with the same allowance, and score all alike.

    A growing model has all its scales after half of the allowance; its pace comes from what a step
    costs at each depth.

    Parameters
    ----------
    models : mapping
        Name to model, freshly built; every one meets the same batches in the same order.
    data : ImageData
        Real images for training.
    judge : Judge
        Holds real images that are not in `data`. Judging does not count as time.
    unit : str
        What all get the same of: 'seconds' of training, real 'images', or 'flops'.
    amount : float
        How much of it, > 0.
    steps : int
        D+G updates at the most, whatever the allowance.
    seed : int
        Of data and latents.
    moments : int
        Scores during the training, evenly spread, the last at its end.
    device : str
        As for `training.train`.

    Yields
    ------
    dict
        'model', 'share' of the allowance that is used up, 'step', 'n_images', 'seconds', 'flops',
        the judge's scores, and 'scales': eight fixed latents as G draws them, coarse to fine.

    Raises
    ------
    ValueError
        If `unit` is unknown or `amount`, `steps` or `moments` out of range.
    """
    check_choice("unit", unit, UNITS)
    check_positive(amount=amount, steps=steps, moments=moments)
    for name, model in models.items():
        contest = _Contest(model, data, unit, amount, seed, device)
        for share in contest.play(steps, moments):
            yield {"model": name, "share": share, **contest.state(), **judge.score(contest.average)}


class _Contest:
    """One model that spends its allowance."""

    def __init__(self, model: Model, data: ImageData, unit: str, amount: float, seed, device):
        self.streams, self.unit, self.amount = Streams(seed), unit, amount
        config = model.config
        self.batch = data.images(slice(config.batch_size))
        self.costs = step_costs(model, self.batch, unit, device)
        self.flops_a_step = step_costs(model, self.batch, "flops")
        if config.growth_images:
            config = config.with_(growth_images=self._pace(config.batch_size))
        self.average = copy.deepcopy(model.generator)
        self.game = Game(
            model.generator,
            model.discriminator,
            data.batches(config.batch_size, self.streams["data"]),
            config,
            generator_ema=self.average,
            streams=self.streams,
            device=device,
        )
        self.seconds, self.flops, self._seen = 0.0, 0.0, 0

    def play(self, steps: int, moments: int) -> Iterator[float]:
        """Train, and stop at each moment; yields the share that is used up."""
        while self.game.steps < steps and self.used < 1:
            start = time.perf_counter()
            self.game.step()
            self.seconds += time.perf_counter() - start
            stage = getattr(self.game.generator, "stage", [0])  # 0: it does not grow
            self.flops += self.flops_a_step[int(stage[0]) - 1]
            over = self.game.steps == steps or self.used >= 1
            share = max(self.used, self.game.steps / steps)
            if over or share * moments >= self._seen + 1:
                self._seen = int(share * moments)
                yield share

    @property
    def used(self) -> float:
        """Share of the allowance that is spent."""
        spent = {"seconds": self.seconds, "images": self.game.n_images, "flops": self.flops}
        return spent[self.unit] / self.amount

    def state(self) -> dict:
        """What has been spent, and what G draws now."""
        z = self.streams.fixed_latents(8, self.average.latent_dim)
        return {
            "step": self.game.steps,
            "n_images": self.game.n_images,
            "seconds": self.seconds,
            "flops": self.flops,
            "scales": draw(self.average, z),
        }

    def _pace(self, batch_size: int) -> int:
        """Images in one phase of growth, so that all scales play after half of the allowance."""
        *early, last = self.costs
        a_phase_of_steps = early[0] + 2 * sum(early[1:]) + last if early else last
        return max(1, int(GROWN_AT * self.amount / a_phase_of_steps * batch_size))
