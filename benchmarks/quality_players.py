"""Who plays for quality: trainings that stop at each mark and are scored there."""

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn

from benchmarks.games import build, our_rows
from benchmarks.process import Desk
from benchmarks.textbook import (
    TUTORIAL_CONFIG,
    TutorialDiscriminator,
    TutorialGenerator,
    textbook_loop,
)
from msgan_lessons import metrics
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.training import draw

__all__ = ["COUNT", "advance", "distance", "floor", "play_ours", "play_textbook"]

COUNT = 2000  # generated images that are scored


def advance(
    desk: Desk, start: Callable[[], Iterator[dict]], drawings: Callable[[], Sequence[Tensor]]
) -> None:
    """Train up to each mark that is asked for, and answer with the distance reached there.

    The clock runs while training alone. It starts before the training is set up, optimisers
    included, with nothing warmed up.

    Parameters
    ----------
    desk : Desk
        Asks for seconds, growing.
    start : callable
        Sets the training up and returns its rows, one a step.
    drawings : callable
        Returns sets of generated images; the best set counts.
    """
    rows, steps, clock = None, 0, 0.0
    for mark in desk:
        if rows is None:
            began = time.perf_counter()
            rows = start()
            clock = time.perf_counter() - began
        while clock < mark:
            began = time.perf_counter()
            next(rows)
            clock, steps = clock + time.perf_counter() - began, steps + 1
        found = [distance(images) for images in drawings()]
        desk.answer({"distance": min(found), "all": found, "steps": steps, "seconds": clock})


def play_ours(desk: Desk, model: str, seed: int) -> None:
    """Train a preset as the lessons' preset 'class' does; the running average of G draws."""
    pair, streams = build(model, seed)
    average = copy.deepcopy(pair.generator)
    batches = open_images().batches(pair.config.batch_size, streams["data"])
    z = torch.randn(COUNT, average.latent_dim, generator=streams.fresh("evaluation"))
    advance(
        desk,
        lambda: our_rows(pair, batches, streams, average=average),
        lambda: [draw(average, z)[-1]],
    )


def play_textbook(desk: Desk, width: int, seed: int) -> None:
    """Train PyTorch's tutorial; G draws in training mode, as there, and in evaluation mode."""
    streams = Streams(seed)
    streams.seed_weights()
    generator, discriminator = TutorialGenerator(width), TutorialDiscriminator(width)
    batches = open_images().batches(TUTORIAL_CONFIG.batch_size, streams["data"])
    z = torch.randn(COUNT, generator.latent_dim, generator=streams.fresh("evaluation"))

    def start() -> Iterator[dict]:
        return textbook_loop(
            generator, discriminator, batches, TUTORIAL_CONFIG,
            latents=streams["latents"], criterion=nn.BCELoss(), forwards=1,
        )  # fmt: skip

    def drawings() -> list[Tensor]:
        evaluated = draw(generator, z)[0]
        with torch.no_grad():
            return [evaluated, torch.cat([generator(part) for part in z.split(250)])]

    advance(desk, start, drawings)


def floor(desk: Desk) -> None:
    """Answer with the distance of as many real training images: no G can be expected below it."""
    for _question in desk:
        desk.answer(distance(open_images().images(slice(COUNT))))


def distance(images: Tensor) -> float:
    """Fréchet distance of images to the test images, on the features of the course's classifier.

    Parameters
    ----------
    images : Tensor
        Shape (N, 1, 32, 32), in [-1, 1].

    Returns
    -------
    float
    """
    return metrics.frechet_distance(_real_features(), metrics.image_features(images))


@lru_cache
def _real_features() -> Tensor:
    """Made at the first mark: before it, the training must find a cold process."""
    return metrics.image_features(open_images(split="test").images())
