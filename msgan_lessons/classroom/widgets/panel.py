"""The widget of a panel, its JavaScript, and what stands in its place where nobody looks."""

import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets

from msgan_lessons.base.checks import check_choice
from msgan_lessons.classroom.panel import Action, Control, Menu, Slider, Tick, View, panel_spec

SERVERS = ("JPY_SESSION_NAME", "VSCODE_PID", "COLAB_RELEASE_TAG")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def is_headless() -> bool:
    """Tell whether this kernel has no one at its controls (runner, tests: MSGAN_HEADLESS=1)."""
    return os.environ.get("MSGAN_HEADLESS") == "1"


def has_front_end() -> bool:
    """Tell whether a page may show panels: MSGAN_HEADLESS is 0, or a server started this kernel."""
    said = os.environ.get("MSGAN_HEADLESS")
    if said in ("0", "1"):
        return said == "0"
    return any(name in os.environ for name in SERVERS)


class Shown:
    """What a cell shows: a widget, and its static twin where no widget can be."""

    panel: ipywidgets.Widget

    def whole(self) -> ipywidgets.Widget:
        """Return the widget that is shown; the panel, unless more stands around it."""
        return self.panel

    def static(self) -> dict[str, str]:
        """Return the twin, HTML and text; the subject's picture, unless there is no subject."""
        return self.subject.picture()._repr_mimebundle_()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        if is_headless():
            return self.static()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.whole().model_id}
        return {**self.static(), WIDGET_VIEW: view}


Listener = Callable[[str, object], None]


class Panel(anywidget.AnyWidget):
    """Views and controls, by custom messages: traits can freeze while a cell is running."""

    _esm = Path(__file__).with_name("panel.js")
    _spec = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        name: str,  # `data-name` of the panel in the page
        views: Sequence[View],
        controls: Sequence[Control] = (),  # at most three in sight, Play and Step among them
        *,
        transport: bool = True,  # whether there are Play, Step and Reset
        caption: str = "",  # what to look for; below the views
    ) -> None:
        spec = panel_spec(name, views, controls, transport=transport, caption=caption)
        self.controls = {control.name: control for control in controls}
        self.values = {c.name: getattr(c, "value", None) for c in controls}
        self.listeners: list[Listener] = []
        self._in_effect = dict(self.values)
        self._asked: dict[str, list[int]] = {}  # messages that wait for a picture
        self._answers: list[int] = []
        self._last: tuple[dict, list[bytes]] | None = None
        self._sent = self._seen = 0
        self._sent_at = -math.inf
        self._lock = threading.RLock()
        super().__init__(_spec=spec)
        self.on_msg(lambda _widget, message, _buffers: self.receive(message))

    @property
    def is_behind(self) -> bool:
        """Whether the page has not told of the last five frames, and has had less than 1 s."""
        return self._sent - self._seen > 5 and time.monotonic() - self._sent_at < 1

    def taken(self, name: str) -> None:
        """Note that what was moved is in effect: the next frame answers it."""
        with self._lock:
            self._answers += self._asked.pop(name, [])
            if name in self.values:
                self._in_effect[name] = self.values[name]

    def undo(self, name: str) -> None:
        """Set a control back to the last value that was taken: this one is refused."""
        self._asked.pop(name, None)
        if name in self.values:
            self.values[name] = self._in_effect[name]
            self.send({"k": "moved", "moves": {name: self.values[name]}})

    def move(self, name: str, value: object) -> None:
        """Set a control in the page: what it stands for has changed by itself."""
        self.values[name] = self._in_effect[name] = value
        self.send({"k": "moved", "moves": {name: value}})

    def show(
        self,
        frame: Mapping[str, np.ndarray],
        status: str = "",
        *,
        playing: bool = False,  # whether the button says Pause
        moved: Mapping[str, float] | None = None,  # sliders that have moved by themselves
    ) -> None:
        """Send a frame, as `classroom.panel` says; a view opened later gets the last one."""
        arrays = {name: plain_array(array) for name, array in frame.items()}
        buffers = [array.tobytes() for array in arrays.values()]
        layout = [[name, a.dtype.name, list(a.shape)] for name, a in arrays.items()]
        content = {"k": "frame", "status": status, "playing": playing, "moves": dict(moved or {})}
        with self._lock:
            self._sent += 1
            answered, self._answers = self._answers, []
            self._last = ({**content, "arrays": layout, "n": self._sent}, buffers)
            self.send({**self._last[0], "answered": answered}, buffers)
            self._sent_at = time.monotonic()

    def complain(self, sentence: str) -> None:
        """Show an error in the panel; an empty sentence takes it away."""
        self.send({"k": "error", "text": sentence})

    def receive(self, message: dict) -> None:
        """Take a message from the browser, perhaps on a thread of its own."""
        kind, name = message.get("k"), message.get("name", "")
        if kind == "ready":
            if self._last is not None:
                self.send(*self._last)
            return
        if kind == "seen":
            self._seen = message.get("n", 0)
            name, kind = "__seen", "press"
        try:
            value = self._value(kind, name, message.get("value"))
        except ValueError as error:
            self.complain(str(error))
        else:
            if "id" in message:
                with self._lock:
                    self._asked.setdefault(name, []).append(message["id"])
            for listener in self.listeners:
                listener(name if kind != "pause" else "__pause", value)
        if "id" in message:
            self.send({"k": "echo", "id": message["id"], "name": name})

    def _value(self, kind: str, name: str, value: object) -> object:
        """Check what the browser says, and keep a control's value."""
        control = self.controls.get(name)
        if kind != "set" or control is None:
            return value
        value = checked_value(control, value)
        if not isinstance(control, Action):
            self.values[name] = value
        return value


def plain_array(array: np.ndarray) -> np.ndarray:
    """Bring an array to what the page draws: uint8, int32 or float32, in C order."""
    array = np.asarray(array)
    if array.dtype not in (np.uint8, np.int32):
        array = array.astype(np.int32 if array.dtype.kind in "iu" else np.float32)
    return np.ascontiguousarray(array)


def checked_value(control: Control, value: object) -> object:
    """Check what the browser says of a control; it may be another program."""
    name = control.name
    if isinstance(control, Slider):
        ends = (control.low, control.high)
        low, high = (10**v for v in ends) if control.log else ends
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number, got {value!r}.")
        if not low * (1 - 1e-9) - 1e-12 <= value <= high * (1 + 1e-9) + 1e-12:
            raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value!r}.")
        numbers = (control.low, control.high, control.step, control.value)
        whole = not control.log and all(isinstance(v, int) for v in numbers)
        return round(value) if whole else float(value)
    if isinstance(control, Menu):
        check_choice(name, value, control.choices)
    return bool(value) if isinstance(control, Tick) else value
