"""Something to touch without a training: a slider over images, a bench, a file to upload."""

import base64
import html
import io
import threading
import time
from collections.abc import Callable, Mapping

import ipywidgets
from IPython.display import display
from PIL import Image
from torch import Tensor

from msgan_lessons.base.pictures import Picture, tile
from msgan_lessons.classroom.widgets.panel import Panel, Shown, is_headless
from msgan_lessons.datasets.images import SUFFIXES, decode


class _Explorer(Shown):
    """A picture and at most three controls that redraw it."""

    def __init__(self, draw: Callable[..., Picture], specs: Mapping[str, object]) -> None:
        if not 1 <= len(specs) <= 3:
            raise ValueError(f"an explorer must have one to three controls, got {len(specs)}.")
        self.draw = draw
        self.controls = {name: _control(name, spec) for name, spec in specs.items()}
        self.picture = draw(**self.values)
        self.view = ipywidgets.HTML(self.picture.html())
        self.status = ipywidgets.HTML("")
        row = ipywidgets.HBox(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        self.panel = ipywidgets.VBox([row, self.status, self.view])
        self._lock = threading.Lock()  # callbacks may come on a thread of their own
        for control in self.controls.values():
            control.observe(self._redraw, names="value")

    @property
    def values(self) -> dict[str, object]:
        """What the controls say now."""
        return {name: control.value for name, control in self.controls.items()}

    def _redraw(self, change: object) -> None:
        with self._lock:
            try:
                self.picture = self.draw(**self.values)
                self.view.value, self.status.value = self.picture.html(), ""
            except Exception as error:  # a callback's traceback would be shown nowhere
                text = html.escape(f"{type(error).__name__}: {error}")
                self.status.value = f'<p role="alert" style="color:#b00020">{text}</p>'

    def static(self) -> dict[str, str]:
        """Return the picture as it is now."""
        return self.picture._repr_mimebundle_()


def explore(draw: Callable[..., Picture], **controls) -> _Explorer:
    """Show a picture with at most three controls that redraw it, static where no widget can be.

    Parameters
    ----------
    draw : callable
        Called with one keyword a control; returns a `Picture`.
    **controls
        A tuple (lowest, highest, step, start) is a slider, a list of choices a menu (its first
        entry is the start), a bool a tick box.

    Raises
    ------
    ValueError
        If there are no or more than three controls.
    TypeError
        If a control is none of the three kinds.
    """
    return _Explorer(draw, controls)


def _control(name: str, spec: object) -> ipywidgets.Widget:
    label = name.replace("_", " ")
    style = {"description_width": "initial"}
    if isinstance(spec, bool):
        return ipywidgets.Checkbox(value=spec, description=label, style=style, indent=False)
    if isinstance(spec, list):
        return ipywidgets.Dropdown(options=spec, value=spec[0], description=label, style=style)
    if isinstance(spec, tuple) and len(spec) == 4:
        whole = all(isinstance(v, int) for v in spec)
        slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        low, high, step, start = spec
        return slider(
            value=start, min=low, max=high, step=step, description=label, style=style,
            continuous_update=False,
        )  # fmt: skip
    raise TypeError(f"control {name} must be a list, a bool or (low, high, step, start): {spec!r}.")


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
    """

    def __init__(self, columns: int = 8, seconds: float = 1.0) -> None:
        self.columns, self.seconds = columns, seconds
        self.view = None if is_headless() else ipywidgets.HTML("")
        self._next = 0.0
        if self.view is not None:
            display(self.view)

    @property
    def is_due(self) -> bool:
        """Whether someone is watching and it is time for a new picture."""
        return self.view is not None and time.monotonic() >= self._next

    def show(self, images: Tensor, status: str) -> None:
        """Show images (N, C, H, W) in [-1, 1] and what they are, such as 'step 120, 14 s'."""
        if self.view is None:
            return
        canvas = tile(images, self.columns)
        height, width = canvas.shape[:2]
        buffer = io.BytesIO()
        Image.fromarray(canvas).save(buffer, "PNG")
        data = base64.b64encode(buffer.getvalue()).decode()
        self.view.value = (
            f'<p role="status">{status}</p><img alt="Samples of G, {status}" '
            f'width="{2 * width}" height="{2 * height}" '
            f'style="image-rendering:pixelated" src="data:image/png;base64,{data}">'
        )
        self._next = time.monotonic() + self.seconds


class _Touch(Shown):
    """A subject that does not train: each touch is answered by a new frame at once."""

    def __init__(self, subject, caption: str) -> None:
        self.subject = subject
        self.panel = Panel(
            subject.name, subject.views, subject.controls, transport=False, caption=caption
        )
        self.panel.listeners.append(self._hear)
        self._draw()

    def _hear(self, name: str, value: object) -> None:
        if name == "__seen":
            return
        try:
            self.subject.set(name, value)
            self.panel.taken(name)
            self._draw()
        except Exception as error:  # it would be shown nowhere else
            self.panel.undo(name)
            self.panel.complain(_sentence(error))

    def _draw(self) -> None:
        self.panel.show(self.subject.frame(), self.subject.status())


def _sentence(error: Exception) -> str:
    """Say what went wrong; what is no refusal is said with its kind."""
    kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
    return f"{kind}{error}"


def touch(subject, *, caption: str = "") -> _Touch:
    """Show something to touch without a training: each touch is answered by a new frame at once.

    Where widgets cannot run, its picture stands there.

    Parameters
    ----------
    subject : object
        Has `name`, `views`, `controls`, and the methods `set`, `frame`, `status` (without an
        argument) and `picture`.
    caption : str
        What to look for.
    """
    return _Touch(subject, caption)


class _Upload(_Touch):
    """A subject to touch with a button below it that uploads an image."""

    def __init__(self, subject, caption: str) -> None:
        super().__init__(subject, caption)
        self.button = ipywidgets.FileUpload(
            accept=",".join(SUFFIXES), multiple=False, description="Upload an image",
            layout={"width": "auto"},
        )  # fmt: skip
        self.said = ipywidgets.HTML("")
        self._whole = ipywidgets.VBox([self.panel, ipywidgets.HBox([self.button, self.said])])
        self.button.observe(self._received, names="value")

    def whole(self) -> ipywidgets.Widget:
        """Return the panel with the button below it."""
        return self._whole

    def take(self, name: str, content: bytes) -> None:
        """Decode a file and turn it; a wrong one is refused by a sentence beside the button."""
        try:
            moved = self.subject.take(decode(content, self.subject.resolution))
        except Exception as error:  # it would be shown nowhere else
            return self._say(f"{name}: {_sentence(error)}", "alert", "color:#b00020")
        for control, value in moved.items():
            self.panel.move(control, value)
        self._say(f"{name}: taken.", "status")
        self._draw()

    def _received(self, change: dict) -> None:
        for file in change["new"]:
            self.take(file["name"], bytes(file["content"]))

    def _say(self, text: str, role: str, style: str = "") -> None:
        self.said.value = f'<span role="{role}" style="{style}">{html.escape(text)}</span>'


def upload(subject, *, caption: str = "") -> _Upload:
    """Show something to touch, as `touch` does, with a button below it that uploads an image.

    Parameters
    ----------
    subject : object
        As for `touch`; it also has `resolution` and `take(image)`, which gets uint8 (3, R, R) and
        returns the controls that have moved by it.
    caption : str
        What to look for.
    """
    return _Upload(subject, caption)
