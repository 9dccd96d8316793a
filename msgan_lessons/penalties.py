"""How steep D may be: R1, R2 and the gradient penalty of WGAN-GP (lesson 06_losses)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

__all__ = ["gradient_penalty", "r1_penalty", "r2_penalty"]

Logits = Tensor | Sequence[Tensor]
Images = Tensor | Sequence[Tensor]


def r1_penalty(discriminator: Callable[[Images], Logits], real_images: Images) -> Tensor:
    r"""Squared slope of D at real images; the loss adds r1_gamma / 2 times this.

    .. math:: R_1 = E_x\,[\| \nabla_x D(x) \|^2]

    Parameters
    ----------
    discriminator : callable
        Images (a tensor, or a list coarse to fine) to logits (a tensor, or one a scale).
    real_images : Tensor or list of Tensor
        Each (B, C, H, W).

    Returns
    -------
    Tensor
        Scalar >= 0, with a graph, so that it can be minimised.

    References
    ----------
    Mescheder et al. 2018, equation 9. With several input images the squared norms are
    *summed* over them; with several logits an image, D(x) is their *mean* (over positions,
    then over scales), so that gamma means the same for a patch D.

    Examples
    --------
    >>> x = torch.zeros(4, 1, 2, 2)
    >>> r1_penalty(lambda images: 3 * images.flatten(1).sum(1), x).item()  # 4 pixels, slope 3
    36.0
    """
    return _squared_slopes(discriminator, real_images).mean()


def r2_penalty(discriminator: Callable[[Images], Logits], fake_images: Images) -> Tensor:
    r"""Squared slope of D at generated images; the loss adds r2_gamma / 2 times this.

    .. math:: R_2 = E_z\,[\| \nabla_x D(x) \|^2], \quad x = G(z)

    Parameters
    ----------
    discriminator : callable
        As for `r1_penalty`.
    fake_images : Tensor or list of Tensor
        Each (B, C, H, W); G is not reached (the images are detached).

    Returns
    -------
    Tensor
        Scalar >= 0, with a graph to D's parameters.

    References
    ----------
    Mescheder et al. 2018, equation 10; sums and means as in `r1_penalty`.

    Examples
    --------
    >>> r2_penalty(lambda images: images.flatten(1).sum(1), torch.zeros(4, 1, 2, 2)).item()
    4.0
    """
    return _squared_slopes(discriminator, fake_images).mean()


def gradient_penalty(
    discriminator: Callable[[Images], Logits],
    real_images: Images,
    fake_images: Images,
    generator: torch.Generator | None = None,
    *,
    epsilon: Tensor | None = None,
) -> Tensor:
    r"""WGAN-GP: D's slope between real and fake should be 1; the loss adds gp_lambda times this.

    .. math:: E\,[(\| \nabla_{\hat x} D(\hat x) \| - 1)^2], \quad
        \hat x = \epsilon x + (1 - \epsilon) G(z), \quad \epsilon \sim U[0, 1]

    Parameters
    ----------
    discriminator : callable
        As for `r1_penalty`.
    real_images, fake_images : Tensor or list of Tensor
        Same shapes; one epsilon an image, shared by its scales.
    generator : torch.Generator, optional
        Source of epsilon, on the CPU; torch's own where it is missing.
    epsilon : Tensor, optional
        Shape (B,), in [0, 1], in place of a draw.

    Returns
    -------
    Tensor
        Scalar >= 0.

    Raises
    ------
    ValueError
        If real and fake differ in their shapes.

    References
    ----------
    Gulrajani et al. 2017, equation 3; with several input images the norm is that of all of
    them taken together (MSG-GAN, Karnewar and Wang 2020, averages instead).

    Examples
    --------
    >>> x = torch.zeros(4, 1, 2, 2)
    >>> gradient_penalty(lambda images: images.flatten(1).sum(1), x, x).item()  # slope 2
    1.0
    """
    reals, fakes = _as_list(real_images), _as_list(fake_images)
    if [x.shape for x in reals] != [x.shape for x in fakes]:
        raise ValueError(
            f"real and fake images must have the same shapes, got "
            f"{[tuple(x.shape) for x in reals]} and {[tuple(x.shape) for x in fakes]}."
        )
    if epsilon is None:
        epsilon = torch.rand(len(reals[0]), generator=generator)
    epsilon = epsilon.to(reals[0].device)
    mixed = [_between(x, y, epsilon) for x, y in zip(reals, fakes, strict=True)]
    mixed = mixed[0] if isinstance(real_images, Tensor) else mixed
    slopes = _squared_slopes(discriminator, mixed)
    return ((slopes + 1e-12).sqrt() - 1).square().mean()


def _between(real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """A point on the way from each fake image to a real one, or of points (B, 2)."""
    share = epsilon.view(-1, *[1] * (real.ndim - 1))  # (B, 1, ...)
    return share * real + (1 - share) * fake


def _squared_slopes(discriminator: Callable[[Images], Logits], images: Images) -> Tensor:
    """||grad_x D(x)||^2 for each image of the batch, summed over its scales: shape (B,)."""
    inputs = [x.detach().float().requires_grad_(True) for x in _as_list(images)]
    logits = _as_list(discriminator(inputs[0] if isinstance(images, Tensor) else inputs))
    scores = torch.stack([x.flatten(1).mean(1) if x.ndim > 1 else x for x in logits]).mean(0)
    grads = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return torch.stack([g.square().flatten(1).sum(1) for g in grads]).sum(0)


def _as_list(value: Tensor | Sequence[Tensor]) -> list[Tensor]:
    return [value] if isinstance(value, Tensor) else list(value)
