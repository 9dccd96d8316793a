"""The game of formula (3): what D maximises and G minimises (lesson 05_minimax)."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid


def minimax_value(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    r"""Value of the game in nats, formula (3), estimated on one batch; D maximises it.

    .. math:: V(D, G) = E_x[\log D(x)] + E_z[\log(1 - D(G(z)))], \quad D = \mathrm{sigmoid}(logit)

    Goodfellow et al. 2014, equation 1. We take logits, not probabilities:
    log(1 - sigmoid(s)) is logsigmoid(-s), which stays finite where 1 - D rounds to zero.

    Parameters
    ----------
    real_logits, fake_logits : Tensor
        D's logits of real and of generated images, any shape, float; higher = more real.

    Examples
    --------
    >>> round(float(minimax_value(torch.zeros(8), torch.zeros(8))), 4)  # -log 4
    -1.3863
    """
    return logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()


def optimal_discriminator(p_data: Tensor, p_model: Tensor) -> Tensor:
    """The D that no other D beats for a fixed G: in [0, 1] (Goodfellow et al. 2014, proposition 1).

    .. math:: D^*(x) = p_{data}(x) / (p_{data}(x) + p_{model}(x))

    Parameters
    ----------
    p_data, p_model : Tensor
        Densities or probabilities at the same points, same shape, >= 0. Where both are zero D* is
        free; we return 1/2 there.

    Raises
    ------
    ValueError
        If a value is negative or not finite, or the shapes differ.

    Examples
    --------
    >>> optimal_discriminator(torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.5, 0.0, 0.5]))
    tensor([0.5000, 1.0000, 0.0000])
    """
    p_data, p_model = _check_pair(p_data, p_model)
    total = p_data + p_model
    return torch.where(total > 0, p_data / total.clamp(min=torch.finfo(total.dtype).tiny), 0.5)


def kl_divergence(p: Tensor, q: Tensor) -> Tensor:
    r"""Kullback-Leibler divergence in nats, shape (...); infinite where q alone is zero.

    .. math:: KL(p \| q) = \sum_i p_i \log(p_i / q_i), \quad 0 \log 0 = 0

    Kullback and Leibler 1951, equation 2.4, for discrete distributions.

    Parameters
    ----------
    p, q : Tensor
        Probabilities, shape (..., n), each summing to 1 over the last axis.

    Raises
    ------
    ValueError
        If a value is negative or not finite, the shapes differ, or a sum is not 1.

    Examples
    --------
    >>> round(float(kl_divergence(torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5]))), 4)
    0.6931
    """
    p, q = _check_distributions(p, q)
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


def jensen_shannon_divergence(p: Tensor, q: Tensor) -> Tensor:
    r"""Jensen-Shannon divergence in nats: 0 when p = q, log 2 when they share nothing (Lin 1991).

    .. math:: JSD(p, q) = \tfrac12 KL(p \| m) + \tfrac12 KL(q \| m), \quad m = (p + q) / 2

    This is the divergence, not its square root (SciPy's ``jensenshannon`` is the root).

    Parameters
    ----------
    p, q : Tensor
        As for `kl_divergence`.

    Examples
    --------
    >>> round(float(jensen_shannon_divergence(torch.tensor([1.0, 0]), torch.tensor([0, 1.0]))), 4)
    0.6931
    """
    p, q = _check_distributions(p, q)
    mixture = (p + q) / 2
    return (kl_divergence(p, mixture) + kl_divergence(q, mixture)) / 2


def value_at_optimum(p_data: Tensor, p_model: Tensor) -> Tensor:
    r"""The value of the game when D is optimal, in [-log 4, 0] nats, computed from D* itself.

    .. math:: V(D^*, G) = \sum_x p_{data} \log D^* + p_{model} \log(1 - D^*) = 2\,JSD - \log 4

    Goodfellow et al. 2014, equation 4 and theorem 1; a test holds the right-hand side.

    Parameters
    ----------
    p_data, p_model : Tensor
        As p and q for `kl_divergence`.

    Examples
    --------
    >>> half = torch.tensor([0.5, 0.5])
    >>> round(float(value_at_optimum(half, half)), 4)
    -1.3863
    """
    p_data, p_model = _check_distributions(p_data, p_model)
    d_star = optimal_discriminator(p_data, p_model)
    one_minus = optimal_discriminator(p_model, p_data)  # 1 - D*, without the rounding of 1 - x
    return (torch.xlogy(p_data, d_star) + torch.xlogy(p_model, one_minus)).sum(-1)


def _check_pair(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    p, q = torch.as_tensor(p), torch.as_tensor(q)
    if p.shape != q.shape:
        raise ValueError(
            f"both distributions must have one shape, got {tuple(p.shape)} and {tuple(q.shape)}."
        )
    for name, value in (("first", p), ("second", q)):
        if not bool((torch.isfinite(value) & (value >= 0)).all()):
            raise ValueError(f"the {name} distribution must be finite and >= 0 everywhere.")
    return p, q


def _check_distributions(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    p, q = _check_pair(p, q)
    for name, value in (("first", p), ("second", q)):
        total = value.sum(-1)
        if not torch.allclose(total, torch.ones_like(total), atol=1e-4):
            worst = float(total.flatten()[(total - 1).abs().argmax()])
            raise ValueError(
                f"the {name} distribution must sum to 1 over its last axis, got {worst:.6g}."
            )
    return p, q
