"""A clip that plays in JupyterLab and in an exported page, without a script (lesson 12_video)."""

import hashlib
import html
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.pictures import Picture, tile

__all__ = ["MovingPicture", "play_clips"]

GAP = 2  # white pixels between clips
LEVELS = 16  # grey values or colours a channel: a smaller file, no difference seen


class MovingPicture(Picture):
    """A film strip, of which one frame after the other is seen; a tick box stops it.

    The frames stand side by side in one PNG that CSS moves in steps behind a window. Where the
    reader asks for reduced motion it stands still until the box is ticked. Where styles are taken
    away (a notebook that is not trusted) the whole film strip is seen.

    Parameters
    ----------
    strip : ndarray
        uint8, shape (h, T * w, 3): T frames of w pixels.
    frames : int
        T, at least 2.
    names : sequence of str
        Names of the rows of a frame, from the top; may be empty.
    alt, caption : str
        As for `Picture`.
    enlarge : int
        Screen pixels a side for each pixel.
    seconds : float
        Of one round, > 0.

    Raises
    ------
    ValueError
        If there are fewer than 2 frames or they do not divide the strip.

    Examples
    --------
    >>> strip = np.zeros((8, 4 * 8, 3), np.uint8)
    >>> "steps(4)" in MovingPicture(strip, 4, [], "A black clip.", "Does it play?").html()
    True
    """

    def __init__(
        self,
        strip: np.ndarray,
        frames: int,
        names: list[str],
        alt: str,
        caption: str,
        enlarge: int = 2,
        seconds: float = 1.6,
    ) -> None:
        if frames < 2 or strip.shape[1] % frames:
            raise ValueError(
                f"frames must be at least 2 and divide the strip's {strip.shape[1]} pixels, "
                f"got {frames}."
            )
        super().__init__(strip, alt, caption)
        self.frames, self.names, self.seconds = frames, names, seconds
        self.height, self.width = strip.shape[0] * enlarge, strip.shape[1] * enlarge

    def html(self) -> str:
        """Return the clip as one HTML figure that needs no other file and no script.

        Returns
        -------
        str
        """
        key = "clip" + hashlib.sha256(self.png + self.caption.encode()).hexdigest()[:10]
        image = super().html().split("src=")[1].split(">")[0]  # the data URL of the strip
        shown = self.width // self.frames
        rows = "".join(f"<div>{html.escape(name)}</div>" for name in self.names)
        names = (
            f'<div style="height:{self.height}px;display:flex;flex-direction:column;'
            f'justify-content:space-around;margin-right:0.6em;text-align:right">{rows}</div>'
        )
        return (
            f'<figure style="margin:0" id="{key}"><style>{self._style(key)}</style>'
            f'<input type="checkbox" id="{key}-box"><label for="{key}-box"> play or pause</label>'
            f'<div class="film" style="display:flex">{names if rows else ""}'
            f'<div style="width:{shown}px;height:{self.height}px;overflow:hidden">'
            f'<img alt="{html.escape(self.alt, quote=True)}" width="{self.width}" '
            f'height="{self.height}" src={image}></div></div>'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def _style(self, key: str) -> str:
        """CSS of this figure alone."""
        ticked = f"#{key} input:checked ~ .film img"
        return (
            f"#{key} img{{max-width:none;width:{self.width}px;height:{self.height}px;"
            f"image-rendering:pixelated;"
            f"animation:{key} {self.seconds:g}s steps({self.frames}) infinite}}"
            f"@keyframes {key}{{to{{transform:translateX(-{self.width}px)}}}}"
            f"{ticked}{{animation-play-state:paused}}"
            f"@media (prefers-reduced-motion:reduce){{#{key} img{{animation-play-state:paused}}"
            f"{ticked}{{animation-play-state:running}}}}"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(include, exclude)
        return {**bundle, "text/plain": f"[clip of {self.frames} frames] {self.alt}"}


def play_clips(
    rows: Mapping[str, Tensor], alt: str, caption: str, enlarge: int = 2
) -> MovingPicture:
    """Play rows of clips side by side, all in step.

    Parameters
    ----------
    rows : mapping
        Name of a row to clips (n, C, T, H, W) in [-1, 1], all of one shape but for C, 1 or 3.
    alt, caption : str
        What it shows; what to look for.
    enlarge : int
        Screen pixels a side for each pixel.

    Returns
    -------
    MovingPicture

    Raises
    ------
    ValueError
        If there are no rows, or they differ in shape.

    Examples
    --------
    >>> play_clips({"real": torch.zeros(3, 1, 4, 8, 8)}, "Three clips.", "Look.").width
    240
    """
    shapes = {(len(x), *x.shape[2:]) for x in rows.values()}
    if len(shapes) != 1:
        raise ValueError(f"rows must hold clips of one shape, got {sorted(shapes)}.")
    count, frames = next(iter(shapes))[:2]
    clips = torch.cat([x.detach().float().expand(-1, 3, -1, -1, -1) for x in rows.values()])
    few = (((clips + 1) / 2).clamp(0, 1) * (LEVELS - 1)).round() / (LEVELS - 1) * 2 - 1
    each = [np.pad(tile(few[:, :, t], count, GAP), ((0, 0), (0, GAP), (0, 0)), constant_values=255)
            for t in range(frames)]  # fmt: skip
    return MovingPicture(np.concatenate(each, 1), frames, list(rows), alt, caption, enlarge)
