"""Several small networks with their own seeds, computed together (lesson 15_stability)."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from msgan_lessons.base.streams import Streams

__all__ = ["SeedStreams", "SideBySide"]


class SideBySide(nn.Module):
    """K networks of one kind as one: each gets its own K-th part of the batch.

    The parts do not meet: the loss of the whole is the mean of the losses of the parts, and Adam,
    which does not mind the scale of a gradient, moves each network as it would alone (but for
    rounding and Adam's epsilon). For small networks it costs far less than one after the other.

    Parameters
    ----------
    networks : sequence of nn.Module
        Same architecture; each with its own weights. A network that changes its own buffers, as
        batch norm with running statistics or spectral norm do, will not work.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> two = SideBySide([nn.Linear(2, 1), nn.Linear(2, 1)])
    >>> two(torch.zeros(6, 2)).shape
    torch.Size([6, 1])
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        if not networks:
            raise ValueError("networks must hold at least one, got none.")
        parameters, buffers = stack_module_state(list(networks))
        self.count, self.names = len(networks), (list(parameters), list(buffers))
        self.latent_dim = getattr(networks[0], "latent_dim", None)
        self.stacked = nn.ParameterList([nn.Parameter(p.detach()) for p in parameters.values()])
        for k, buffer in enumerate(buffers.values()):
            self.register_buffer(f"buffer_{k}", buffer)
        self._form = (copy.deepcopy(networks[0]).to("meta"),)  # in a tuple: not a submodule

    def forward(self, x: Tensor) -> Tensor:
        """Map (K * B, ...) to (K * B', ...): network k sees the k-th part."""
        parameters = dict(zip(self.names[0], self.stacked, strict=True))
        kept = (getattr(self, f"buffer_{k}") for k in range(len(self.names[1])))
        buffers = dict(zip(self.names[1], kept, strict=True))
        parts = x.reshape(self.count, -1, *x.shape[1:])  # (K, B, ...)
        return torch.vmap(self._one)(parameters, buffers, parts).flatten(0, 1)

    def _one(self, parameters: dict, buffers: dict, x: Tensor) -> Tensor:
        return functional_call(self._form[0], (parameters, buffers), (x,))


class SeedStreams(Streams):
    """The streams of several seeds: latents come from each in turn, the rest from the first.

    Parameters
    ----------
    seeds : sequence of int
        At least one, each >= 0.

    Raises
    ------
    ValueError
        If there is none, or one is negative.

    Examples
    --------
    >>> both = SeedStreams([3, 5]).latents(4, 2)
    >>> bool((both[2:] == Streams(5).latents(2, 2)).all())
    True
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        if not seeds:
            raise ValueError("seeds must hold at least one, got none.")
        super().__init__(seeds[0])
        self.each = [Streams(seed) for seed in seeds]

    def latents(self, count: int, latent_dim: int) -> Tensor:
        """Draw the next training latents, an equal part from each seed.

        Parameters
        ----------
        count : int
            Of all seeds together, a multiple of their number.
        latent_dim : int
            At least 1.

        Returns
        -------
        Tensor
            Shape (count, latent_dim).
        """
        share = count // len(self.each)
        return torch.cat([streams.latents(share, latent_dim) for streams in self.each])
