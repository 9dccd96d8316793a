"""A patient of the failure clinic: a training with a fault, and its symptoms (lesson 15)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from statistics import fmean, median

import torch
from torch import Tensor, nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l01_the_game.plane import (
    OneScaleDiscriminator,
    OneScaleGenerator,
    PlaneDiscriminator,
    PlaneGenerator,
    mode_coverage,
    plane_batches,
    target,
)
from msgan_lessons.losses import Loss
from msgan_lessons.metrics.distances import sliced_wasserstein
from msgan_lessons.metrics.signals import scale_gradients
from msgan_lessons.pyramid import Scales, image_pyramid
from msgan_lessons.steps import generator_step, real_share
from msgan_lessons.training import Game, TrainConfig


class _Unzeroed:
    """An optimiser on which nobody calls zero_grad."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.step, self.param_groups = optimizer.step, optimizer.param_groups

    def zero_grad(self, set_to_none: bool = True) -> None:
        pass


class ForgetfulGame(Game):
    """A game whose two steps never call zero_grad (wrong)."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.g_optimizer, self.d_optimizer = map(_Unzeroed, (self.g_optimizer, self.d_optimizer))


class LeakyGame(Game):
    """A game that sets both gradients to zero at its top alone, and forgets detach (wrong)."""

    # in the order of lesson 07 G's own zero_grad would wipe the leak away

    def turns(self, players: str = "both") -> Iterator[dict | None]:
        """Play one step as `Game.turns` does, with G's zero_grad at its top."""
        self.g_optimizer.zero_grad()
        yield from super().turns(players)

    def _update_d(self, given: tuple, real: Scales, fake: Scales) -> dict:
        penalty = self.penalty(self.discriminator, real, fake)
        return leaky_discriminator_step(
            self.discriminator, self.d_optimizer, real, fake, self.loss, penalty
        )

    def _update_g(self, given: tuple, real: Scales, fake: Scales) -> dict:
        return generator_step(self.discriminator, _Unzeroed(self.g_optimizer), fake, self.loss)


def leaky_discriminator_step(
    discriminator: nn.Module,
    optimizer: torch.optim.Optimizer,
    real_images: Scales,
    fake_images: Scales,
    loss: Loss,
    penalty: Tensor | float = 0.0,
) -> dict[str, Tensor | float]:
    """Do as `steps.discriminator_step` does, without its detach (wrong)."""
    optimizer.zero_grad(set_to_none=True)
    real_logits = discriminator(real_images)
    fake_logits = discriminator(fake_images)
    d_loss = loss.discriminator(real_logits, fake_logits)
    (d_loss + penalty).backward(retain_graph=True)  # else G's backward stops with an error
    optimizer.step()
    return {
        "d_loss": d_loss.detach(),
        "d_penalty": penalty,
        "d_real_before": real_share(real_logits),
        "d_fake_before": real_share(fake_logits),
    }


CUT = 8  # pixels a side of the scale that `cut_off` cuts off


class GeneratorWithPath(nn.Module):
    """G, and what happens to its images on the way to D."""

    def __init__(self, generator: nn.Module, path: Callable[[Scales], Scales]) -> None:
        super().__init__()
        self.generator, self.path = generator, path
        self.sizes, self.latent_dim = generator.sizes, generator.latent_dim
        self.blocks = generator.blocks

    def forward(self, z: Tensor) -> Scales:
        """Turn latents (B, latent_dim) into what D is shown, coarse to fine."""
        return self.path(self.generator(z))


def as_drawn(scales: Scales) -> Scales:
    """Show D what G drew (right, for a G that draws every scale)."""
    return list(scales)


def pooled(scales: Scales) -> Scales:
    """Show D the finest image at three scales, averaged as the real ones are (right)."""
    return image_pyramid(scales[-1], 3)


def subsampled(scales: Scales) -> Scales:
    """Show D the finest image at three scales, taking every second pixel (wrong)."""
    return image_pyramid(scales[-1], 3, down=lambda x: x[..., ::2, ::2])


def halved(scales: Scales) -> Scales:
    """Show D images in [0, 1], while the real ones lie in [-1, 1] (wrong)."""
    return [(x + 1) / 2 for x in scales]


def cut_off(scales: Scales) -> Scales:
    """Detach the 8x8 image from G (wrong)."""
    return [x.detach() if x.shape[-1] == CUT else x for x in scales]


PLANE = {"batch_size": 64, "g_lr": 1e-3, "d_lr": 4e-3, "betas": (0.5, 0.99), "reg_interval": 1}
IMAGES = {"batch_size": 32, "loss": "hinge"}
MEASURED_EVERY = 10  # steps
N_EVALUATED = 512  # points or images that are looked at


@dataclass(frozen=True)
class TrainingSetup:
    """How a patient is trained; a fault and a cure each change one of these."""

    # 'plane': points on the ring of 8; images: 'drawn', G draws each scale, 'pooled', the finest
    world: str
    settings: Mapping[str, object] = field(default_factory=dict)  # that differ from the world's
    path: Callable = as_drawn  # what happens to G's images on the way to D
    game: type[Game] = Game  # or `ForgetfulGame`, `LeakyGame`
    head_start: int = 0  # updates of D alone before the first step
    epsilon: float = 1e-8  # Adam's, of G

    def with_(
        self, settings: Mapping[str, object] | None = None, **changes: object
    ) -> "TrainingSetup":
        """The same practice with something changed; settings are added to those there."""
        return replace(self, settings={**self.settings, **(settings or {})}, **changes)

    def key(self) -> tuple:
        """What tells two practices apart, as something that can be looked up."""
        rest = (self.world, self.path, self.game, self.head_start, self.epsilon)
        return (*rest, repr(self.config()))

    def config(self) -> TrainConfig:
        """All settings of the training."""
        return TrainConfig(**{**(PLANE if self.world == "plane" else IMAGES), **self.settings})


class FaultyTraining:
    """A training by a practice, all of it from one seed, on one CPU."""

    def __init__(self, practice: TrainingSetup, seed: int = 0) -> None:
        self.practice, self.streams = practice, Streams(seed)
        self.streams.seed_weights()
        plane, config = practice.world == "plane", practice.config()
        self.mixture = target("ring of 8") if plane else None
        if plane:
            self.generator = OneScaleGenerator(PlaneGenerator())
            self.discriminator = OneScaleDiscriminator(PlaneDiscriminator())
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
        self.z = self.streams.fixed_latents(N_EVALUATED, self.generator.latent_dim)

    def real(self) -> list[Tensor]:
        """Held-out real images, at the finest scale, or points, the same at every call."""
        if self.mixture is None:
            return [_images("test").images(slice(N_EVALUATED))]
        return [self.mixture.sample(N_EVALUATED, self.streams.fresh("real"))]

    def fake(self) -> list[Tensor]:
        """What D is shown of G, coarse to fine, from the same latents at every call."""
        self.generator.eval()
        with torch.no_grad():
            drawn = self.generator(self.z)
        self.generator.train()
        return drawn

    def train(self, steps: int) -> Iterator[dict]:
        """Play from where the game stands; the head start of D comes before the first step."""
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
        cosine = float(torch.cosine_similarity(before, now, dim=0))  # of consecutive gradients
        found = {"g_grad": float(now.norm()), "g_leak": leak, "g_cosine": cosine}
        return {**row, **found, "modes": modes, "high_quality": quality}

    def _gradient(self) -> Tensor:
        """A copy of what stands in G's gradient, in one row; 0 where there is none."""
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in self._weights]
        return torch.cat([part.flatten() for part in parts])


def _image_pair(practice: TrainingSetup) -> tuple[nn.Module, nn.Module]:
    emit = "all" if practice.world == "drawn" else "finest"
    generator = MultiScaleGenerator(resolution=16, latent_dim=32, channels=(32, 16, 8), emit=emit)
    judge = DiscriminatorEnsemble(3, lambda: PatchDiscriminator(channels=(8, 16)), inject="all")
    return GeneratorWithPath(generator, practice.path), judge


@cache
def _images(split: str) -> ImageData:
    return open_images(resolution=16, split=split)


DIRECTIONS = 64
N_MODES = 8


@dataclass(frozen=True)
class Diagnostics:
    """What is measured on a patient after its training."""

    rows: Sequence[Mapping]  # as `FaultyTraining.train` yields them
    sizes: list[int]  # scales that D judges, coarse to fine; empty in the plane
    real: list[Tensor]  # what D is shown, one tensor a scale; in the plane one of points
    fake: list[Tensor]
    judged: Tensor  # D's mean probability: real, real on the fake path, fake; (scales, 3)
    gradients: Tensor | None  # norms (scales, blocks of G) of `scale_gradients`; not in the plane
    distances: list[float]  # sliced Wasserstein distance of real and fake, one a scale

    def end(self, key: str) -> float:
        """Average a column of the rows over the last third of the steps."""
        rows = self.rows[-max(1, len(self.rows) // 3) :]
        values = [row[key] for row in rows if row.get(key) is not None]
        return fmean(values) if values else 0.0

    @property
    def gap(self) -> float:
        """D(x) - D(G(z)), over the last third of the steps."""
        return self.end("d_real_before") - self.end("d_fake_before")

    @property
    def leak(self) -> float:
        """Norm of what D's updates leave in G's gradient, the median over the steps."""
        return median(row["g_leak"] for row in self.rows)

    @property
    def growth(self) -> float:
        """G's gradient in the last third over that in the first ten steps."""
        return self.end("g_grad") / max(fmean(r["g_grad"] for r in self.rows[:10]), 1e-12)

    @property
    def path_gaps(self) -> list[float]:
        """How differently D judges a real image on the real and on the fake path, by scale."""
        return (self.judged[:, 0] - self.judged[:, 1]).abs().tolist()

    @property
    def spread(self) -> float:
        """How widely fakes are spread, over how widely real ones are, at the finest scale."""
        real, fake = (x[-1].flatten(1).var(0).sum().sqrt() for x in (self.real, self.fake))
        return float(fake / real)

    @property
    def variety(self) -> float:
        """Share of the modes that G holds; where there are none, the spread, at most 1."""
        held = [row["modes"] for row in self.rows if row.get("modes") is not None]
        return min(1.0, self.spread) if not held else self.end("modes") / N_MODES

    @property
    def ranges(self) -> tuple[float, float, float, float]:
        """Lowest and highest value of real, then of fake, at the finest scale."""
        real, fake = self.real[-1], self.fake[-1]
        return tuple(float(v) for v in (real.min(), real.max(), fake.min(), fake.max()))


def measure_diagnostics(patient: FaultyTraining, rows: Sequence[Mapping]) -> Diagnostics:
    """Measure a patient after its training; nothing is taken from its random streams."""
    if not rows:
        raise ValueError("rows must hold at least one training row, got none.")
    (finest,), fake = patient.real(), patient.fake()
    plane = patient.mixture is not None
    real = [finest] if plane else image_pyramid(finest, len(fake))
    sent = real if plane else patient.generator.path(real)
    shown = (real, sent, fake)
    with torch.no_grad():
        judged = [_shares(patient.discriminator(x)) for x in shown]
    gradients = None
    if not plane:
        gradients = scale_gradients(patient.generator, patient.discriminator, patient.z[:64])[1]
    distances = [
        sliced_wasserstein(a.flatten(1), b.flatten(1), patient.streams.fresh("lines"), DIRECTIONS)
        for a, b in zip(real, fake, strict=True)
    ]
    sizes = [] if plane else [x.shape[-1] for x in fake]
    return Diagnostics(rows, sizes, real, fake, torch.stack(judged, 1), gradients, distances)


def _shares(logits: Scales) -> Tensor:
    """Mean probability of 'real' at each scale."""
    return torch.stack([scale.sigmoid().mean() for scale in logits])
