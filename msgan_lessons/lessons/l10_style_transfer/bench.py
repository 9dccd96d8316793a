"""An image to be turned into another style and back: an emoji, a drawing, a file (lesson 10)."""

import copy
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons.base.pictures import Picture, sheet, tile
from msgan_lessons.classroom.panel import Action, Control, Menu, Pixels, Slider
from msgan_lessons.classroom.touching import INK, ColourPaint, Touchable
from msgan_lessons.lessons.l10_style_transfer.pictures import turned_rows

GAP = 2  # white pixels between two images
STARTS = ("held-out emoji", "white page", "uploaded file")
BRUSH = "Brush"
SHOWN = 9  # emoji of the static picture
NOTHING = 1.0  # white


def style_views(side: int) -> list[Pixels]:
    """What the bench shows: the image as it enters, and what G makes of it."""
    columns = ["turned", "turned back", "change", "true twin"]
    width = 4 * (side + GAP) - GAP
    return [
        Pixels("given", "The image: paint on it", 4 * side if side <= 64 else side, "paint"),
        Pixels(
            "turned", "Turned, and what is lost on the way back (change: mid-grey is 0)",
            width * max(1, 560 // width), columns=columns, below=True,
        ),
    ]  # fmt: skip


def style_controls(count: int, names: Sequence[str]) -> list[Control]:
    """What the bench lets one choose."""
    return [
        Menu("into", "turn into", "", list(names), names[1]),
        Menu("start", "start from", "", list(STARTS), STARTS[0]),
        Slider("image", "emoji", "", 0, count - 1, 1, 0),
        Menu("colour", "colour", BRUSH, list(INK), "yellow"),
        Slider("radius", "radius, pixels", BRUSH, 0, 12, 1, 3),
        Action("clear", "Clear the paint", BRUSH),
    ]


class StyleBench(Touchable):
    """Turn an image into the other style and back; paint on it, or upload another one.

    Parameters
    ----------
    generator : nn.Module
        Has `there` and `back`, each (B, 3, R, R) to the same shape. A copy is used, on the CPU.
    first, second : Tensor
        Held-out images (N, 3, R, R) in [-1, 1] of the two styles; image i of both is one emoji.
    names : sequence of str
        Of the two styles.
    probability : callable, optional
        Images to the probability (B,) of the second style, for the line below.

    Raises
    ------
    ValueError
        If there are no images, or the two differ in shape.

    Examples
    --------
    >>> both = nn.Module()
    >>> both.there, both.back = nn.Hardtanh(), nn.Hardtanh()
    >>> bench = StyleBench(both, torch.zeros(2, 3, 16, 16), torch.ones(2, 3, 16, 16))
    >>> _ = bench.set("start", "white page")
    >>> float(bench.given.min())
    1.0
    """

    name = "style"

    def __init__(
        self,
        generator: nn.Module,
        first: Tensor,
        second: Tensor,
        names: Sequence[str] = ("Noto", "Twemoji"),
        probability: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        if first.shape != second.shape or not len(first) or first.ndim != 4:
            raise ValueError(
                "first and second must hold the same emoji, (N, 3, R, R), "
                f"got {tuple(first.shape)} and {tuple(second.shape)}."
            )
        self.generator = copy.deepcopy(generator).cpu().eval()
        self.emoji, self.names, self.probability = (first, second), tuple(names), probability
        self.uploaded: Tensor | None = None
        self.paint = ColourPaint(first.shape[-1])
        self.views = style_views(first.shape[-1])
        deeds = {"given": self._draw_to, "clear": lambda _: self.paint.clear()}
        super().__init__(style_controls(len(first), self.names), deeds)

    @property
    def resolution(self) -> int:
        """Pixels a side, which an uploaded image is brought to."""
        return self.emoji[0].shape[-1]

    @property
    def target(self) -> int:
        """1 where the image is turned into the second style, 0 for the first."""
        return self.names.index(self.values["into"])

    @property
    def given(self) -> Tensor:
        """The image as it enters, shape (3, R, R), paint included."""
        start = {
            STARTS[0]: self.emoji[1 - self.target][self.values["image"]],
            STARTS[1]: torch.full_like(self.emoji[0][0], NOTHING),
            STARTS[2]: self.uploaded,
        }[self.values["start"]]
        return self.paint.over(start)

    @torch.no_grad()
    def turned(self) -> tuple[Tensor, Tensor]:
        """Turn the image, and turn it back: both (3, R, R), in [-1, 1]."""
        there, back = self.generator.there, self.generator.back
        first, then = (there, back) if self.target else (back, there)
        turned = first(self.given[None])
        return turned[0], then(turned)[0]

    def take(self, image: Tensor) -> dict[str, str]:
        """Start from an uploaded image, uint8 (3, R, R), without paint; name the moved controls."""
        if image.shape != self.emoji[0].shape[1:]:
            raise ValueError(
                f"image must have shape {tuple(self.emoji[0].shape[1:])}, got {tuple(image.shape)}."
            )
        self.uploaded = image.float() / 127.5 - 1
        self.paint.clear()
        self.values["start"] = STARTS[2]
        return {"start": STARTS[2]}

    def set(self, name: str, value: object) -> bool:
        """Take a value; see `Touchable.set`."""
        if (name, value) == ("start", STARTS[2]) and self.uploaded is None:
            raise ValueError("Upload a file first: the button stands below.")
        return super().set(name, value)

    def frame(self) -> dict[str, np.ndarray]:
        """Return the pixels of all views."""
        given, (turned, cycled) = self.given, self.turned()
        own = self.values["start"] != STARTS[0] or not self.paint.is_clear
        twin = self.emoji[self.target][self.values["image"]]
        row = [
            turned,
            cycled,
            (turned - given).clamp(-1, 1),
            torch.ones_like(twin) if own else twin,
        ]
        shown = tile(given[None], 1)
        for edge in (shown[0], shown[-1], shown[:, 0], shown[:, -1]):
            edge[:] = edge // 8 * 7  # a white page needs an edge
        return {"given": shown, "turned": sheet([row], self.resolution, GAP)}

    def status(self) -> str:
        """Return what the style classifier says, and how much was changed and came back."""
        given, (turned, cycled) = self.given, self.turned()
        changed, lost = (turned - given).abs().mean(), (cycled - given).abs().mean()
        line = f"mean change {changed:.3f} · left after the way back {lost:.3f}"
        if self.probability is None:
            return line
        before, after = self.probability(torch.stack([given, turned])).tolist()
        return f"{line} · P({self.names[1]}) {before:.2f} before, {after:.2f} after"

    @torch.no_grad()
    def picture(self) -> Picture:
        """Show held-out emoji turned into the second style and back, beside their twins."""
        every = max(1, len(self.emoji[0]) // SHOWN)
        first, second = (images[::every][:SHOWN] for images in self.emoji)
        turned = self.generator.there(first)
        cycled = self.generator.back(turned)
        rows = {self.names[0]: first, "turned": turned, "turned back": cycled,
                f"true {self.names[1]}": second}  # fmt: skip
        return turned_rows(rows, "What does G change, and what comes back?")

    def _draw_to(self, point: Sequence[float]) -> None:
        """Paint from the last point of this stroke to (x, y, number of the stroke)."""
        x, y, number = point
        self.paint.stroke(
            (y, x), number=number, radius=self.values["radius"], colour=self.values["colour"]
        )
