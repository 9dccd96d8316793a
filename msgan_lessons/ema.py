"""A running average of G: steadier pictures from the same training (lesson 07_training)."""

import torch
from torch import Tensor, nn

__all__ = ["ema_update"]


def ema_update(average: nn.Module, model: nn.Module, step: int, ema_decay: float) -> None:
    r"""Move the running average of G towards G, with a warm-up.

    .. math:: \bar\theta \leftarrow d\,\bar\theta + (1 - d)\,\theta, \quad
        d = \min(ema\_decay,\; (1 + t) / (10 + t))

    Parameters
    ----------
    average, model : nn.Module
        Same architecture; `average` is changed in place, batch statistics included.
    step : int
        t, counted from 0.
    ema_decay : float
        In [0, 1).

    References
    ----------
    Averaging: ProGAN (Karras et al. 2018), section 6. The warm-up is ours to choose (it is the
    one that TensorFlow's moving average documents): without it a short run averages its start.
    """
    decay = min(ema_decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for target, source in (
            (list(average.parameters()), list(model.parameters())),
            (_float_buffers(average), _float_buffers(model)),
        ):
            if target:
                torch._foreach_lerp_(target, source, 1 - decay)


def _float_buffers(module: nn.Module) -> list[Tensor]:
    return [b for b in module.buffers() if b.is_floating_point()]
