"""The penalties that a training's settings ask for, weighted and summed."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from msgan_lessons.config import TrainConfig
from msgan_lessons.penalties import gradient_penalty, r1_penalty, r2_penalty
from msgan_lessons.reduction import Loss
from msgan_lessons.steps import detach

__all__ = ["penalty_terms"]

Images = Tensor | Sequence[Tensor]


def penalty_terms(
    discriminator: nn.Module,
    real: Images,
    fake: Images,
    config: TrainConfig,
    loss: Loss,
    *,
    epsilon: Callable[[int], Tensor],
) -> Tensor | float:
    r"""Sum of R1, R2 and the gradient penalty, each with its weight.

    .. math:: \frac{\gamma_1}{2} R_1 + \frac{\gamma_2}{2} R_2 + \lambda\, GP

    Parameters
    ----------
    discriminator : nn.Module
        Images to logits.
    real, fake : Tensor or list of Tensor
        One batch each.
    config : TrainConfig
        The weights r1_gamma, r2_gamma and gp_lambda; -1 for the last: what the loss asks for.
    loss : Loss
        An entry of `losses.LOSSES`.
    epsilon : callable
        Number of images to places between real and fake, shape (n,), in [0, 1].

    Returns
    -------
    Tensor or float
        0.0 where all weights are 0.
    """
    total = 0.0
    gp_lambda = loss.gp_lambda if config.gp_lambda < 0 else config.gp_lambda
    if config.r1_gamma:
        total = total + config.r1_gamma / 2 * r1_penalty(discriminator, real)
    if config.r2_gamma:
        total = total + config.r2_gamma / 2 * r2_penalty(discriminator, fake)
    if gp_lambda:
        places = epsilon(len(real if isinstance(real, Tensor) else real[-1]))
        penalty = gradient_penalty(discriminator, real, detach(fake), epsilon=places)
        total = total + gp_lambda * penalty
    return total
