"""A picture that changes while a cell trains."""

import base64
import io
import time

import ipywidgets
from IPython.display import display
from PIL import Image
from torch import Tensor

from msgan_lessons.base.pictures import tile
from msgan_lessons.classroom.widgets.base import is_headless

__all__ = ["Screen"]


class Screen:
    """Shows images while a plain loop runs; without a front end it does nothing.

    Messages to the browser leave the kernel at once, also in the middle of a cell; only messages
    from the browser have to wait. So a screen can move, and a button could not be pressed.

    Parameters
    ----------
    columns : int
        Images in a row.
    seconds : float
        Shortest time between two pictures.
    enlarge : int
        Screen pixels for each image pixel.
    """

    def __init__(self, columns: int = 8, seconds: float = 1.0, enlarge: int = 2) -> None:
        self.columns, self.seconds, self.enlarge = columns, seconds, enlarge
        self.view = None if is_headless() else ipywidgets.HTML("")
        self._next = 0.0
        if self.view is not None:
            display(self.view)

    @property
    def is_due(self) -> bool:
        """Whether someone is watching and it is time for a new picture."""
        return self.view is not None and time.monotonic() >= self._next

    def show(self, images: Tensor, status: str) -> None:
        """Show images and a line of text.

        Parameters
        ----------
        images : Tensor
            Shape (N, C, H, W), values in [-1, 1].
        status : str
            What they are, for instance 'step 120, 14 s'.
        """
        if self.view is None:
            return
        canvas = tile(images, self.columns)
        height, width = canvas.shape[:2]
        buffer = io.BytesIO()
        Image.fromarray(canvas).save(buffer, "PNG")
        data = base64.b64encode(buffer.getvalue()).decode()
        self.view.value = (
            f'<p role="status">{status}</p><img alt="Samples of G, {status}" '
            f'width="{width * self.enlarge}" height="{height * self.enlarge}" '
            f'style="image-rendering:pixelated" src="data:image/png;base64,{data}">'
        )
        self._next = time.monotonic() + self.seconds
