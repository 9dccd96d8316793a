"""The loop that alternates the two players (lesson 07_training); the steps are in `steps`."""

import time
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.ema import ema_update
from msgan_lessons.growth import GrowthSchedule, grown_images
from msgan_lessons.losses import find_loss
from msgan_lessons.penalties import gradient_penalty, r1_penalty, r2_penalty
from msgan_lessons.pyramid import image_pyramid, pyramid_like
from msgan_lessons.runs.config import TrainConfig
from msgan_lessons.runs.repro import Streams, autocast, choose_device
from msgan_lessons.steps import detach, discriminator_step, generator_step

__all__ = ["Game", "discriminator_step", "generator_step", "train"]

Images = Tensor | Sequence[Tensor]


class Game:
    """Two players, their optimisers, the data and the randomness: all that one step needs.

    Parameters
    ----------
    generator, discriminator, real_batches, config, generator_ema, streams, device
        As for `train`.

    Raises
    ------
    ValueError
        If the loss or the device is unknown, or the networks cannot do what `config` asks for.
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
    ) -> None:
        self.config = config or TrainConfig()
        self.loss = find_loss(self.config.loss)
        _check_abilities(generator, discriminator, self.config)
        self.place, self.dtype = choose_device(device)
        self.streams = streams or Streams(0)
        self.generator, self.discriminator, self.generator_ema = (
            network and network.to(self.place, memory_format=torch.channels_last).train()
            for network in (generator, discriminator, generator_ema)
        )
        self.g_optimizer = self._adam(generator, self.config.g_lr)
        self.d_optimizer = self._adam(discriminator, self.config.d_lr)
        self.real_batches = iter(real_batches)
        self.steps = self.n_images = 0
        growth = self.config.growth_images
        self.growth = GrowthSchedule(growth, len(generator.sizes)) if growth else None

    def step(self) -> dict[str, float | None]:
        """Play one step: `d_steps` updates of D, one of G, one of its average.

        Returns
        -------
        dict
            A row as `train` yields it, without 'seconds'.

        Raises
        ------
        FloatingPointError
            If a loss is not finite.
        """
        self.steps += 1
        with autocast(self.place, self.dtype):
            for _ in range(self.config.d_steps):
                real, fake = self._draw()
                penalty = self._penalty(real, fake)
                row = discriminator_step(
                    self.discriminator, self.d_optimizer, real, fake, self.loss, penalty
                )
            every = self.config.probe_interval
            matching = self.config.feature_matching
            probe = self.loss.pairs or matching or self.steps == 1 or self.steps % every == 0
            shown = real if probe else None
            row |= generator_step(
                self.discriminator, self.g_optimizer, fake, self.loss, shown, matching
            )
        if self.generator_ema is not None:
            ema_update(self.generator_ema, self.generator, self.steps - 1, self.config.ema_decay)
        return {"step": self.steps, "n_images": self.n_images, **self._numbers(row)}

    def _draw(self) -> tuple[Images, Images]:
        """One batch of real and one of fake images, both a tensor or both the same scales."""
        real = next(self.real_batches).to(self.place)  # (B, C, H, W)
        if self.growth is not None:
            depth, alpha = self.growth.stage(self.n_images)
            for network in filter(None, (self.generator, self.discriminator, self.generator_ema)):
                network.grow_to(depth, alpha)
            real = grown_images(real, self.generator.sizes[depth - 1], alpha)
        self.n_images += len(real)
        z = self.streams.latents(len(real), self.generator.latent_dim).to(self.place)
        if getattr(self.generator, "carry", "features") == "image":  # teacher forcing
            low = image_pyramid(real, len(self.generator.sizes))[:-1]
            fake = self.generator(z, low=low)
        else:
            fake = self.generator(z)
        return (real if isinstance(fake, Tensor) else pyramid_like(real, fake)), fake

    def _penalty(self, real: Images, fake: Images) -> Tensor | float:
        """Weighted R1 + R2 + gradient penalty, every `reg_interval` steps and that much larger."""
        config, total = self.config, 0.0
        gp_lambda = self.loss.gp_lambda if config.gp_lambda < 0 else config.gp_lambda
        if self.steps % config.reg_interval:
            return total
        if config.r1_gamma:
            total = total + config.r1_gamma / 2 * r1_penalty(self.discriminator, real)
        if config.r2_gamma:
            total = total + config.r2_gamma / 2 * r2_penalty(self.discriminator, fake)
        if gp_lambda:
            epsilon = self.streams["penalty"]
            penalty = gradient_penalty(self.discriminator, real, detach(fake), epsilon)
            total = total + gp_lambda * penalty
        return config.reg_interval * total

    def _numbers(self, row: dict[str, Tensor | None]) -> dict[str, float | None]:
        """Fetch a row from the device in one transfer, and refuse what is not finite."""
        measured = {name: value for name, value in row.items() if value is not None}
        values = torch.stack([torch.as_tensor(v).detach().float().cpu() for v in measured.values()])
        numbers = dict(zip(measured, values.tolist(), strict=True))
        if not values.isfinite().all():
            raise FloatingPointError(
                f"training diverged at step {self.steps}: d_loss={numbers['d_loss']:.3g}, "
                f"g_loss={numbers['g_loss']:.3g}; lower g_lr and d_lr, or raise r1_gamma."
            )
        return {name: numbers.get(name) for name in row}

    def _adam(self, network: nn.Module, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), lr=lr, betas=self.config.betas, fused=True)


def _check_abilities(generator: nn.Module, discriminator: nn.Module, config: TrainConfig) -> None:
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
) -> Iterator[dict[str, float | None]]:
    r"""Play the game of formula (3): a Python generator that yields one row a step.

    Nothing happens until the first row is asked for; between two rows the caller may draw, change
    nothing, or `break`.

    Parameters
    ----------
    generator : nn.Module
        Has `latent_dim`; z (B, latent_dim) to an image, or to a list of images coarse to fine.
    discriminator : nn.Module
        Images to logits. Both networks are moved to the device.
    real_batches : iterable of Tensor
        Yields (B, C, H, W) in [-1, 1] for as long as it is asked; see `datasets.ImageData.batches`.
    config : TrainConfig, optional
        Loss, learning rates, penalties, averaging.
    steps : int
        D+G updates, at least 1.
    max_seconds : float
        Stop after that much wall time, in seconds, counted from the first row asked for.
    generator_ema : nn.Module, optional
        A copy of G that receives its running average.
    streams : Streams, optional
        Randomness; `Streams(0)` where it is missing.
    device : str
        'auto' or a torch device.

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
        If `steps` is below 1, `max_seconds` not positive, or the loss unknown.
    FloatingPointError
        If a loss is not finite: training has diverged, and the row is not yielded.

    References
    ----------
    Goodfellow et al. 2014, algorithm 1. One difference: the last fakes of D's updates serve in
    G's update too. G has not changed in between, so its own forward would give the same images.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be an int of at least 1, got {steps!r}.")
    if not max_seconds > 0:
        raise ValueError(f"max_seconds must be > 0, got {max_seconds!r}.")
    game = Game(
        generator,
        discriminator,
        real_batches,
        config,
        generator_ema=generator_ema,
        streams=streams,
        device=device,
    )
    return _rows(game, steps, max_seconds)


def _rows(game: Game, steps: int, max_seconds: float) -> Iterator[dict[str, float | None]]:
    start = time.perf_counter()
    for _ in range(steps):
        row = game.step()
        seconds = time.perf_counter() - start
        yield {**row, "seconds": seconds}
        if seconds >= max_seconds:
            return
