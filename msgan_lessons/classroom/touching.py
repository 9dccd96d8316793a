"""Subjects that answer a touch without a training: choices, walks of latents, and brushes."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from msgan_lessons.base.checks import check_choice
from msgan_lessons.classroom.panel import Action, Control


class Touchable:
    """Keeps the values of controls; the rest of what `widgets.touch` asks for is the child's."""

    def __init__(
        self, controls: Sequence[Control], deeds: Mapping[str, Callable] | None = None
    ) -> None:
        self.controls, self._deeds = controls, dict(deeds or {})  # of actions and pointed-at views
        self.values = {c.name: c.value for c in controls if not isinstance(c, Action)}
        self._kept: dict[str, tuple[dict, object]] = {}  # for which values, and what

    def set(self, name: str, value: object) -> bool:
        """Take a value, or do what an action or a point (x, y in [0, 1]) asks; no restart."""
        check_choice("name", name, [*self.values, *self._deeds])
        if name in self._deeds:
            self._deeds[name](value)
        else:
            self.values[name] = value
        return False

    def kept(self, name: str, make: Callable[[], object], but: Sequence[str] = ()) -> object:
        """What `make` gives, made anew where a value has moved, but for those of `but`."""
        now = {key: value for key, value in self.values.items() if key not in but}
        if self._kept.get(name, (None,))[0] != now:
            self._kept[name] = (now, make())
        return self._kept[name][1]


class Paint:
    """What was painted on the scales of a pyramid: each stroke adds its strength once."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = list(sizes)
        self.clear()

    def clear(self) -> None:
        """Take all paint away."""
        self.layers = [torch.zeros(1, r, r) for r in self.sizes]
        self._scale, self._number = -1, None

    def stroke(
        self, scale: int, place: tuple[float, float], *, number: int, radius: float, strength: float
    ) -> None:
        """Go on to (down, across) in [0, 1], or begin a stroke where number or scale is new."""
        here = torch.tensor(place).clamp(0, 1) * self.sizes[scale]
        if (scale, number) != (self._scale, self._number):
            self._scale, self._number, self._last = scale, number, here
            self._below, self._mask = self.layers[scale], torch.zeros_like(self.layers[scale])
        passed = brush_mask(self._last, here, self.sizes[scale], radius)
        self._mask, self._last = torch.maximum(self._mask, passed), here
        self.layers[scale] = self._below + strength * self._mask


def brush_mask(start: Tensor, end: Tensor, resolution: int, radius: float) -> Tensor:
    """Mark what a round brush covers from start to end (row, column in pixels): (1, r, r)."""
    steps = int((end - start).norm() * 2) + 1
    way = start + (end - start) * torch.linspace(0, 1, steps + 1)[:, None]  # (steps + 1, 2)
    way = way.floor().clamp(0, resolution - 1)
    pixels = torch.arange(resolution)
    rows = (pixels - way[:, :1])[:, :, None]  # (steps + 1, r, 1)
    columns = (pixels - way[:, 1:])[:, None]
    return (rows.square() + columns.square() <= radius**2).any(0, keepdim=True).float()


INK = {  # sRGB, 0 to 255
    "yellow": (255, 204, 60), "black": (40, 40, 40), "white": (255, 255, 255),
    "red": (220, 50, 60), "brown": (130, 80, 50), "blue": (60, 130, 220),
    "green": (70, 160, 80), "grey": (140, 150, 155),
}  # fmt: skip


class ColourPaint:
    """What was painted over an image: the last colour of each pixel."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.clear()

    def clear(self) -> None:
        """Take all paint away."""
        self._colours = torch.zeros(3, self.side, self.side)
        self._covered = torch.zeros(1, self.side, self.side).bool()
        self._number, self._last = None, None

    @property
    def is_clear(self) -> bool:
        """Whether there is no paint."""
        return not self._covered.any()

    def stroke(
        self, place: tuple[float, float], *, number: int, radius: float, colour: str
    ) -> None:
        """Go on to (down, across) in [0, 1], or begin a stroke where its number is new."""
        here = torch.tensor(place).clamp(0, 1) * self.side
        start = self._last if number == self._number else here
        passed = brush_mask(start, here, self.side, radius).bool()
        ink = torch.tensor(INK[colour])[:, None, None] / 127.5 - 1
        self._colours = torch.where(passed, ink, self._colours)
        self._covered, self._number, self._last = self._covered | passed, number, here

    def over(self, image: Tensor) -> Tensor:
        """Return an image (3, side, side) in [-1, 1] with the paint on it."""
        return torch.where(self._covered, self._colours, image)


WAYS = ("circle", "straight lines")


def interpolate(first: Tensor, second: Tensor, degrees: float, way: str = "circle") -> Tensor:
    """The latent a cos(t) + b sin(t) at 0 to 360 degrees; straight lines lose half the variance."""
    check_choice("way", way, WAYS)
    if way == "circle":
        angle = math.radians(degrees)
        return math.cos(angle) * first + math.sin(angle) * second
    corners = [first, second, -first, -second]
    k, share = int(degrees // 90), degrees % 90 / 90
    return (1 - share) * corners[k % 4] + share * corners[(k + 1) % 4]


def spread(images: Tensor) -> Tensor:
    """Standard deviation of images (N, C, H, W) at each pixel: (C, H, W), at most 1 for [-1, 1]."""
    return images.std(0, correction=0)
