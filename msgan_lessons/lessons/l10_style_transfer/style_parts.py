"""What the style bench shows, and what it lets one choose and paint with (lesson 10)."""

from collections.abc import Sequence

from msgan_lessons.classroom.panel import Action, Control, Menu, Pixels, Slider
from msgan_lessons.classroom.touching import INK

__all__ = ["GAP", "STARTS", "style_controls", "style_views"]

GAP = 2  # white pixels between two images
STARTS = ("held-out emoji", "white page", "uploaded file")
BRUSH = "Brush"


def style_views(side: int) -> list[Pixels]:
    """What the bench shows: the image as it enters, and what G makes of it.

    Parameters
    ----------
    side : int
        Pixels a side of the images.

    Returns
    -------
    list of Pixels
        'given', to paint on; below it 'turned', four images `GAP` pixels apart.
    """
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
    """What the bench lets one choose.

    Parameters
    ----------
    count : int
        Held-out emoji, at least 1.
    names : sequence of str
        Of the two styles; the second is chosen at the start.

    Returns
    -------
    list of Control
        What is turned, and into what; the brush folded away.
    """
    return [
        Menu("into", "turn into", "", list(names), names[1]),
        Menu("start", "start from", "", list(STARTS), STARTS[0]),
        Slider("image", "emoji", "", 0, count - 1, 1, 0),
        Menu("colour", "colour", BRUSH, list(INK), "yellow"),
        Slider("radius", "radius, pixels", BRUSH, 0, 12, 1, 3),
        Action("clear", "Clear the paint", BRUSH),
    ]
