"""One training in several processes, through Accelerate: each plays its share (lesson 14)."""

import os
from collections.abc import Mapping, Sequence
from datetime import timedelta

import torch
from accelerate import Accelerator, InitProcessGroupKwargs
from accelerate.utils import broadcast
from torch import Tensor, nn

from msgan_lessons.losses import Loss
from msgan_lessons.parallel.process_host import has_no_gpu, stay_here
from msgan_lessons.parallel.synced_norm import sync_batch_norm
from msgan_lessons.parallel.whole_batch import (
    check_shares,
    dealt,
    whole_loss,
    whole_matching,
)

__all__ = ["Processes"]

PATIENCE = timedelta(minutes=5)  # for the slowest process, at any meeting


class Processes:
    r"""All processes of one training, seen from one of them; `Game(processes=...)` plays by it.

    Every process draws the same batches and latents from the same seed and keeps its share of
    them; after each backward the gradients are averaged:

    .. math:: \nabla \frac{1}{N} \sum_n L_n = \frac{1}{N} \sum_n \nabla L_n

    Where a loss is not a mean over the batch this would not be the loss of the whole batch, so
    the parts that look at the batch as a whole are made to: batch norm and feature matching take
    their means over all processes, a loss such as relativistic_average sees the logits of all of
    them, minibatch_stddev and pac find their groups in one share. What is left is the rounding of
    sums taken in another order. The price: every process opens all data and draws all latents.

    Parameters
    ----------
    cpu : bool
        Compute on the CPU (gloo) also where there are GPUs.
    local_batch_norm : bool
        Leave batch norm to each process's own share, as torch does by itself. The result is
        another one than with one process; the running statistics kept are those of process 0.

    Raises
    ------
    ValueError
        If there are more processes than GPUs, or they do not find each other.

    References
    ----------
    Goyal et al. 2017 average gradients so too, and leave batch norm local: there the share is what
    stays the same for any number of processes, here the whole batch is.
    """

    def __init__(self, *, cpu: bool = False, local_batch_norm: bool = False) -> None:
        asked, here = (int(os.environ.get(k, 1)) for k in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
        if (cpu := cpu or has_no_gpu()) and asked == here:
            stay_here()
        if not cpu and here > (found := torch.accelerator.device_count()):
            raise ValueError(
                f"--num_processes must be at most {found}, the GPUs of this machine, got {here}; "
                "ACCELERATE_USE_CPU=true computes on the CPU."
            )
        waiting = InitProcessGroupKwargs(timeout=PATIENCE)
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
        """Return this process's share of a batch, as `whole_batch.dealt` deals it.

        Parameters
        ----------
        batch : Tensor, list or tuple
            Shape (B, ...); of a list or tuple each entry is shared.

        Returns
        -------
        Tensor, list or tuple
            Shape (B / count, ...).
        """
        return dealt(batch, self.count, self.rank, self._pac)

    def prepare(self, game) -> None:
        """Make a game one of all processes: same start, whole batch norm, averaged gradients.

        Parameters
        ----------
        game : Game
            Newly made, alike in all processes.

        Raises
        ------
        ValueError
            If its batch cannot be shared so that D sees the same groups as in one process.
        """
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
        """Let an optimiser average the gradients over all processes before each of its steps.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            Its `step` is a meeting from now on: all processes must call it alike.

        Returns
        -------
        torch.optim.Optimizer
            `optimizer`.
        """
        optimizer.register_step_pre_hook(lambda chosen, *_: self._average(chosen))
        return optimizer

    def mean(self, numbers: Mapping[str, Tensor | float | None]) -> dict[str, Tensor | None]:
        """Return each number's mean over the processes; None stays None.

        Parameters
        ----------
        numbers : mapping
            Name to scalar; the same names, and None at the same places, in all processes.

        Returns
        -------
        dict
            Not finite everywhere as soon as it is not finite in one of them.
        """
        known = {name: value for name, value in numbers.items() if value is not None}
        values = [torch.as_tensor(v).detach().double().to(self.device) for v in known.values()]
        means = self._accelerator.reduce(torch.stack(values), "mean") if values else []
        return {**numbers, **dict(zip(known, means, strict=True))}

    def loss(self, loss: Loss) -> Loss:
        """Return a loss whose value over shares is that of the whole batch.

        Parameters
        ----------
        loss : Loss
            An entry of `losses.LOSSES`.

        Returns
        -------
        Loss
            The same where it is a mean over the batch; else one that sees all logits.
        """
        return whole_loss(loss)

    def agree(self, flag: bool) -> bool:
        """Return what process 0 says; whoever stops alone would be waited for by all others.

        Parameters
        ----------
        flag : bool
            This process's own opinion.

        Returns
        -------
        bool
        """
        return bool(broadcast(torch.tensor([float(flag)], device=self.device)))

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.device.type == "cpu" and self.count > 1:
            torch.distributed.barrier()  # Accelerate's names a GPU, which rank 1 may not have
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
