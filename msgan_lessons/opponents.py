"""Two networks that play against each other, and the settings by which they do (lesson 07)."""

import torch
from torch import nn

from msgan_lessons.abilities import check_abilities
from msgan_lessons.base.streams import choose_device
from msgan_lessons.config import TrainConfig
from msgan_lessons.feature_matching import feature_matching
from msgan_lessons.losses import Loss, find_loss
from msgan_lessons.one_process import OneProcess

__all__ = ["Opponents"]

FIXED = {"batch_size", "growth_images"}  # cannot change while a game goes on


class Opponents:
    """G and D where they compute, an optimiser each, and settings that may change as they play.

    Parameters
    ----------
    generator, discriminator, config, generator_ema, device, processes
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
        config: TrainConfig | None = None,
        *,
        generator_ema: nn.Module | None = None,
        device: str = "auto",
        processes: object | None = None,
    ) -> None:
        self.config, self.processes = config or TrainConfig(), processes or OneProcess()
        self.loss, self.match = self._loss(self.config), feature_matching
        check_abilities(generator, discriminator, self.config)
        given = str(self.processes.device) if device == "auto" else device
        self.place, self.dtype = choose_device(given)
        self.generator, self.discriminator, self.generator_ema = (
            network and network.to(self.place, memory_format=torch.channels_last).train()
            for network in (generator, discriminator, generator_ema)
        )
        self.g_optimizer = self._adam(generator, self.config.g_lr)
        self.d_optimizer = self._adam(discriminator, self.config.d_lr)

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

    def _loss(self, config: TrainConfig) -> Loss:
        """The loss, over the whole batch also where several processes share it."""
        return self.processes.loss(find_loss(config.loss))

    def _adam(self, network: nn.Module, lr: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(network.parameters(), lr=lr, betas=self.config.betas, fused=True)
