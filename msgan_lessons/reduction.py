"""Mean over the batch, then over scales: how a loss of two tensors becomes a loss of scales."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Loss", "over_scales"]

Logits = Tensor | Sequence[Tensor]


@dataclass(frozen=True)
class Loss:
    """Both sides of one game.

    Parameters
    ----------
    discriminator_loss, generator_loss : callable
        Functions of tensors as above; each returns a scalar to be minimised.
    paper : str
        Where the loss is from.
    pairs : bool
        G's side compares with real logits and so needs them.
    gp_lambda : float
        The WGAN-GP weight that training uses unless told otherwise.
    """

    discriminator_loss: Callable[[Tensor, Tensor], Tensor]
    generator_loss: Callable[..., Tensor]
    paper: str
    pairs: bool = False
    gp_lambda: float = 0.0

    def discriminator(
        self,
        real_logits: Logits,
        fake_logits: Logits,
        scale_weights: Sequence[float] | None = None,
    ) -> Tensor:
        """D's loss: mean over the batch, then over scales.

        Parameters
        ----------
        real_logits, fake_logits : Tensor or list of Tensor
            D's logits, any shape; a list holds one tensor a scale, coarse to fine.
        scale_weights : sequence of float, optional
            One weight a scale; the weighted mean is taken. Default: all equal.

        Returns
        -------
        Tensor
            Scalar, to be minimised by D.

        Raises
        ------
        ValueError
            If real and fake differ in their number of scales, or the weights do not fit.
        """
        return over_scales(self.discriminator_loss, real_logits, fake_logits, scale_weights)

    def generator(
        self,
        fake_logits: Logits,
        real_logits: Logits | None = None,
        scale_weights: Sequence[float] | None = None,
    ) -> Tensor:
        """G's loss: mean over the batch, then over scales.

        Parameters
        ----------
        fake_logits : Tensor or list of Tensor
            D's logits of generated images, with a path back to G.
        real_logits : Tensor or list of Tensor, optional
            Needed by the relativistic losses alone (`pairs` is True there).
        scale_weights : sequence of float, optional
            One weight a scale; the weighted mean is taken. Default: all equal.

        Returns
        -------
        Tensor
            Scalar, to be minimised by G.

        Raises
        ------
        ValueError
            If `real_logits` is missing where `pairs` is True, or the scales do not fit.
        """
        if real_logits is None:
            if self.pairs:
                raise ValueError("real_logits must be given: a relativistic loss compares with it.")
            real_logits = fake_logits  # not used
        return over_scales(self.generator_loss, fake_logits, real_logits, scale_weights)


def over_scales(
    loss: Callable[[Tensor, Tensor], Tensor],
    first: Logits,
    second: Logits,
    weights: Sequence[float] | None = None,
) -> Tensor:
    """Apply a loss of two tensors at every scale and take the (weighted) mean.

    Parameters
    ----------
    loss : callable
        (Tensor, Tensor) -> scalar.
    first, second : Tensor or list of Tensor
        A tensor counts as one scale.
    weights : sequence of float, optional
        One a scale, >= 0, not all zero. Default: all equal.

    Returns
    -------
    Tensor
        Scalar.

    Raises
    ------
    ValueError
        If the numbers of scales differ or the weights do not fit.

    Examples
    --------
    >>> zeros, ones = torch.zeros(4), torch.ones(4)
    >>> float(over_scales(lambda a, b: (a - b).mean(), [ones, ones], [zeros, ones]))
    0.5
    """
    firsts, seconds = _scales(first), _scales(second)
    if len(firsts) != len(seconds) or not firsts:
        raise ValueError(
            f"both sides must have the same scales, got {len(firsts)} and {len(seconds)}."
        )
    weights = [1.0] * len(firsts) if weights is None else list(weights)
    if len(weights) != len(firsts) or min(weights) < 0 or sum(weights) == 0:
        raise ValueError(
            f"scale_weights must be {len(firsts)} numbers >= 0, not all zero, got {weights}."
        )
    terms = [w * loss(a, b) for w, a, b in zip(weights, firsts, seconds, strict=True)]
    return torch.stack(terms).sum() / sum(weights)


def _scales(logits: Logits) -> list[Tensor]:
    """A list of scales; half precision becomes float32, so that a loss is never rounded to bf16."""
    scales = [logits] if isinstance(logits, Tensor) else list(logits)
    half = (torch.bfloat16, torch.float16)
    return [s.float() if s.dtype in half else s for s in scales]
