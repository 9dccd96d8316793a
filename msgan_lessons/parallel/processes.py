"""One training in several processes: each plays its share of a batch (lesson 14)."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import torch
from accelerate import Accelerator, InitProcessGroupKwargs
from accelerate.utils import broadcast
from torch import Tensor, distributed, nn

from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.losses import Features, Loss, feature_matching
from msgan_lessons.parallel.launching import has_no_gpu, use_loopback


def process_count() -> int:
    """Return how many processes train together; 1 where this one is alone."""
    grouped = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if grouped else 1


def shard(batch: Tensor | Sequence, count: int, rank: int, pac: int = 1) -> Tensor | Sequence:
    """Return a share of a batch, (B / count, ...), in which groups of images and packs are whole.

    >>> shard(torch.arange(8), count=2, rank=1, pac=2).tolist()
    [2, 3, 6, 7]
    """
    if not isinstance(batch, Tensor):
        return type(batch)(shard(part, count, rank, pac) for part in batch)
    if len(batch) % (count * pac):
        raise ValueError(
            f"batch_size must be divisible by {count * pac} ({count} processes, packs of {pac}), "
            f"got {len(batch)}."
        )
    return batch.reshape(-1, count, pac, *batch.shape[1:])[:, rank].flatten(0, 1)


def check_shares(discriminator: nn.Module, batch_size: int, count: int) -> None:
    """Refuse a batch whose shares would show D other groups of images than the whole does."""
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


def all_gather(tensor: Tensor) -> Tensor:
    """Stack one tensor of each process, (processes, *shape), with gradients back to all of them."""
    count = process_count()
    if count == 1:
        return tensor.unsqueeze(0)
    own, others = distributed.get_rank(), torch.zeros_like(tensor)
    return _Sum.apply(torch.stack([tensor if k == own else others for k in range(count)]))


def whole_loss(loss: Loss) -> Loss:
    """Return a loss whose mean over the processes is the loss of the whole batch."""
    sides = {side: getattr(loss, side) for side in ("discriminator_loss", "generator_loss")}
    return replace(loss, **{s: f if _is_mean(f) else _seeing_all(f) for s, f in sides.items()})


def whole_matching(real_features: Features, fake_features: Features) -> Tensor:
    """Feature matching between means over the batches of all processes."""
    return feature_matching(_means(real_features), _means(fake_features))


def _is_mean(loss: Callable[[Tensor, Tensor], Tensor]) -> bool:
    """Try whether the loss of eight logits is the mean of the losses of four and four."""
    first, second = torch.linspace(-3, 5, 16, dtype=torch.float64).square().sub(4).view(2, 8)
    halves = [loss(first[part], second[part]) for part in (slice(4), slice(4, 8))]
    return bool(torch.isclose(loss(first, second), torch.stack(halves).mean()))


def _seeing_all(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda first, second: loss(
        all_gather(first).flatten(0, 1), all_gather(second).flatten(0, 1)
    )


def _means(features: Features) -> list[list[Tensor]]:
    """Each layer's mean over the whole batch, as a batch of one."""
    return [
        [all_gather(layer.float().mean(0)).mean(0, keepdim=True) for layer in layers]
        for layers in features
    ]


class SyncedBatchNorm2d(nn.BatchNorm2d):
    r"""Batch norm whose mean and variance are those of the shares of all processes together.

    .. math:: \mu = \frac{1}{N} \sum_n \mu_n, \quad
        \sigma^2 = \frac{1}{N} \sum_n \left( \sigma_n^2 + (\mu_n - \mu)^2 \right)

    Over N equal shares. torch's SyncBatchNorm needs a GPU and has no second derivative.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        if not self.training or process_count() == 1:
            return super().forward(x)
        self._check_input_dim(x)
        values = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        spread, centre = torch.var_mean(values, (0, 2, 3), correction=0)  # (C,) each
        centres, spreads = all_gather(torch.stack([centre, spread])).unbind(1)  # (N, C) each
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
    """Turn every `nn.BatchNorm2d` of a network into a `SyncedBatchNorm2d`, in place."""
    for layer in network.modules():
        if type(layer) is nn.BatchNorm2d:
            layer.__class__ = SyncedBatchNorm2d
    return network


TIMEOUT = timedelta(minutes=5)  # for the slowest process, at any meeting


class Processes:
    """All processes of one training, seen from one of them; `Game(processes=...)` plays by it.

    Every process draws the same batches and latents from the same seed and keeps its share. What
    looks at the batch as a whole does so over all of them; `local_batch_norm` leaves batch norm
    local, as Goyal et al. 2017 do, and keeps process 0's statistics.
    """

    def __init__(self, *, cpu: bool = False, local_batch_norm: bool = False) -> None:
        asked, here = (int(os.environ.get(k, 1)) for k in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
        if (cpu := cpu or has_no_gpu()) and asked == here:
            use_loopback()
        if not cpu and here > (found := torch.accelerator.device_count()):
            raise ValueError(
                f"--num_processes must be at most {found}, the GPUs of this machine, got {here}; "
                "ACCELERATE_USE_CPU=true computes on the CPU."
            )
        waiting = InitProcessGroupKwargs(timeout=TIMEOUT)
        self._accelerator = Accelerator(cpu=cpu, kwargs_handlers=[waiting])
        if self.count != asked:
            raise ValueError(f"{asked} processes must find each other, got {self.count}.")
        self.local_batch_norm, self._pac = local_batch_norm, 1

    @property
    def count(self) -> int:
        """How many there are."""
        return self._accelerator.num_processes

    @property
    def rank(self) -> int:
        """Which one this is, from 0."""
        return self._accelerator.process_index

    @property
    def is_main(self) -> bool:
        """Whether this is process 0, which alone shows and writes."""
        return self._accelerator.is_main_process

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        device = self._accelerator.device
        return torch.device("cpu") if device.type == "cpu" else device

    def share(self, batch: Tensor | Sequence) -> Tensor | Sequence:
        """Return this process's share (B / count, ...) of a batch, as `shard` deals it."""
        return shard(batch, self.count, self.rank, self._pac)

    def prepare(self, game) -> None:
        """Make a game one of all processes: same start, whole batch norm, averaged gradients."""
        judge = game.discriminator
        check_shares(judge, game.config.batch_size, self.count)
        self._pac = getattr(judge, "pac", 1)
        for network in filter(None, (game.generator, judge, game.generator_ema)):
            self._broadcast(network)
            if not self.local_batch_norm:
                sync_batch_norm(network)
        game.match = whole_matching
        for optimizer in (game.g_optimizer, game.d_optimizer):
            self.optimizer(optimizer)

    def _broadcast(self, network: nn.Module) -> None:
        """Give a network the weights and buffers that it has in process 0, in place."""
        with torch.no_grad():
            for tensor in network.state_dict().values():
                tensor.copy_(broadcast(tensor.contiguous()))

    def optimizer(self, optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
        """Let an optimiser average the gradients over all processes before each of its steps."""
        optimizer.register_step_pre_hook(lambda chosen, *_: self._average(chosen))
        return optimizer

    def mean(self, numbers: Mapping[str, Tensor | float | None]) -> dict[str, Tensor | None]:
        """Return each scalar's mean over the processes; None, at the same places, stays None."""
        known = {name: value for name, value in numbers.items() if value is not None}
        values = [torch.as_tensor(v).detach().double().to(self.device) for v in known.values()]
        means = self._accelerator.reduce(torch.stack(values), "mean") if values else []
        return {**numbers, **dict(zip(known, means, strict=True))}

    def loss(self, loss: Loss) -> Loss:
        """Return a loss whose value over shares is that of the whole batch."""
        return whole_loss(loss)

    def agree(self, flag: bool) -> bool:
        """Return what process 0 says; whoever stops alone would be waited for by all others."""
        return bool(broadcast(torch.tensor([float(flag)], device=self.device)))

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.device.type == "cpu" and self.count > 1:
            distributed.barrier()  # Accelerate's names a GPU, which rank 1 may not have
        else:
            self._accelerator.wait_for_everyone()

    def _average(self, optimizer: torch.optim.Optimizer) -> None:
        """Replace the gradients by their means over the processes, all in one bucket."""
        weights = [w for group in optimizer.param_groups for w in group["params"]]
        gradients = [w.grad for w in weights if w.grad is not None]
        if not gradients:
            return
        bucket = torch.cat([g.flatten() for g in gradients])
        means = self._accelerator.reduce(bucket, "mean").split([g.numel() for g in gradients])
        for gradient, mean in zip(gradients, means, strict=True):
            gradient.copy_(mean.view_as(gradient))
