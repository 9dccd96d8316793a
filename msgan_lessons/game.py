"""The game of two players: all that one step needs (lesson 07_training)."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.base.record import CountedBatches
from msgan_lessons.base.streams import Streams, autocast
from msgan_lessons.config import TrainConfig
from msgan_lessons.ema import ema_update
from msgan_lessons.fading import grown_images
from msgan_lessons.growth import GrowthSchedule
from msgan_lessons.opponents import Opponents
from msgan_lessons.penalty_terms import penalty_terms
from msgan_lessons.pyramid import image_pyramid, pyramid_like
from msgan_lessons.rows import fetched
from msgan_lessons.steps import discriminator_step, generator_step

__all__ = ["MEASURED", "Game"]

Images = Tensor | Sequence[Tensor]
MEASURED = (  # the columns of a row, after 'step' and 'n_images'
    "d_loss", "d_penalty", "d_real_before", "d_fake_before",
    "g_loss", "g_matching", "d_fake_after", "d_real_after",
)  # fmt: skip


class Game(Opponents):
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
        numbers = fetched(self.processes.mean(row), self.steps)
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

    def _epsilon(self, count: int) -> Tensor:
        """The gradient penalty's places between real and fake, for `count` images."""
        places = torch.rand(self.processes.count * count, generator=self.streams["penalty"])
        return self.processes.share(places).to(self.place)
