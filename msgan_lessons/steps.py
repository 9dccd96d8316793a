"""A step of D, a step of G, the average of G: formulas (6) to (8) (lesson 07_training)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from msgan_lessons.losses import Loss, feature_matching
from msgan_lessons.pyramid import Scales, check_scales


def discriminator_step(
    discriminator: nn.Module,
    optimizer: torch.optim.Optimizer,
    real_images: Scales,
    fake_images: Scales,
    loss: Loss,
    penalty: Tensor | float = 0.0,
) -> dict[str, Tensor | float]:
    """Let D learn to tell real from fake, formula (6); G is not touched.

    Parameters
    ----------
    discriminator : nn.Module
        Images to logits.
    optimizer : torch.optim.Optimizer
        Over D's parameters.
    real_images, fake_images : list of Tensor
        The scales of one batch each, (B, C, H, W), coarse to fine; the fakes may hang on G.
    loss : Loss
        An entry of `losses.LOSSES`.
    penalty : Tensor or float
        Added to the loss: R1, R2 or the gradient penalty, already weighted.

    Returns
    -------
    dict
        'd_loss', 'd_penalty', and the mean D(x), D(G(z)) in [0, 1] *before* this step as
        'd_real_before' and 'd_fake_before'.
    """
    optimizer.zero_grad(set_to_none=True)
    real_logits = discriminator(real_images)
    fake_logits = discriminator(detach(fake_images))  # no gradient reaches G
    d_loss = loss.discriminator(real_logits, fake_logits)
    (d_loss + penalty).backward()
    optimizer.step()
    return {
        "d_loss": d_loss.detach(),
        "d_penalty": penalty,
        "d_real_before": real_share(real_logits),
        "d_fake_before": real_share(fake_logits),
    }


def generator_step(
    discriminator: nn.Module,
    optimizer: torch.optim.Optimizer,
    fake_images: Scales,
    loss: Loss,
    real_images: Scales | None = None,
    matching: float = 0.0,
    *,
    extra: Tensor | float = 0.0,
    weight: float = 1.0,
    match: Callable = feature_matching,
) -> dict[str, Tensor | None]:
    """Let G learn what D now takes for real, formula (7); D is not touched.

    Parameters
    ----------
    discriminator, optimizer, fake_images, real_images, loss
        As for `discriminator_step`, over G's parameters; the fakes hang on G. Real images are
        needed where `loss.pairs` and where `matching` is not 0; else only measured, if given.
    matching : float
        Weight of feature matching, >= 0; where it is not 0, D must have a method `judge`.
    extra : Tensor or float
        Added to G's loss: what else is asked of G, already weighted (lessons 09 to 13).
    weight : float
        Of the adversarial loss itself, >= 0.
    match : callable
        `feature_matching`, or `paired_feature_matching` where each fake has a real twin.

    Returns
    -------
    dict
        'g_loss' (adversarial alone, not weighted), 'g_matching' (weighted), and D(G(z)) and D(x)
        *after* D's step as 'd_fake_after' and 'd_real_after' (None without `real_images`).
    """
    optimizer.zero_grad(set_to_none=True)
    discriminator.requires_grad_(False)  # gradients pass through D, none is kept for D
    try:
        real_logits, real_features = _judge(discriminator, real_images, matching)
        fake_logits, fake_features = _judge(discriminator, fake_images, matching)
        g_loss, g_matching = loss.generator(fake_logits, real_logits), 0.0
        if matching:
            g_matching = matching * match(real_features, fake_features)
        (weight * g_loss + g_matching + extra).backward()
    finally:
        discriminator.requires_grad_(True)
    optimizer.step()
    return {
        "g_loss": g_loss.detach(),
        "g_matching": g_matching.detach() if matching else 0.0,
        "d_fake_after": real_share(fake_logits),
        "d_real_after": None if real_logits is None else real_share(real_logits),
    }


def _judge(discriminator: nn.Module, images: Scales | None, matching: float) -> tuple:
    """Logits, and D's features where they are to be matched."""
    if images is None:
        return None, None
    return discriminator.judge(images) if matching else (discriminator(images), None)


def real_share(logits: Scales) -> Tensor:
    """Mean probability of 'real' in [0, 1]: sigmoid(logits), averaged over batch and scales."""
    return torch.stack([s.detach().float().sigmoid().mean() for s in check_scales(logits)]).mean()


def detach(images: Scales) -> list[Tensor]:
    """Cut every scale of images off the network that drew them."""
    return [x.detach() for x in check_scales(images, "images")]


def ema_update(average: nn.Module, model: nn.Module, step: int, ema_decay: float) -> None:
    r"""Move the running average of G towards G, batch statistics included: formula (8).

    .. math:: \bar\theta \leftarrow d\,\bar\theta + (1 - d)\,\theta, \quad
        d = \min(ema\_decay,\; (1 + t) / (10 + t))

    t is `step`, counted from 0. Averaging: ProGAN (Karras et al. 2018), section 6. The warm-up is
    that of TensorFlow's moving average: without it a short run averages its start.
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
