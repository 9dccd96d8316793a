"""Stacked modes: a thousand classes of three garments, and how many G finds (lesson 15)."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.family import channels_for
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.metrics.features import load_classifier, predicted_labels
from msgan_lessons.training import Game, TrainConfig, draw, played

CHANNELS = 3
SAMPLES = 26_000  # the papers' count


def stacked_batches(
    data: ImageData, batch_size: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Draw images (B, 3, R, R) without end; each channel is a garment, drawn by itself."""
    if data.img_channels != 1:
        raise ValueError(f"data must be grey images, got {data.img_channels} channels.")
    check_least(1, batch_size=batch_size)
    return _stacks(data, batch_size, generator)


def _stacks(data: ImageData, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    while True:
        which = torch.randint(len(data), (batch_size * CHANNELS,), generator=generator)
        grey = data.images(which)  # (3 B, 1, R, R)
        yield grey.reshape(batch_size, CHANNELS, *grey.shape[2:])


def stacked_modes(images: Tensor, classifier: nn.Module | None = None) -> dict[str, float]:
    """Count the classes of three of images (N, 3, R, R), and KL to even ones (VEEGAN, 2017)."""
    if images.ndim != 4 or images.shape[1] != CHANNELS or not len(images):
        raise ValueError(f"images must have shape (N, 3, R, R), got {tuple(images.shape)}.")
    labels = predicted_labels(images.reshape(-1, 1, *images.shape[2:]), classifier, chunk=256)
    digits = labels.reshape(-1, CHANNELS)  # (N, 3)
    kinds = (digits * torch.tensor([100, 10, 1])).sum(1)
    shares = torch.bincount(kinds, minlength=1000).double() / len(kinds)
    seen = shares[shares > 0]
    return {
        "modes": len(seen),
        "kl": float((seen * (seen * 1000).log()).sum().clamp(0, math.log(1000))),
        "count": len(images),
    }


PUBLISHED_RESULTS = (  # modes of 1,000 and KL in nats, all on stacked MNIST digits, not on garments
    ("DCGAN", 99, 3.40, "Huang et al. 2024 (R3GAN), section 4.2"),
    ("VEEGAN", 150, 2.95, "Huang et al. 2024 (R3GAN), section 4.2"),
    ("WGAN-GP", 959, 0.73, "Huang et al. 2024 (R3GAN), section 4.2"),
    ("PacGAN", 992, 0.28, "Huang et al. 2024 (R3GAN), section 4.2"),
    ("StyleGAN2", 940, 0.42, "Huang et al. 2024 (R3GAN), section 4.2"),
    ("GAN + R1 + R2", 693, 0.9270, "Huang et al. 2024 (R3GAN), section 2.4"),
    ("relativistic + R1 + R2", 1000, 0.0781, "Huang et al. 2024 (R3GAN), section 2.4"),
)


@dataclass(frozen=True)
class StackedCure:
    """What differs from DCGAN with the non-saturating loss."""

    changes: dict  # fields of `TrainConfig`
    discriminator: dict  # keyword arguments of `MultiScaleDiscriminator`


STACKED_CURES: dict[str, StackedCure] = {
    "non_saturating": StackedCure({}, {}),
    "pac 2": StackedCure({}, {"pac": 2}),
    "minibatch_stddev": StackedCure({}, {"minibatch_stddev": True}),
    "R1": StackedCure({"r1_gamma": 1.0}, {}),
    "R1 + R2": StackedCure({"r1_gamma": 1.0, "r2_gamma": 1.0}, {}),
    "relativistic + R1 + R2": StackedCure(
        {"loss": "relativistic", "r1_gamma": 1.0, "r2_gamma": 1.0}, {}
    ),
}


def stacked_game(
    data: ImageData,
    cure: str = "non_saturating",
    *,
    seed: int = 0,
    width: int = 16,
    latent_dim: int = 64,
    batch_size: int = 64,
    device: str = "auto",
) -> Game:
    """Build the game of DCGAN on stacked garments; D has minibatch_stddev as a cure alone."""
    check_choice("cure", cure, STACKED_CURES)
    check_least(1, latent_dim=latent_dim)
    chosen, streams = STACKED_CURES[cure], Streams(seed)
    config = TrainConfig(batch_size=batch_size, reg_interval=2).with_(**chosen.changes)
    streams.seed_weights()
    sizes = {"resolution": data.resolution, "img_channels": CHANNELS}
    sizes |= {"channels": channels_for(data.resolution, width)}
    generator = MultiScaleGenerator(**sizes, latent_dim=latent_dim, emit="finest")
    options = {"minibatch_stddev": False} | chosen.discriminator
    discriminator = MultiScaleDiscriminator(**sizes, inject="finest", **options)
    batches = stacked_batches(data, batch_size, streams["data"])
    return Game(generator, discriminator, batches, config, streams=streams, device=device)


def run_stacked(
    data: ImageData,
    cure: str = "non_saturating",
    *,
    steps: int,
    max_seconds: float = math.inf,
    count: int = SAMPLES,
    score_interval: int = 1000,
    run=None,
    **sizes,
) -> Iterator[dict]:
    """Play the game on stacked garments and count G's modes on the way.

    Parameters
    ----------
    data : ImageData
        Grey images.
    cure : str
        Key in `STACKED_CURES`.
    steps : int
        At least 1.
    max_seconds : float
        Stop after that much wall time, > 0.
    count : int
        Images that are counted, at least 1.
    score_interval : int
        Steps between two counts, at least 1; the last step is always counted.
    run : Run, optional
        Where the game is kept, as for `training.played`.
    **sizes
        'seed', 'width', 'latent_dim', 'batch_size' and 'device' of `stacked_game`.

    Yields
    ------
    dict
        As `training.played`, with 'modes' and 'kl' (nats): None between two counts. Of the rows
        that a resumed run has kept, 'kl' alone is known.

    Raises
    ------
    ValueError
        If the cure is unknown or a value out of range.
    """
    check_least(1, count=count)
    game, found = stacked_game(data, cure, **sizes), {}

    def score() -> float:
        found.update(_score(game, count))
        return found["kl"]

    rows = played(
        game, steps=steps, max_seconds=max_seconds, score=score, score_interval=score_interval,
        run=run,
    )  # fmt: skip
    for row in rows:
        kl = row.pop("score")
        yield row | {"modes": None if kl is None else found.get("modes"), "kl": kl}


def _score(game: Game, count: int) -> dict:
    """Count the modes of G as it is; takes nothing from the training's streams."""
    z = game.streams.fixed_latents(count, game.generator.latent_dim)
    judge = copy.deepcopy(load_classifier()).to(game.place)
    return stacked_modes(draw(game.generator, z)[-1], judge)
