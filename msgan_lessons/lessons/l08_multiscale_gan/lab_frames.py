"""What is seen of the multi-scale lab at a moment: each scale's images and signals (lesson 08)."""

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons.base.pictures import tile
from msgan_lessons.metrics.signals import scale_gradients, scale_responses
from msgan_lessons.pyramid import pyramid_like
from msgan_lessons.training import Game, draw

__all__ = ["PROBED", "LabFrames"]

SHOWN = 8  # images a scale
PROBED = 8  # images whose signals are measured
SIGNALS_EVERY = 4  # frames


class LabFrames:
    """Looks at a training by the same real images and latents at every moment.

    Parameters
    ----------
    real : Tensor
        `PROBED` images, shape (B, C, R, R), in [-1, 1].
    sizes : sequence of int
        Resolutions that are shown, coarse to fine, up to R.
    z : Tensor
        Latents, shape (B, latent_dim).
    """

    def __init__(self, real: Tensor, sizes: Sequence[int], z: Tensor) -> None:
        self.real, self.sizes, self.z = real, list(sizes), z
        self._age = 0  # frames since both signals were asked for
        self._signals: dict[str, np.ndarray] = {}

    def measure_next(self) -> None:
        """Measure both signals in the next frame, as after a change; else they come by turns."""
        self._age = 0

    def now(self, game: Game) -> dict[str, np.ndarray]:
        """Return what is seen of a training now.

        Parameters
        ----------
        game : Game
            Of a model of the family; its G's running average is shown, G itself is measured.

        Returns
        -------
        dict
            'scale_R' uint8 (2 r + 1, ..., 3 or none): a row of real above a row of fake images;
            'response' float32 (K, 2) and 'gradients' float32 (K, K), NaN where there is none.
        """
        fake = draw(game.generator_ema, self.z)
        shown = _every_scale(fake, self.sizes)
        real = pyramid_like(self.real, shown)
        frame = {
            f"scale_{r}": _pixels(torch.cat([a[:SHOWN], b[:SHOWN]]))
            for r, a, b in zip(self.sizes, real, shown, strict=True)
        }
        turn = self._age % SIGNALS_EVERY  # the two signals by turns, so that no frame is slow
        if not self._age or turn == 0:
            self._signals["response"] = self._response(game)
        if not self._age or turn == SIGNALS_EVERY // 2:
            self._signals["gradients"] = self._gradients(game)
        self._age += 1
        return {**frame, **self._signals}

    def _probe(self, game: Game) -> tuple[nn.Module, nn.Module, Tensor]:
        """G as it learns (batch norm keeps count in a copy), D, and latents."""
        generator = copy.deepcopy(game.generator).train()
        return generator, game.discriminator, self.z.to(game.place)

    def _response(self, game: Game) -> np.ndarray:
        generator, discriminator, z = self._probe(game)
        with torch.no_grad():
            fake = generator(z)
        real = pyramid_like(self.real.to(game.place), fake)
        sizes, logits = scale_responses(discriminator, real, fake, generator.sizes)
        table = np.full((len(self.sizes), 2), np.nan, np.float32)
        for r, pair in zip(sizes, logits.tolist(), strict=True):
            table[self.sizes.index(r)] = pair
        return table

    def _gradients(self, game: Game) -> np.ndarray:
        sizes, norms = scale_gradients(*self._probe(game))
        table = np.full((len(self.sizes),) * 2, np.nan, np.float32)
        for r, line in zip(sizes, norms.tolist(), strict=True):
            table[self.sizes.index(r)] = [norm if norm > 0 else np.nan for norm in line]
        return table


def _every_scale(images: Sequence[Tensor], sizes: Sequence[int]) -> list[Tensor]:
    """An image at each scale: G's own, or its finest one averaged down (or, growing, enlarged)."""
    own = {x.shape[-1]: x for x in images}
    finest = images[-1]
    if finest.shape[-1] < sizes[-1]:  # a growing G
        finest = torch.nn.functional.interpolate(finest, sizes[-1], mode="nearest")
    wanted = [finest.new_empty(1, 1, r, r) for r in sizes]
    pooled = pyramid_like(finest, wanted)
    return [own.get(r, x) for r, x in zip(sizes, pooled, strict=True)]


def _pixels(images: Tensor) -> np.ndarray:
    """Images in rows of eight; grey ones as one channel, which is a third of the bytes."""
    sheet = tile(images, SHOWN)
    return sheet if images.shape[1] == 3 else sheet[..., 0]
