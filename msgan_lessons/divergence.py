"""Why a training may have diverged: what a run says when a loss is no longer finite."""

from torch import nn

from msgan_lessons.config import TrainConfig
from msgan_lessons.losses import find_loss

__all__ = ["likely_cause"]

USUAL = TrainConfig()
MANY = 5  # times the usual learning rate


def likely_cause(config: TrainConfig, **networks: nn.Module | None) -> str:
    """Name what most likely made a loss infinite or NaN, in a part of a sentence.

    Parameters
    ----------
    config : TrainConfig
        What was played.
    **networks : nn.Module
        By the name that the sentence shall use.

    Returns
    -------
    str
        The first that holds: a learning rate far above the course's, a loss without bound and
        without a penalty, weights that are no longer finite; else the input.

    Examples
    --------
    >>> likely_cause(TrainConfig(g_lr=0.5))
    "g_lr=0.5 is 250 times the course's 0.002"
    """
    rates = {"g_lr": config.g_lr / USUAL.g_lr, "d_lr": config.d_lr / USUAL.d_lr}
    name, times = max(rates.items(), key=lambda item: item[1])
    if times > MANY:
        usual = getattr(USUAL, name)
        return f"{name}={getattr(config, name):g} is {times:,.0f} times the course's {usual:g}"
    asked = find_loss(config.loss).gp_lambda
    held = config.gp_lambda > 0 or (config.gp_lambda < 0 and asked > 0)
    if config.loss.startswith("wgan") and not (held or config.r1_gamma):
        return f"the loss {config.loss} has no bound and no penalty holds D's slope"
    for label, network in networks.items():
        tensors = network.state_dict().values() if network is not None else ()
        if not all(bool(t.isfinite().all()) for t in tensors):
            return f"the weights of {label} have left the range of numbers; no penalty held them"
    return "the weights are finite, so the real images or the latents were not"
