"""Games with a wrong line, as short as the mistake (lesson 15_stability)."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.losses import Loss
from msgan_lessons.steps import generator_step, real_share
from msgan_lessons.training import Game

__all__ = ["ForgetfulGame", "LeakyGame", "leaky_discriminator_step"]


class _Unzeroed:
    """An optimiser on which nobody calls zero_grad."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.step, self.param_groups = optimizer.step, optimizer.param_groups

    def zero_grad(self, set_to_none: bool = True) -> None:
        pass


class ForgetfulGame(Game):
    """A game whose two steps never call zero_grad (wrong).

    Parameters
    ----------
    *args, **kwargs
        As for `Game`.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.g_optimizer, self.d_optimizer = map(_Unzeroed, (self.g_optimizer, self.d_optimizer))


class LeakyGame(Game):
    """A game that sets both gradients to zero at its top, and forgets detach (wrong).

    In the order of lesson 07 G's own zero_grad would wipe the leak away: it costs time alone. Many
    loops call both zero_grad at their top; there, what D's loss left in G is added to G's own.

    Parameters
    ----------
    *args, **kwargs
        As for `Game`.
    """

    def turns(self, players: str = "both") -> Iterator[dict | None]:
        """Play one step as `Game.turns` does, with G's zero_grad at its top.

        Parameters
        ----------
        players : str
            As there.

        Yields
        ------
        dict or None
            As there.
        """
        self.g_optimizer.zero_grad()
        yield from super().turns(players)

    def _update_d(self, row: dict) -> tuple:
        real, fake = self.draw()
        self.n_images += len(real[-1])
        row |= leaky_discriminator_step(
            self.discriminator, self.d_optimizer, real, fake, self.loss, self.penalty(real, fake)
        )
        return real, fake

    def _update_g(self, row: dict, real: Sequence[Tensor], fake: Sequence[Tensor]) -> None:
        row |= generator_step(self.discriminator, _Unzeroed(self.g_optimizer), fake, self.loss)


def leaky_discriminator_step(
    discriminator: nn.Module,
    optimizer: torch.optim.Optimizer,
    real_images: Sequence[Tensor],
    fake_images: Sequence[Tensor],
    loss: Loss,
    penalty: Tensor | float = 0.0,
) -> dict[str, Tensor | float]:
    """Do as `steps.discriminator_step` does, without its detach (wrong).

    Parameters
    ----------
    discriminator, optimizer, real_images, fake_images, loss, penalty
        As for `steps.discriminator_step`.

    Returns
    -------
    dict
        As there.
    """
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
