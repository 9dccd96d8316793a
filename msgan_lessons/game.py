"""The game of two players: all that one step needs (lesson 07_training)."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.ema import ema_update
from msgan_lessons.growth import GrowthSchedule, grown_images
from msgan_lessons.losses import find_loss
from msgan_lessons.penalties import gradient_penalty, r1_penalty, r2_penalty
from msgan_lessons.pyramid import image_pyramid, pyramid_like
from msgan_lessons.rows import fetched
from msgan_lessons.runs.config import TrainConfig
from msgan_lessons.runs.repro import Streams, autocast, choose_device
from msgan_lessons.steps import detach, discriminator_step, generator_step

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
        loss = find_loss(config.loss)
        _check_abilities(self.generator, self.discriminator, config)
        self.config, self.loss = config, loss
        rates = ((self.g_optimizer, config.g_lr), (self.d_optimizer, config.d_lr))
        for optimizer, rate in rates:
            for group in optimizer.param_groups:
                group["lr"], group["betas"] = rate, config.betas

    def _update_d(self, row: dict) -> tuple[Images, Images]:
        """One update of D on a new batch; the batch, whose fakes serve G too."""
        with autocast(self.place, self.dtype):
            real, fake = self.draw()
            self.n_images += len(real if isinstance(real, Tensor) else real[-1])
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
                real if self.probes() else None, self.config.feature_matching,
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
        real = next(self.real_batches).to(self.place)  # (B, C, H, W)
        if self.growth is not None:
            depth, alpha = self.growth.stage(self.n_images)
            for network in filter(None, (self.generator, self.discriminator, self.generator_ema)):
                network.grow_to(depth, alpha)
            real = grown_images(real, self.generator.sizes[depth - 1], alpha)
        z = self.streams.latents(len(real), self.generator.latent_dim).to(self.place)
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
