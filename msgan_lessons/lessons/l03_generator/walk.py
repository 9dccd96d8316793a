"""A walk through the latents of a trained G: truncation, all scales, a muted block (lesson 03)."""

import copy
import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.pictures import Picture, framed_cells, sheet, tile
from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom.panel import Control, Menu, Pixels, Slider
from msgan_lessons.classroom.touching import WAYS, Touchable, interpolate, spread
from msgan_lessons.family import GrowingGenerator, ResidualGenerator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l03_generator.pictures import latent_rows

COUNT = 8  # latents that are shown
MANY = 32  # latents that the spread is measured over
MEAN_OF = 256  # latents that features are averaged over
STOPS = 12  # of the first one's way
GAP = 1  # white pixels between images
NONE = "none"
HOW = ("mean over z", "zeros", "mean over pixels")
LABELS = {"psi": "ψ =", "muted": "muted"}


class LatentWalk(Touchable):
    """Walk through the latents of a G, shorten them, and mute a block.

    z is multiplied by psi, so that each image can be followed. BigGAN (Brock et al. 2019) calls
    it truncation too, but draws the entries of z again until all lie within a threshold; StyleGAN
    (Karras et al. 2019) scales the distance from the mean, as here, but in a learned space.

    Parameters
    ----------
    generator : MultiScaleGenerator
        Emits an image at every scale, from features. A copy of it is used, on the CPU.
    real : Tensor, optional
        Real images (N, C, R, R), whose spread is told for comparison.

    Examples
    --------
    >>> walk = LatentWalk(MultiScaleGenerator(channels=(8, 4, 4, 4), latent_dim=8, emit="all"))
    >>> _ = walk.set("psi", 0.0)
    >>> walk.spreads()
    [0.0, 0.0, 0.0, 0.0]
    """

    name = "latent_walk"

    def __init__(self, generator: MultiScaleGenerator, real: Tensor | None = None) -> None:
        self.generator = copy.deepcopy(generator).cpu().eval()
        self.real_spread = None if real is None else _overall(spread(real))
        stream = Streams(0).fresh("latent_walk")
        self._first, self._second = torch.randn(2, MANY, generator.latent_dim, generator=stream)
        with torch.no_grad():
            muted_images(self.generator, self._first[:1])  # refuses a G that cannot be walked
            many = torch.randn(MEAN_OF, generator.latent_dim, generator=stream)
            features = self.generator.features(many)
        self._means = {h.shape[-1]: h.mean(0, keepdim=True) for h in features}
        self.views = _views(generator.sizes)
        super().__init__(_controls(generator.sizes))

    @property
    def drawn(self) -> list[Tensor]:
        """What 32 latents draw as the controls stand: (32, C, r, r) a scale, coarse to fine."""
        return self.kept("drawn", lambda: self._draw(self._latents(self.values["degrees"])))

    def spreads(self) -> list[float]:
        """Return how much these images differ at each scale, coarse to fine, each from 0 to 1."""
        return [_overall(spread(x)) for x in self.drawn]

    def frame(self) -> dict[str, np.ndarray]:
        """Return the pixels of all views."""
        cell = self.generator.sizes[-1]
        maps = [2 * spread(x) - 1 for x in self.drawn]  # from black: 0, to white: 1
        return {
            "scales": sheet([list(x[:COUNT]) for x in self.drawn], cell, GAP),
            "spread": sheet([maps], cell, GAP),
            "way": self._stops(),
        }

    def status(self) -> str:
        """Return the length of z and the spread of the finest images."""
        length = self._latents(self.values["degrees"]).norm(dim=1).mean().item()
        usual = math.sqrt(self.generator.latent_dim)
        finest = self.generator.sizes[-1]
        real = "" if self.real_spread is None else f", of real images {self.real_spread:.2f}"
        return (
            f"length of z {length:.1f}, of a standard normal z about {usual:.1f} · "
            f"spread of the {finest}x{finest} images {self.spreads()[-1]:.2f}{real}"
        )

    def picture(self) -> Picture:
        """Draw 8 latents at all scales as they are now, then shortened, then with a muted block."""
        names = [f"{r}x{r}" for r in self.generator.sizes]
        rows, kept = dict(zip(names, self.drawn, strict=True)), self.values
        for change in ({"psi": 0.5}, {"muted": names[1]}):
            self.values = {**kept, **change}
            label = ", ".join(f"{LABELS[k]} {v}" for k, v in change.items())
            rows[f"{names[-1]}, {label}"] = self._draw(self._latents(kept["degrees"]))[-1]
        self.values = kept
        return latent_rows({name: images[:COUNT] for name, images in rows.items()})

    def _latents(self, degrees: float) -> Tensor:
        """32 latents at a place of the way, times psi."""
        return self.values["psi"] * interpolate(
            self._first, self._second, degrees, self.values["way"]
        )

    @torch.no_grad()
    def _draw(self, z: Tensor) -> list[Tensor]:
        """Images at all scales, with a block muted if one is."""
        if self.values["muted"] == NONE:
            return muted_images(self.generator, z)
        muted = int(self.values["muted"].split("x")[0])
        return muted_images(
            self.generator, z, muted, stand_in(self.values["how"], self._means[muted])
        )

    def _stops(self) -> np.ndarray:
        """The first latent's image every 30 degrees, in three rows; the nearest is framed."""

        def stops() -> Tensor:
            z = torch.stack([self._latents(360 / STOPS * k)[0] for k in range(STOPS)])
            return self._draw(z)[-1]  # (12, C, R, R)

        nearest = round(self.values["degrees"] * STOPS / 360) % STOPS
        return tile(
            framed_cells(self.kept("stops", stops, but=["degrees"]), nearest), STOPS // 3, GAP
        )


def _overall(deviation: Tensor) -> float:
    """Root of the mean square over pixels."""
    return deviation.square().mean().sqrt().item()


def _views(sizes: Sequence[int]) -> list[Pixels]:
    names = [f"{r}x{r}" for r in sizes]
    latents = [f"z{k}" for k in range(1, COUNT + 1)]
    return [
        Pixels("scales", "Eight latents, each at all scales", 500, rows=names, columns=latents),
        Pixels("spread", "Where images of 32 z differ", 262, columns=names),
        Pixels(
            "way", "The way of z1, every 30 degrees", 225, rows=["0°", "120°", "240°"], below=True
        ),
    ]


def _controls(sizes: Sequence[int]) -> list[Control]:
    blocks = [f"{r}x{r}" for r in sizes]
    return [
        Slider("degrees", "walk, degrees", "", 0, 360, 1, 0),
        Slider("psi", "truncation ψ", "", 0.0, 2.0, 0.05, 1.0),
        Menu("muted", "mute block", "", [NONE, *blocks], NONE),
        Menu("way", "way", "Way and muting", list(WAYS), WAYS[0]),
        Menu("how", "a muted block hands on", "Way and muting", list(HOW), HOW[0]),
    ]


Replacement = Callable[[Tensor], Tensor]


def muted_images(
    generator: MultiScaleGenerator, z: Tensor, muted: int = 0, stand_in: Replacement | None = None
) -> list[Tensor]:
    """Draw images at all scales, with s(h) in the place of the features h of block `muted`."""
    others = isinstance(generator, GrowingGenerator | ResidualGenerator)
    if others or generator.emitted != generator.sizes:
        got = f"{type(generator).__name__} with images at {generator.emitted}"
        raise ValueError(f"generator must draw an image from features at every scale, got {got}.")
    h, images = z[:, :, None, None], []  # (B, latent_dim, 1, 1)
    layers = zip(generator.sizes, generator.blocks, generator.to_rgb, strict=True)
    for size, block, to_rgb in layers:
        h = block(h)  # (B, channels[k], r, r)
        if size == muted and stand_in is not None:
            h = stand_in(h)
        images.append(to_rgb(h).tanh())
    return images


def stand_in(how: str, mean: Tensor) -> Replacement:
    """Say what a muted block hands on in place of h (B, C, r, r); `mean` (1, C, r, r) is over z."""
    check_choice("how", how, HOW)
    if how == "mean over pixels":
        return lambda h: h.mean((2, 3), keepdim=True).expand_as(h)
    return lambda h: (mean if how == "mean over z" else 0 * mean).expand_as(h)
