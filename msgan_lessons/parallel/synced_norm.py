"""Batch norm over the batch of all processes: one mean and variance for all (lesson 14)."""

import torch
from torch import Tensor, nn

from msgan_lessons.parallel.whole_batch import gathered, process_count

__all__ = ["SyncedBatchNorm2d", "sync_batch_norm"]


class SyncedBatchNorm2d(nn.BatchNorm2d):
    r"""Batch norm whose mean and variance are those of the shares of all processes together.

    .. math:: \mu = \frac{1}{N} \sum_n \mu_n, \quad
        \sigma^2 = \frac{1}{N} \sum_n \left( \sigma_n^2 + (\mu_n - \mu)^2 \right)

    In training the running statistics move as they would for the whole batch. In evaluation mode,
    and where there is one process alone, it is `nn.BatchNorm2d`; its weights have the same names.

    Parameters
    ----------
    num_features, eps, momentum, affine, track_running_stats
        As for `nn.BatchNorm2d`.

    References
    ----------
    Ioffe and Szegedy 2015, algorithm 1, over N equal shares. torch's own SyncBatchNorm takes
    unequal shares too, but needs a GPU and cannot be differentiated twice, as penalties are.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        if not self.training or process_count() == 1:
            return super().forward(x)
        self._check_input_dim(x)
        values = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        spread, centre = torch.var_mean(values, (0, 2, 3), correction=0)  # (C,) each
        centres, spreads = gathered(torch.stack([centre, spread])).unbind(1)  # (N, C) each
        mean = centres.mean(0)
        variance = (spreads + (centres - mean).square()).mean(0)
        self._remember(mean.detach(), variance.detach(), process_count() * x.numel() // x.shape[1])
        scale = torch.rsqrt(variance + self.eps)
        scale = scale if self.weight is None else scale * self.weight
        normed = (values - mean[:, None, None]) * scale[:, None, None]
        return (normed if self.bias is None else normed + self.bias[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics, as `nn.BatchNorm2d` does; its variance is unbiased."""
        if self.running_mean is None:
            return
        self.num_batches_tracked += 1
        share = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean), share)
        unbiased = variance * (count / max(count - 1, 1))
        self.running_var.lerp_(unbiased.to(self.running_var), share)


def sync_batch_norm(network: nn.Module) -> nn.Module:
    """Turn every `nn.BatchNorm2d` of a network into a `SyncedBatchNorm2d`, in place.

    Parameters
    ----------
    network : nn.Module
        Keeps its weights, their names and its optimisers.

    Returns
    -------
    nn.Module
        `network`.

    Examples
    --------
    >>> type(sync_batch_norm(nn.Sequential(nn.BatchNorm2d(3)))[0]).__name__
    'SyncedBatchNorm2d'
    """
    for layer in network.modules():
        if type(layer) is nn.BatchNorm2d:
            layer.__class__ = SyncedBatchNorm2d
    return network
