"""A small image, enlarged by one method or another: paint on it, look closely (lesson 09)."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.pictures import Picture, sheet
from msgan_lessons.classroom.panel import Action, Control, Menu, Pixels, Slider
from msgan_lessons.classroom.touching import Paint, Touchable
from msgan_lessons.lessons.l09_super_resolution.pictures import enlarged_rows
from msgan_lessons.metrics.images import psnr
from msgan_lessons.pyramid import image_pyramid, laplacian_pyramid

GAP = 2  # white pixels between two images of a row
COLUMN, ROW = 200, 560  # screen pixels of one image, of a row
STRENGTH = {"black": -2.0, "white": 2.0}
SHOWN = 4  # images of the static picture
ZOOM = {"whole": 1, "2 times": 2, "4 times": 4}
GAIN = 2.0  # of bands, to be seen


class UpscaleBench(Touchable):
    """Enlarge held-out images, paint on the small one, and see what each method adds.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, R, R), N at least 1, values in [-1, 1]; R is four times the small images'.
    methods : mapping
        Name to a callable: (B, C, R/4, R/4) to (B, C, R, R), both in [-1, 1]; the last is shown.

    Raises
    ------
    ValueError
        If there are no images or methods, or the images cannot be halved twice.

    Examples
    --------
    >>> from msgan_lessons.pyramid import nearest_upsample as twice
    >>> bench = UpscaleBench(torch.zeros(1, 3, 64, 64), {"nearest": lambda x: twice(twice(x))})
    >>> bench.low.shape, bench.large("nearest").shape
    (torch.Size([3, 16, 16]), torch.Size([3, 64, 64]))
    """

    name = "upscale"

    def __init__(self, images: Tensor, methods: Mapping[str, Callable[[Tensor], Tensor]]) -> None:
        if not len(images) or not methods:
            raise ValueError(
                "images and methods must hold at least one each, "
                f"got {len(images)} and {len(methods)}."
            )
        self.images, self.methods = images, dict(methods)
        self._low = image_pyramid(images, 3)[0]
        self.paint = Paint([self._low.shape[-1]])
        self._middle, self._known = [0.5, 0.5], {}
        self.views = _views(images.shape[-1], list(methods))
        deeds = {
            "low": self._draw_to,
            "large": self._look_at,
            "clear": lambda _: self.paint.clear(),
        }
        super().__init__(_controls(len(images), list(methods)), deeds)

    @property
    def real(self) -> Tensor:
        """The real image, shape (C, R, R), whatever was painted."""
        return self.images[self.values["image"]]

    @property
    def low(self) -> Tensor:
        """The small image with its paint, shape (C, R/4, R/4), in [-1, 1]."""
        return (self._low[self.values["image"]] + self.paint.layers[0]).clamp(-1, 1)

    def large(self, method: str) -> Tensor:
        """What a method makes of the small image as it stands: (C, R, R), in [-1, 1]."""
        low = self.low
        kept, image = self._known.get(method, (None, None))
        if kept is None or not torch.equal(kept, low):
            image = self.methods[method](low[None])[0]
            self._known[method] = (low, image)
        return image

    def frame(self) -> dict[str, np.ndarray]:
        """Return the pixels of all views."""
        chosen, side = self.large(self.values["method"]), self.images.shape[-1]
        every = [self.large(name) for name in self.methods] + [self.real]
        bands = [laplacian_pyramid(x[None], 3)[1:] for x in (chosen, self.real)]
        added = [GAIN * band[0] for pair in bands for band in pair]
        return {
            "low": sheet([[self.low]], side, 0),
            "large": sheet([[chosen]], side, 0),
            "close": sheet([[self._part(x) for x in every]], side, GAP),
            "added": sheet([added], side, GAP),
        }

    def status(self) -> str:
        """Return PSNR of every method, or what cannot be said of a painted image."""
        if self.paint.layers[0].any():
            return "painted: there is no real large image any more, and no PSNR"
        told = [
            f"{name} {psnr(self.real[None], self.large(name)[None]).item():.1f}"
            for name in self.methods
        ]
        return f"PSNR in dB, higher is nearer: {', '.join(told)}"

    def picture(self) -> Picture:
        """Draw a few images: small, enlarged by each method, real."""
        low = self._low[:SHOWN]
        large = {name: method(low) for name, method in self.methods.items()}
        return enlarged_rows(
            {"16x16": low, **large, "real": self.images[:SHOWN]},
            "Which edges does the last method draw sharply, and which of them are invented?",
        )

    def _part(self, image: Tensor) -> Tensor:
        """The part of an image that is looked at, in its own pixels."""
        side = image.shape[-1] // ZOOM[self.values["zoom"]]
        top, left = (
            min(max(round(middle * image.shape[-1] - side / 2), 0), image.shape[-1] - side)
            for middle in self._middle
        )
        return image[:, top : top + side, left : left + side]

    def _look_at(self, point: Sequence[float]) -> None:
        """Move the part that is looked at to a point (x, y) of the large image."""
        self._middle = [point[1], point[0]]

    def _draw_to(self, point: Sequence[float]) -> None:
        x, y, number = point
        self.paint.stroke(
            0, (y, x), number=number, radius=self.values["radius"],
            strength=STRENGTH[self.values["paint"]],
        )  # fmt: skip


def _views(side: int, names: Sequence[str]) -> list[Pixels]:
    small, middle, large = (f"{r}x{r}" for r in (side // 4, side // 2, side))
    bands = [f"{band}, {whose}" for whose in ("drawn", "real") for band in (middle, large)]
    return [
        Pixels("low", f"{small}: paint on it", COLUMN, "paint"),
        Pixels("large", "Enlarged: click where to look", COLUMN, "drag", below=True),
        Pixels("close", "Looked at closely", ROW, columns=[*names, "real"]),
        Pixels("added", "Bands added (mid-grey is 0)", ROW, columns=bands, below=True),
    ]


def _controls(n_images: int, names: Sequence[str]) -> list[Control]:
    brush = "Brush"
    return [
        Slider("image", "image", "", 0, n_images - 1, 1, 0),
        Menu("method", "method", "", names, names[-1]),
        Menu("zoom", "look closely", "", list(ZOOM), "2 times"),
        Menu("paint", "paint", brush, list(STRENGTH), "black"),
        Slider("radius", "radius, pixels of the small image", brush, 0, 4, 1, 0),
        Action("clear", "Clear the paint", brush),
    ]
