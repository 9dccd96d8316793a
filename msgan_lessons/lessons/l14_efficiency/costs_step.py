"""What a whole D+G step costs by formula: operations and memory (lesson 14_efficiency)."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from msgan_lessons.family import Model
from msgan_lessons.lessons.l14_efficiency.costs import Block
from msgan_lessons.lessons.l14_efficiency.costs_trace import tracing
from msgan_lessons.steps import detach
from msgan_lessons.training import Game

__all__ = ["StepCost", "predict_step"]

ADAM = 2  # numbers that Adam keeps for each parameter: two running averages


@dataclass(frozen=True)
class StepCost:
    """Operations and numbers of one step, without a penalty.

    Parameters
    ----------
    generator, discriminator : int
        Forward FLOPs of one pass over a batch, F_G and F_D.
    step : int
        FLOPs of the whole step, forward and backward.
    parameters : int
        Of both networks, P.
    kept : int
        Numbers kept for backward while D's update runs: G's once, D's for real and for fake.
    """

    generator: int
    discriminator: int
    step: int
    parameters: int
    kept: int

    @property
    def numbers(self) -> int:
        """Numbers held at the peak: weights, their gradients, Adam's two, and what is kept."""
        return (1 + 1 + ADAM) * self.parameters + self.kept


def predict_step(model: Model, batch: Tensor, probes: bool = False) -> StepCost:
    r"""Predict the cost of one step from the shapes of its layers.

    .. math:: F_{step} = 3 F_G + 8 F_D - F_{G,1} - 2 F_{D,1} \tag{41}

    G runs once forward and backward. D judges real and fake with both gradients (its own image
    wants none), and fake once more for G, where its weights want none. Where nothing but the first
    layers is cut off from a gradient, as in 'dcgan', the sum over layers is (41).

    Parameters
    ----------
    model : Model
        Copies of its networks run; one that grows is counted as grown up.
    batch : Tensor
        Real images (B, C, R, R) in [-1, 1].
    probes : bool
        Whether D(x) is measured after D's update (`TrainConfig.probe_interval`).

    Returns
    -------
    StepCost

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.family import dcgan
    >>> predict_step(dcgan(resolution=8, width=1), torch.zeros(4, 1, 8, 8), probes=True).step
    97408
    """
    players = copy.deepcopy((model.generator, model.discriminator))
    config = model.config.with_(growth_images=0)
    game = Game(*players, iter(lambda: batch, None), config, device="cpu")
    G, D = game.generator, game.discriminator
    with tracing(G) as drawn:
        real, fake = game.draw()
    with tracing(D) as on_real:
        D(real)
    with tracing(D) as on_fake:
        D(detach(fake))
    with tracing(D.requires_grad_(False)) as for_g:
        D(fake)
        if probes or model.config.feature_matching:
            D(real)
    passes = (drawn, on_real, on_fake, for_g)
    return StepCost(
        generator=_sum(drawn, "flops"),
        discriminator=_sum(on_fake, "flops"),
        step=sum(_sum(p, "flops") + _sum(p, "backward_flops") for p in passes),
        parameters=_sum(drawn, "parameters") + _sum(on_fake, "parameters"),
        kept=sum(_sum(p, "kept") for p in (drawn, on_real, on_fake)),
    )


def _sum(blocks: Sequence[Block], what: str) -> int:
    return sum(block.total(what) for block in blocks)
