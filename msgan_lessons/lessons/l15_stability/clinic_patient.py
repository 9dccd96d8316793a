"""A patient of the failure clinic: a training by its practice, and its symptoms (lesson 15)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import torch
from torch import Tensor, nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l01_the_game.plane import (
    PlaneDiscriminator,
    PlaneGenerator,
    mode_coverage,
    plane_batches,
    target,
)
from msgan_lessons.lessons.l15_stability.clinic_paths import Way, as_drawn
from msgan_lessons.training import Game, TrainConfig

__all__ = ["Patient", "Practice"]

PLANE = {"batch_size": 64, "g_lr": 1e-3, "d_lr": 4e-3, "betas": (0.5, 0.99), "reg_interval": 1}
IMAGES = {"batch_size": 32, "loss": "hinge"}
MEASURED_EVERY = 10  # steps
SEEN = 512  # points or images that are looked at


@dataclass(frozen=True)
class Practice:
    """How a patient is trained; a fault and a cure each change one of these.

    Parameters
    ----------
    world : str
        'plane': points on the ring of 8. 'drawn': images, G draws each scale. 'pooled': images, G
        draws the finest and D sees it averaged.
    settings : mapping
        Fields of `TrainConfig` that differ from the world's.
    path : callable
        What happens to G's images on the way to D, of `clinic_paths`.
    game : type
        `Game`, or one of `clinic_faults`.
    head_start : int
        Updates of D alone before the first step.
    epsilon : float
        Adam's, of G.
    """

    world: str
    settings: Mapping[str, object] = field(default_factory=dict)
    path: Callable = as_drawn
    game: type[Game] = Game
    head_start: int = 0
    epsilon: float = 1e-8

    def with_(self, settings: Mapping[str, object] | None = None, **changes: object) -> "Practice":
        """Return the same practice with something changed.

        Parameters
        ----------
        settings : mapping, optional
            Fields of `TrainConfig`, added to those that are there.
        **changes
            Other fields.

        Returns
        -------
        Practice
        """
        return replace(self, settings={**self.settings, **(settings or {})}, **changes)

    def key(self) -> tuple:
        """Return what tells two practices apart, as something that can be looked up.

        Returns
        -------
        tuple
        """
        rest = (self.world, self.path, self.game, self.head_start, self.epsilon)
        return (*rest, repr(self.config()))

    def config(self) -> TrainConfig:
        """Return all settings of the training.

        Returns
        -------
        TrainConfig
        """
        return TrainConfig(**{**(PLANE if self.world == "plane" else IMAGES), **self.settings})


class Patient:
    """A training by a practice, all of it from one seed, on one CPU.

    Parameters
    ----------
    practice : Practice
        With or without a fault.
    seed : int
        Of weights, data and latents.
    """

    def __init__(self, practice: Practice, seed: int = 0) -> None:
        self.practice, self.streams = practice, Streams(seed)
        self.streams.seed_weights()
        plane, config = practice.world == "plane", practice.config()
        self.mixture = target("ring of 8") if plane else None
        if plane:
            self.generator, self.discriminator = PlaneGenerator(), PlaneDiscriminator()
            batches = plane_batches(self.mixture, config.batch_size, self.streams["data"])
        else:
            self.generator, self.discriminator = _image_pair(practice)
            batches = _images("train").batches(config.batch_size, self.streams["data"])
        self.game = practice.game(
            self.generator, self.discriminator, batches, config,
            streams=self.streams, device="cpu",
        )  # fmt: skip
        for group in self.game.g_optimizer.param_groups:
            group["eps"] = practice.epsilon
        self._weights = list(self.generator.parameters())
        self.z = self.streams.fixed_latents(SEEN, self.generator.latent_dim)

    def real(self) -> list[Tensor]:
        """Return held-out real images or points, the same at every call.

        Returns
        -------
        list of Tensor
            One tensor; images at the finest scale.
        """
        if self.mixture is None:
            return [_images("test").images(slice(SEEN))]
        return [self.mixture.sample(SEEN, self.streams.fresh("real"))]

    def fake(self) -> list[Tensor]:
        """Draw what D is shown of G, from the same latents at every call.

        Returns
        -------
        list of Tensor
            Coarse to fine; in the plane one tensor.
        """
        self.generator.eval()
        with torch.no_grad():
            drawn = self.generator(self.z)
        self.generator.train()
        return [drawn] if isinstance(drawn, Tensor) else drawn

    def train(self, steps: int) -> Iterator[dict]:
        """Play from where the game stands.

        Parameters
        ----------
        steps : int
            At least 1; the head start of D comes before the first.

        Yields
        ------
        dict
            As `Game.step`, with 'g_grad' (norm of the gradient with which G was moved), 'g_leak'
            (norm of what D's update has put into G's gradient), 'g_cosine' (between the last
            step's gradient and this one's), and in the plane, every ten steps, 'modes' and
            'high_quality', None between.
        """
        for _ in range(self.practice.head_start if not self.game.steps else 0):
            self.game.step("D")
        for _ in range(steps):
            yield self._step()

    def _step(self) -> dict:
        before, leak = self._gradient(), None
        for row in self.game.turns():  # noqa: B007 - the last one is the row
            if leak is None:
                now = self._gradient()
                leak = 0.0 if torch.equal(now, before) else float(now.norm())
        modes = quality = None
        if self.mixture is not None and self.game.steps % MEASURED_EVERY == 0:
            modes, quality = mode_coverage(self.mixture, self.fake()[0])
        now = self._gradient()
        found = {"g_grad": float(now.norm()), "g_leak": leak, "g_cosine": _cosine(before, now)}
        return {**row, **found, "modes": modes, "high_quality": quality}

    def _gradient(self) -> Tensor:
        """A copy of what stands in G's gradient, in one row; 0 where there is none."""
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._weights]
        return torch.cat([part.flatten() for part in parts])


def _image_pair(practice: Practice) -> tuple[nn.Module, nn.Module]:
    emit = "all" if practice.world == "drawn" else "finest"
    generator = MultiScaleGenerator(resolution=16, latent_dim=32, channels=(32, 16, 8), emit=emit)
    judge = DiscriminatorEnsemble(3, lambda: PatchDiscriminator(channels=(8, 16)), inject="all")
    return Way(generator, practice.path), judge


@cache
def _images(split: str) -> ImageData:
    return open_images(resolution=16, split=split)


def _cosine(a: Tensor, b: Tensor) -> float:
    return float(torch.cosine_similarity(a, b, dim=0))
