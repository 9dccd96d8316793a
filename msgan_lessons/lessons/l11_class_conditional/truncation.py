"""Truncation: fewer kinds of z, and what batch norm makes of it (lesson 11)."""

import copy

import torch
from torch import Tensor, nn

from msgan_lessons.base.streams import Streams

__all__ = ["standing_statistics", "truncated", "truncated_normal"]


def truncated_normal(
    count: int, latent_dim: int, threshold: float, generator: torch.Generator
) -> Tensor:
    r"""Latents whose entries come from a normal distribution cut off at a threshold.

    .. math:: z_i \sim N(0, 1) \text{ given } |z_i| \le t

    Entries outside are drawn again, until all lie within.

    Parameters
    ----------
    count, latent_dim : int
        Both at least 1.
    threshold : float
        t, at least 0.02; `float('inf')` cuts nothing off.
    generator : torch.Generator
        Source of the numbers, on the CPU.

    Returns
    -------
    Tensor
        float32, shape (count, latent_dim), in [-threshold, threshold].

    Raises
    ------
    ValueError
        If `threshold` is below 0.02: so few draws lie within that the wait would be long.

    References
    ----------
    BigGAN (Brock et al. 2019), section 3.1, the truncation trick.

    Examples
    --------
    >>> z = truncated_normal(1000, 8, 0.5, torch.Generator().manual_seed(0))
    >>> bool(z.abs().max() <= 0.5), round(z.std().item(), 2)
    (True, 0.28)
    """
    if not threshold >= 0.02:
        raise ValueError(f"threshold must be at least 0.02, got {threshold!r}.")
    z = torch.randn(count, latent_dim, generator=generator)
    while (outside := z.abs() > threshold).any():
        z[outside] = torch.randn(int(outside.sum()), generator=generator)
    return z


def truncated(share: Tensor, threshold: float) -> Tensor:
    r"""Place latents in a truncated normal distribution so that each can be followed.

    .. math:: z = \Phi^{-1}\big(\Phi(-t) + u\,(\Phi(t) - \Phi(-t))\big)

    Parameters
    ----------
    share : Tensor
        u, uniform in (0, 1), any shape.
    threshold : float
        t, > 0.

    Returns
    -------
    Tensor
        Of that shape, in [-threshold, threshold]; distributed like `truncated_normal`,
        but a small change of the threshold changes each entry a little.

    Examples
    --------
    >>> truncated(torch.tensor([0.5, 0.975]), 5.0)
    tensor([0.0000, 1.9600])
    """
    low = torch.special.ndtr(torch.tensor(-threshold, dtype=torch.float64))
    return torch.special.ndtri(low + share.double() * (1 - 2 * low)).float()


@torch.no_grad()
def standing_statistics(
    generator: nn.Module,
    n_classes: int,
    threshold: float,
    *,
    kept: int = 0,
    batches: int = 8,
    seed: int = 0,
) -> nn.Module:
    r"""Give a copy of G the batch statistics that it has at a threshold of truncation.

    .. math:: \mu = \frac{1}{n} \sum_b \mu_b, \quad \sigma^2 = \frac{1}{n} \sum_b \sigma_b^2

    Parameters
    ----------
    generator : nn.Module
        With batch norm; called as generator(z, labels). Left as it is.
    n_classes : int
        Labels that are drawn, evenly.
    threshold : float
        Of `truncated_normal`.
    kept : int
        Batch norms, in their order, that keep the statistics of the training. 0 undoes truncation
        where the first one stands behind a linear map of z: it brings every z to the same
        spread. 1 lets the size of z through, and the later ones get used to it.
    batches : int
        n, at least 1, of 100 latents each.
    seed : int
        Of the latents.

    Returns
    -------
    nn.Module
        On its device, in eval mode.

    Raises
    ------
    ValueError
        If `batches` is below 1.

    References
    ----------
    'Standing statistics' of BigGAN (Brock et al. 2019, its appendix), which measures all of them;
    its z also enters behind the batch norms ('skip-z'), where nothing undoes its size.
    """
    if batches < 1:
        raise ValueError(f"batches must be at least 1, got {batches}.")
    standing, stream = copy.deepcopy(generator).train(), Streams(seed).fresh("standing")
    device = next(standing.parameters(), torch.empty(0)).device
    norms = [layer for layer in standing.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in norms[:kept]:
        layer.eval()
    for layer in norms[kept:]:
        layer.reset_running_stats()
        layer.momentum = None  # a plain average over all that it sees from now on
    for _ in range(batches):
        z = truncated_normal(100, generator.latent_dim, threshold, stream)
        standing(z.to(device), (torch.arange(100) % n_classes).to(device))
    return standing.eval()
