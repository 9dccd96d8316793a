"""Figures with words: a picture, its text alternative, its caption; never through pyplot."""

import base64
import html
import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from msgan_lessons.base.record import current_run

__all__ = ["COLOURS", "Picture", "new_figure"]

COLOURS = {  # Okabe and Ito's palette, safe for colour-blind readers; one meaning each
    "real": "#0072B2",
    "fake": "#D55E00",
    "optimum": "#009E73",
    "third": "#CC79A7",
    "fourth": "#E69F00",
    "fifth": "#56B4E9",
    "sixth": "#000000",
}
STYLE = {"facecolor": "white", "layout": "constrained", "dpi": 80}


class Picture:
    """A figure with its text alternative; shows in JupyterLab, in exported HTML and as text.

    Parameters
    ----------
    figure : Figure or ndarray
        Drawn with `matplotlib.figure.Figure`, or pixels, uint8 (H, W, 3), shown as they are.
    alt : str
        What is seen, for those who do not see it; at least a few words.
    caption : str
        What to look for.

    Raises
    ------
    ValueError
        If `alt` or `caption` is empty.
    """

    def __init__(self, figure: Figure | np.ndarray, alt: str, caption: str) -> None:
        if not alt.strip() or not caption.strip():
            raise ValueError("a picture must have an alt text and a caption, got an empty one.")
        self.png, self.alt, self.caption = _png(figure), alt, caption

    def html(self) -> str:
        """Return the picture as one HTML figure that needs no other file.

        Returns
        -------
        str
        """
        data = base64.b64encode(self.png).decode()
        alt = html.escape(self.alt, quote=True)
        image = f'<img alt="{alt}" style="max-width:100%" src="data:image/png;base64,{data}">'
        text = f"<figcaption>{html.escape(self.caption)}</figcaption>"
        return f'<figure style="margin:0">{image}{text}</figure>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        current_run().figure(self.png, self.alt, self.caption)
        return {"text/html": self.html(), "text/plain": f"[figure] {self.alt}"}


def _png(figure: Figure | np.ndarray) -> bytes:
    """Write a PNG of at most 256 colours: a third of the bytes, no difference seen."""
    drawn, packed = io.BytesIO(), io.BytesIO()
    if isinstance(figure, np.ndarray):
        image = Image.fromarray(figure)
    else:
        figure.savefig(drawn, format="png")
        image = Image.open(drawn).convert("RGB")
    few = image.quantize(256, dither=Image.Dither.NONE)
    few.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def new_figure(width: float = 7.0, height: float = 2.6, **subplots) -> tuple:
    """Return a white figure with a constrained layout, and its axes.

    Parameters
    ----------
    width, height : float
        Inches; 80 pixels each.
    **subplots
        As for `Figure.subplots`.

    Returns
    -------
    tuple
        The figure, and an axes or an array of them.
    """
    figure = Figure(figsize=(width, height), **STYLE)
    axes = figure.subplots(**subplots)
    for axis in axes.flat if hasattr(axes, "flat") else [axes]:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes
