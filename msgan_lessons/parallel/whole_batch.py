"""What looks at a batch as a whole, where the batch is shared by processes (lesson 14)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor, distributed, nn

from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.losses import Loss, feature_matching

__all__ = ["check_shares", "dealt", "gathered", "process_count", "whole_loss", "whole_matching"]


def process_count() -> int:
    """Return how many processes train together; 1 where this one is alone.

    Returns
    -------
    int
    """
    grouped = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if grouped else 1


def dealt(batch: Tensor | Sequence, count: int, rank: int, pac: int = 1) -> Tensor | Sequence:
    """Return one of several equal shares of a batch: every count-th image, or pack of images.

    The groups of minibatch_stddev are strided in the batch, packs are contiguous; dealt so, both
    are whole in one share.

    Parameters
    ----------
    batch : Tensor, list or tuple
        Shape (B, ...); of a list or tuple each entry is dealt.
    count : int
        Shares, at least 1.
    rank : int
        Which, from 0.
    pac : int
        Images that stay together.

    Returns
    -------
    Tensor, list or tuple
        Shape (B / count, ...).

    Raises
    ------
    ValueError
        If the batch cannot be shared equally.

    Examples
    --------
    >>> dealt(torch.arange(8), count=2, rank=0).tolist()
    [0, 2, 4, 6]
    >>> dealt(torch.arange(8), count=2, rank=1, pac=2).tolist()
    [2, 3, 6, 7]
    """
    if not isinstance(batch, Tensor):
        return type(batch)(dealt(part, count, rank, pac) for part in batch)
    if len(batch) % (count * pac):
        raise ValueError(
            f"batch_size must be divisible by {count * pac} ({count} processes, packs of {pac}), "
            f"got {len(batch)}."
        )
    return batch.reshape(-1, count, pac, *batch.shape[1:])[:, rank].flatten(0, 1)


def check_shares(discriminator: nn.Module, batch_size: int, count: int) -> None:
    """Refuse a batch whose shares would show D other groups of images than the whole does.

    Parameters
    ----------
    discriminator : nn.Module
        May have an attribute `pac` and layers `MinibatchStddev`.
    batch_size : int
        Images of all shares together.
    count : int
        Shares.

    Raises
    ------
    ValueError
        If a group would not be whole in one share.
    """
    groups = [m.group_size for m in discriminator.modules() if isinstance(m, MinibatchStddev)]
    together = getattr(discriminator, "pac", 1) * max(groups, default=1)
    if batch_size % (count * together):
        raise ValueError(
            f"batch_size must be divisible by {count * together} ({count} processes, D compares "
            f"{together} images), got {batch_size}."
        )


class _Sum(torch.autograd.Function):
    """Sum over the processes; the slope of each of them flows back to all of them."""

    @staticmethod
    def forward(ctx, tensor):
        total = tensor.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient):
        return _Sum.apply(gradient)


def gathered(tensor: Tensor) -> Tensor:
    """Stack one tensor of each process, with gradients back to all of them.

    Parameters
    ----------
    tensor : Tensor
        Of one shape and kind in all processes.

    Returns
    -------
    Tensor
        Shape (processes, *shape), the same in all of them.

    Examples
    --------
    >>> gathered(torch.tensor([1.0, 2.0]))
    tensor([[1., 2.]])
    """
    count = process_count()
    if count == 1:
        return tensor.unsqueeze(0)
    own, others = distributed.get_rank(), torch.zeros_like(tensor)
    return _Sum.apply(torch.stack([tensor if k == own else others for k in range(count)]))


def whole_loss(loss: Loss) -> Loss:
    """Return a loss whose mean over the processes is the loss of the whole batch.

    Parameters
    ----------
    loss : Loss
        An entry of `losses.LOSSES`.

    Returns
    -------
    Loss
        The same where it is a mean over the batch; else one that sees the logits of all processes.
    """
    sides = {side: getattr(loss, side) for side in ("discriminator_loss", "generator_loss")}
    return replace(loss, **{s: f if _is_mean(f) else _seeing_all(f) for s, f in sides.items()})


def whole_matching(real_features: Sequence, fake_features: Sequence) -> Tensor:
    """Feature matching between means over the batches of all processes.

    Parameters
    ----------
    real_features, fake_features : sequence
        As for `feature_matching`.

    Returns
    -------
    Tensor
        Scalar >= 0, the same in all processes.
    """
    return feature_matching(_means(real_features), _means(fake_features))


def _is_mean(loss: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Try whether the loss of eight logits is the mean of the losses of four and four."""
    first, second = torch.linspace(-3, 5, 16, dtype=torch.float64).square().sub(4).view(2, 8)
    halves = [loss(first[part], second[part]) for part in (slice(4), slice(4, 8))]
    return bool(torch.isclose(loss(first, second), torch.stack(halves).mean()))


def _seeing_all(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda first, second: loss(gathered(first).flatten(0, 1), gathered(second).flatten(0, 1))


def _means(features: Tensor | Sequence) -> Tensor | list:
    """Each layer's mean over the whole batch, as a batch of one."""
    if isinstance(features, Tensor):
        return gathered(features.float().mean(0)).mean(0, keepdim=True)
    return [_means(part) for part in features]
