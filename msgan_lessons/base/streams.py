"""Randomness in named streams, the device, and mixed precision: all from one seed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch  # loaded only where a number is drawn: the doctor runs where torch does not load

STREAMS = ("weights", "data", "latents", "fixed_latents", "augmentation", "penalty")


class Streams:
    """Independent sources of random numbers, all derived from one seed.

    Drawing a picture takes from 'fixed_latents' or from a stream of its own, never from the
    training's, so that looking at a run does not change it.

    Parameters
    ----------
    seed : int
        Any int >= 0.

    Raises
    ------
    ValueError
        If the seed is negative.

    Examples
    --------
    >>> a, b = Streams(0), Streams(0)
    >>> _ = a.latents(100, 8)  # drawing latents leaves the other streams alone
    >>> bool((a.fixed_latents(4, 8) == b.fixed_latents(4, 8)).all())
    True
    """

    def __init__(self, seed: int) -> None:
        if seed < 0:
            raise ValueError(f"seed must be >= 0, got {seed}.")
        self.seed = seed
        self._generators = {name: self.fresh(name) for name in STREAMS}

    def __getitem__(self, name: str) -> torch.Generator:
        """Return the CPU generator of a stream."""
        return self._generators[name]

    def fresh(self, name: str) -> torch.Generator:
        """Return a new CPU generator at the start of a stream; any name will do."""
        import torch

        digest = hashlib.sha256(f"{self.seed}/{name}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))

    def latents(self, count: int, latent_dim: int) -> torch.Tensor:
        """Draw the next training latents: standard normal, (count, latent_dim), on the CPU."""
        import torch

        return torch.randn(count, latent_dim, generator=self["latents"])

    def fixed_latents(self, count: int, latent_dim: int) -> torch.Tensor:
        """Return `fixed_z` (count, latent_dim): the same at every call, to watch pictures grow."""
        import torch

        return torch.randn(count, latent_dim, generator=self.fresh("fixed_latents"))

    def seed_weights(self) -> None:
        """Seed torch's own generator, which initialises networks, from the stream 'weights'."""
        import torch

        torch.manual_seed(self.fresh("weights").initial_seed())


def choose_device(device: str = "auto") -> tuple[torch.device, torch.dtype]:
    """Choose where to compute, and in which precision.

    Parameters
    ----------
    device : str
        'auto' (CUDA where there is one, else Apple's MPS, else the CPU), or a torch device.

    Returns
    -------
    tuple
        The device, and the dtype for convolutions: bfloat16 on a CUDA device that has it,
        float32 everywhere else.

    Raises
    ------
    ValueError
        If the device is not known or not there.

    Examples
    --------
    >>> choose_device("cpu")
    (device(type='cpu'), torch.float32)
    """
    import torch

    if device == "auto":
        mps = torch.backends.mps.is_available()
        device = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    try:
        chosen = torch.device(device)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device must be auto, cpu, cuda or mps and present, got {device!r}."
        ) from error
    bf16 = chosen.type == "cuda" and torch.cuda.is_bf16_supported()
    return chosen, torch.bfloat16 if bf16 else torch.float32


def autocast(device: torch.device, dtype: torch.dtype) -> AbstractContextManager:
    """Return the context in which networks run: bf16 autocast, or nothing for float32."""
    import torch

    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype=dtype)


EVERY = 97  # values between two that are looked at; a prime, so that no column is left out


class CountedBatches(Iterator):
    """An iterator over batches that knows how many it gave, and a checksum of what was in them."""

    def __init__(self, batches: Iterable) -> None:
        self._batches = iter(batches)
        self.count = self.checksum = 0

    def __next__(self) -> object:
        """Return the next batch."""
        batch = next(self._batches)
        self.count += 1
        self.checksum = _checksum(batch, self.checksum)
        return batch

    def skip(self, count: int, checksum: int) -> None:
        """Draw the batches that an interrupted run has used; its random streams move along."""
        for _ in range(count - self.count):
            next(self)
        if self.checksum != checksum:
            raise ValueError(
                f"the real data must be those that the run was started with: its first {count} "
                "batches are not the same."
            )


def _checksum(batch: object, start: int) -> int:
    if hasattr(batch, "detach"):  # a tensor; torch may not be loaded yet
        seen = batch.detach().reshape(-1)[::EVERY].cpu()
        return zlib.crc32(seen.numpy().tobytes(), start)
    for part in batch if isinstance(batch, (tuple, list)) else ():
        start = _checksum(part, start)
    return start
