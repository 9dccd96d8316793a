"""The game of two players: all that one step needs (lesson 07_training)."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.abilities import check_abilities
from msgan_lessons.ema import ema_update
from msgan_lessons.feature_matching import feature_matching
from msgan_lessons.growth import GrowthSchedule, grown_images
from msgan_lessons.losses import Loss, find_loss
from msgan_lessons.penalty_terms import penalty_terms
from msgan_lessons.pyramid import image_pyramid, pyramid_like
from msgan_lessons.rows import fetched
from msgan_lessons.runs.config import TrainConfig
from msgan_lessons.runs.counted import CountedBatches
from msgan_lessons.runs.repro import Streams, autocast, choose_device
from msgan_lessons.steps import discriminator_step, generator_step

__all__ = ["MEASURED", "Game"]

Images = Tensor | Sequence[Tensor]
FIXED = {"batch_size", "growth_images"}  # cannot change while a game goes on
MEASURED = (  # the columns of a row, after 'step' and 'n_images'
    "d_loss", "d_penalty", "d_real_before", "d_fake_before",
    "g_loss", "g_matching", "d_fake_after", "d_real_after",
)  # fmt: skip


class Game:
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
        self.config, self.processes = config or TrainConfig(), processes
        self.loss, self.match = self._loss(self.config), feature_matching
        check_abilities(generator, discriminator, self.config)
        given = device if processes is None or device != "auto" else str(processes.device)
        self.place, self.dtype = choose_device(given)
        self.streams = streams or Streams(0)
        self.generator, self.discriminator, self.generator_ema = (
            network and network.to(self.place, memory_format=torch.channels_last).train()
            for network in (generator, discriminator, generator_ema)
        )
        self.g_optimizer = self._adam(generator, self.config.g_lr)
        self.d_optimizer = self._adam(discriminator, self.config.d_lr)
        self.real_batches = CountedBatches(real_batches)
        self.steps = self.n_images = 0
        growth = self.config.growth_images
        self.growth = GrowthSchedule(growth, len(generator.sizes)) if growth else None
        if processes is not None:
            processes.prepare(self)

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
        """Play one step as `step` does, with a rest after each update.

        Parameters
        ----------
        players : str
            As for `step`.

        Yields
        ------
        dict or None
            None after each update; at last the row. Who plays live can listen in between.

        Raises
        ------
        ValueError, FloatingPointError
            As `step`.
        """
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
        """End a step: move the average, fetch the numbers.

        Parameters
        ----------
        row : dict
            What the players' steps returned.
        averaged : bool
            Whether G has moved, and its average with it.

        Returns
        -------
        dict
            As `step`.
        """
        if averaged and self.generator_ema is not None:
            ema_update(self.generator_ema, self.generator, self.steps - 1, self.config.ema_decay)
        if self.processes is not None:
            row = self.processes.mean(row)
        numbers = fetched(row, self.steps)
        measured = {name: numbers.get(name) for name in MEASURED}
        return {"step": self.steps, "n_images": self.n_images, **measured}

    def change(self, **settings: object) -> None:
        """Change settings while the game goes on; the next step plays by them.

        Parameters
        ----------
        **settings
            Fields of `TrainConfig`, apart from 'batch_size' and 'growth_images'.

        Raises
        ------
        ValueError
            If a value is out of its range, the loss is unknown, the networks cannot do what is
            asked for, or a setting cannot change any more.
        """
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

    def _update_d(self, row: dict) -> tuple[Images, Images]:
        """One update of D on a new batch; the batch, whose fakes serve G too."""
        with autocast(self.place, self.dtype):
            real, fake = self.draw()
            shares = 1 if self.processes is None else self.processes.count
            self.n_images += shares * len(real if isinstance(real, Tensor) else real[-1])
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
        """Tell whether D(x) is measured after D's step, which costs a forward.

        Returns
        -------
        bool
        """
        needed = self.loss.pairs or self.config.feature_matching
        return bool(needed or self.steps == 1 or self.steps % self.config.probe_interval == 0)

    def draw(self) -> tuple[Images, Images]:
        """Draw one batch of real and one of fake images.

        Returns
        -------
        tuple
            Real, fake: both a tensor or both the same scales; the fakes hang on G.
        """
        real = next(self.real_batches)  # (B, C, H, W)
        z = self.streams.latents(len(real), self.generator.latent_dim).to(real.dtype)
        real, z = (part.to(self.place) for part in self._share((real, z)))
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
        """Weighted R1 + R2 + gradient penalty, every `reg_interval` steps and that much larger.

        Parameters
        ----------
        real, fake : Tensor or list of Tensor
            As `draw` returned them.

        Returns
        -------
        Tensor or float
            0 in the steps between.
        """
        if self.steps % self.config.reg_interval:
            return 0.0
        terms = penalty_terms(
            self.discriminator, real, fake, self.config, self.loss, epsilon=self._epsilon
        )
        return self.config.reg_interval * terms

    def _loss(self, config: TrainConfig) -> Loss:
        """The loss, over the whole batch also where several processes share it."""
        loss = find_loss(config.loss)
        return loss if self.processes is None else self.processes.loss(loss)

    def _share(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The share of this process of what all of them have drawn alike."""
        return batch if self.processes is None else self.processes.share(batch)

    def _epsilon(self, count: int) -> Tensor:
        """The gradient penalty's places between real and fake, for `count` images."""
        shares = 1 if self.processes is None else self.processes.count
        (epsilon,) = self._share((torch.rand(shares * count, generator=self.streams["penalty"]),))
        return epsilon.to(self.place)

    def _adam(self, network: nn.Module, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), lr=lr, betas=self.config.betas, fused=True)
