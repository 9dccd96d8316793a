"""Painting in colour on an image with the pointer (lesson 10_style_transfer)."""

import torch
from torch import Tensor

from msgan_lessons.classroom.brush import covered

__all__ = ["INK", "ColourPaint"]

INK = {  # sRGB, 0 to 255
    "yellow": (255, 204, 60), "black": (40, 40, 40), "white": (255, 255, 255),
    "red": (220, 50, 60), "brown": (130, 80, 50), "blue": (60, 130, 220),
    "green": (70, 160, 80), "grey": (140, 150, 155),
}  # fmt: skip


class ColourPaint:
    """What was painted over an image: the last colour of each pixel.

    Parameters
    ----------
    side : int
        Pixels a side.

    Examples
    --------
    >>> paint = ColourPaint(4)
    >>> paint.stroke((0.1, 0.9), number=1, radius=0, colour="white")
    >>> paint.over(torch.zeros(3, 4, 4))[0, 0]
    tensor([0., 0., 0., 1.])
    """

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
        """Go on with a stroke, or begin one where its number is new.

        Parameters
        ----------
        place : tuple of float
            (down, across), each in [0, 1] from the top left; what lies outside is moved in.
        number : int
            Of the stroke: points of one are joined by a line.
        radius : float
            Pixels, at least 0; one pixel is always covered.
        colour : str
            Key in `INK`.
        """
        here = torch.tensor(place).clamp(0, 1) * self.side
        start = self._last if number == self._number else here
        passed = covered(start, here, self.side, radius).bool()
        ink = torch.tensor(INK[colour])[:, None, None] / 127.5 - 1
        self._colours = torch.where(passed, ink, self._colours)
        self._covered, self._number, self._last = self._covered | passed, number, here

    def over(self, image: Tensor) -> Tensor:
        """Return an image (3, side, side) in [-1, 1] with the paint on it."""
        return torch.where(self._covered, self._colours, image)
