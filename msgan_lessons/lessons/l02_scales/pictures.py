"""A pyramid to paint on, and pictures of bands and of what can be guessed of them (lesson 02)."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from msgan_lessons.base.pictures import (
    CELL,
    COLOURS,
    Picture,
    new_figure,
    sheet,
    sheet_figure,
    show_sheet,
)
from msgan_lessons.classroom.panel import Action, Control, Menu, Pixels, Slider
from msgan_lessons.classroom.touching import Paint, Touchable
from msgan_lessons.losses import pixel_mse
from msgan_lessons.pyramid import image_pyramid, laplacian_pyramid, reconstruct


def pyramid_rows(image: Tensor, bands: Sequence[Tensor], left_out: str = "nothing") -> Picture:
    """Show the scales of an image (C, R, R) in [-1, 1], some bands (C, r, r), what they rebuild."""
    bands = [b[None] for b in bands]
    scales = [x[0] for x in image_pyramid(image[None], len(bands))]
    rebuilt = [reconstruct(bands[: k + 1])[0] for k in range(len(bands))]
    sizes = [f"{x.shape[-1]}x{x.shape[-1]}" for x in scales]
    error = float(pixel_mse(rebuilt[-1][None], image[None]))
    canvas = sheet([scales, [b[0] for b in bands], rebuilt])
    names = ["scales x", f"bands b\nleft out: {left_out}", "rebuilt\nfrom the bands"]
    figure, axis = sheet_figure(canvas, names, sizes, left=1.4, above=0.6)
    axis.set_xlabel(f"mean squared error of the rebuilt {sizes[-1]} image: {error:.4f}", fontsize=9)
    alt = (
        f"Three rows of {len(bands)} images from {sizes[0]} to {sizes[-1]}: the scales of one "
        f"image, its Laplacian bands, and the image rebuilt; band left out: {left_out}. "
        f"The rebuilt image differs from the original by a mean squared error of {error:.4f}."
    )
    caption = "In the row of bands, mid-grey is 0. From which column on does the last row differ?"
    return Picture(figure, alt, caption)


def guessed_bands(
    columns: Mapping[str, Tensor],
    sizes: Sequence[int],
    bilinear: Sequence[float],
    learned: Sequence[float],
) -> Picture:
    """Show examples of a guessed scale, and the energy that two guesses leave at each scale.

    Parameters
    ----------
    columns : mapping
        Name of a column to its images (N, C, h, h), values in [-1, 1].
    sizes : sequence of int
        Resolutions of the scales that were guessed, coarse to fine.
    bilinear, learned : sequence of float
        Mean squared value of what each guess leaves, one a scale.

    Raises
    ------
    ValueError
        If the energies do not fit the scales.
    """
    if not len(sizes) == len(bilinear) == len(learned) > 0:
        raise ValueError(
            f"there must be one energy a scale for {list(sizes)}, "
            f"got {len(bilinear)} and {len(learned)}."
        )
    figure, (left, right) = new_figure(10.5, 3.8, ncols=2, width_ratios=[1.5, 1])
    canvas = sheet(list(zip(*columns.values(), strict=True)))
    show_sheet(left, canvas, [], list(columns))
    left.set_anchor("W")
    places = np.arange(len(sizes))
    for shift, heights, colour, label in (
        (-0.2, bilinear, "third", "after bilinear upsampling"),
        (0.2, learned, "optimum", "after the learned guess"),
    ):
        bars = right.bar(places + shift, heights, 0.38, color=COLOURS[colour], label=label)
        right.bar_label(bars, fmt="%.3f", fontsize=8)
    right.set_xticks(places, [f"{s}x{s}" for s in sizes])
    right.set(xlabel="scale that is guessed from the next coarser one")
    right.set(ylabel="energy that remains", ylim=(0, 1.3 * max(*bilinear, *learned, 1e-6)))
    right.legend(fontsize=8, frameon=False, loc="upper right")
    listed = "; ".join(
        f"{s}x{s}: {b:.3f} and {g:.3f}" for s, b, g in zip(sizes, bilinear, learned, strict=True)
    )
    alt = (
        f"Left: {len(canvas) // CELL} examples with the columns {', '.join(columns)}. Right: mean "
        f"squared value of what remains after bilinear upsampling and after learning: {listed}."
    )
    caption = "In the last column, mid-grey is 0. Where does the learned guess still fail?"
    return Picture(figure, alt, caption)


GAP = 1  # white pixels between two images of a row
ROW = 560  # screen pixels of a row, at the most
NOTHING = "nothing"
STRENGTH = 0.5  # of a stroke
SIGN = {"brighter": 1.0, "darker": -1.0}


class PyramidBench(Touchable):
    r"""Put an image together band by band; leave out, weigh and paint on its bands.

    .. math:: x'_k = up(x'_{k-1}) + w_k g_k (b_k + e_k), \qquad w_k = \min(\max(t - k + 1, 0), 1)

    t is how many bands are put together, so that the next one fades in; g_k is the gain of a band,
    0 where it is left out; e_k is what was painted on it. With t = K, all gains 1 and nothing
    painted, x'_k = x_k. What was painted stays when another image is chosen. Burt and Adelson 1983,
    equations 3 and 4; gains and paint are ours.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, R, R), N at least 1, values in [-1, 1], C 1 or 3.
    n_scales : int
        K, at least 2; R must be divisible by 2**(K - 1).

    Raises
    ------
    TypeError
        If `images` is not a tensor or `n_scales` not an int.
    ValueError
        If there are no images or fewer than 2 scales, or the scales do not divide the resolution.

    Examples
    --------
    >>> import torch
    >>> bench = PyramidBench(torch.zeros(1, 1, 16, 16), n_scales=3)
    >>> _ = bench.set("left_out", "8x8")
    >>> bench.weights
    [1.0, 0.0, 1.0]
    """

    name = "pyramid"

    def __init__(self, images: Tensor, n_scales: int = 4) -> None:
        self._bands = laplacian_pyramid(images, n_scales)
        self._scales = image_pyramid(images, n_scales)
        if n_scales < 2 or not len(images):
            raise ValueError(
                "images must hold at least one image and n_scales be at least 2, "
                f"got {len(images)} and {n_scales}."
            )
        self.sizes = [x.shape[-1] for x in self._scales]
        self.paint = Paint(self.sizes)  # its layers are e_k
        self.views = _views(self.sizes)
        deeds = {"bands": self._draw_to, "clear": lambda _: self.paint.clear()}
        super().__init__(_controls(self.sizes, len(images)), deeds)

    @property
    def image(self) -> Tensor:
        """The real image, shape (C, R, R)."""
        return self._scales[-1][self.values["image"]]

    @property
    def weights(self) -> list[float]:
        """w_k g_k of each band, coarse to fine."""
        reached, left_out = self.values["reached"], self.values["left_out"]
        faded = [min(max(reached - k, 0.0), 1.0) for k in range(len(self.sizes))]
        gains = [self.values[f"gain_{r}"] * (_name(r) != left_out) for r in self.sizes]
        return [float(w * g) for w, g in zip(faded, gains, strict=True)]

    @property
    def bands(self) -> list[Tensor]:
        """What is put together, coarse to fine: w_k g_k (b_k + e_k), each (C, r, r)."""
        bands = [b[self.values["image"]] for b in self._bands]
        return [w * (b + e) for w, b, e in zip(self.weights, bands, self.paint.layers, strict=True)]

    @property
    def rebuilt(self) -> list[Tensor]:
        """The image put together up to each scale, coarse to fine, each (C, r, r)."""
        bands = [b[None] for b in self.bands]
        return [reconstruct(bands[: k + 1])[0] for k in range(len(bands))]

    def frame(self) -> dict[str, np.ndarray]:
        """Return the pixels of all views."""
        index, rebuilt = self.values["image"], self.rebuilt
        rows = {"scales": [x[index] for x in self._scales], "bands": self.bands, "rebuilt": rebuilt}
        rows |= {"whole": rebuilt[-1:], "lacks": [self.image - rebuilt[-1]]}
        return {name: sheet([row], self.sizes[-1], GAP) for name, row in rows.items()}

    def status(self) -> str:
        """Return the error of the rebuilt image and the energy of each band, as it is added."""
        error = pixel_mse(self.rebuilt[-1][None], self.image[None]).item()
        energy = ", ".join(f"{b.square().mean().item():.3f}" for b in self.bands)
        painted = [_name(len(e[0])) for e in self.paint.layers if e.any()]
        more = f" · painted on {', '.join(painted)}" if painted else ""
        return f"mean squared error {error:.4f} · energy of the bands {energy}{more}"

    def picture(self) -> Picture:
        """Draw scales, bands and reconstruction; where no band is left out, without the finest."""
        bands, left_out = self.bands, self.values["left_out"]
        if left_out == NOTHING:  # there would be nothing to see
            bands, left_out = [*bands[:-1], 0 * bands[-1]], _name(self.sizes[-1])
        return pyramid_rows(self.image, bands, left_out)

    def _draw_to(self, point: Sequence[float]) -> None:
        """Paint on the band under a point (x, y, number of the stroke) of the row of bands."""
        x, y, number = point
        cell = self.sizes[-1] + GAP
        across = x * (len(self.sizes) * cell - GAP)
        k = min(int(across / cell), len(self.sizes) - 1)
        self.paint.stroke(
            k, (y, (across - k * cell) / self.sizes[-1]), number=number,
            radius=self.values["radius"], strength=SIGN[self.values["paint"]] * STRENGTH,
        )  # fmt: skip


def _name(resolution: int) -> str:
    return f"{resolution}x{resolution}"


def _views(sizes: Sequence[int]) -> list[Pixels]:
    names = [_name(r) for r in sizes]
    pixels = len(sizes) * (sizes[-1] + GAP) - GAP
    width = pixels * max(1, ROW // pixels)
    return [
        Pixels("scales", "Scales of the real image", width, columns=names),
        Pixels(
            "bands", "Its bands, as they are put together (mid-grey is 0): paint on them",
            width, "paint", below=True,
        ),
        Pixels("rebuilt", "Rebuilt from the bands, up to each scale", width, below=True),
        Pixels("whole", f"Rebuilt from all bands, {names[-1]}", 280),
        Pixels("lacks", "Real minus rebuilt (mid-grey is 0)", 140, below=True),
    ]  # fmt: skip


def _controls(sizes: Sequence[int], n_images: int) -> list[Control]:
    n_scales, names = len(sizes), [_name(r) for r in reversed(sizes)]
    brush = "Brush"
    gains = [
        Slider(f"gain_{r}", f"gain of {_name(r)}", "Gain of each band", -1.0, 3.0, 0.1, 1.0)
        for r in sizes
    ]
    return [
        Slider("reached", "bands put together", "", 0.0, float(n_scales), 0.05, float(n_scales)),
        Menu("left_out", "left out", "", [NOTHING, *names], NOTHING),
        Slider("image", "image", "", 0, n_images - 1, 1, 0),
        Menu("paint", "paint", brush, list(SIGN), "brighter"),
        Slider("radius", "radius, pixels of the band", brush, 0, 6, 1, 1),
        Action("clear", "Clear the paint", brush),
        *gains,
    ]
