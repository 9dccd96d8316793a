"""A live panel in the browser: views on canvases, controls, messages both ways (see panel.js)."""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from matplotlib import colormaps

from msgan_lessons.classroom.panel_parts import Action, Control, Menu, Slider, Tick, View
from msgan_lessons.classroom.pictures import COLOURS

__all__ = ["Panel"]

IN_SIGHT = 3
TRANSPORT_IN_SIGHT = 2  # Play and Step
CIVIDIS = [[round(255 * c) for c in colormaps["cividis"](k / 63)[:3]] for k in range(64)]

Listener = Callable[[str, object], None]


class Panel(anywidget.AnyWidget):
    """Views and controls; what is moved in the browser comes as a message, a frame goes back.

    Messages from the browser may arrive on a thread of their own, so a listener sets flags and
    values and does no more. Everything travels in custom messages, never in synchronised traits:
    those can freeze while a cell is running.

    Parameters
    ----------
    name : str
        What is shown; `data-name` of the panel in the page.
    views : sequence of View
        At least one.
    controls : sequence of Control
        At most three in sight, Play and Step among them.
    transport : bool
        Whether there are Play, Step and Reset.
    caption : str
        What to look for; below the views.

    Raises
    ------
    ValueError
        If there is no view, a name occurs twice, or more than three controls are in sight.
    """

    _esm = Path(__file__).with_name("panel.js")
    _spec = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        name: str,
        views: Sequence[View],
        controls: Sequence[Control] = (),
        *,
        transport: bool = True,
        caption: str = "",
    ) -> None:
        _check(views, controls, transport)
        self.controls = {control.name: control for control in controls}
        self.values = {c.name: getattr(c, "value", None) for c in controls}
        self.actions = {view.name for view in views if getattr(view, "pointer", "")}
        self.listeners: list[Listener] = []
        self._in_effect = dict(self.values)
        self._asked: dict[str, list[int]] = {}  # messages that wait for a picture
        self._answers: list[int] = []
        self._last: tuple[dict, list[bytes]] | None = None
        self._sent = self._seen = 0
        self._sent_at = -math.inf
        self._lock = threading.RLock()
        super().__init__(
            _spec={
                "name": name,
                "views": [view.spec() for view in views],
                "controls": [control.spec() for control in controls],
                "transport": transport,
                "caption": caption,
                "colours": COLOURS,
                "cividis": CIVIDIS,
            }
        )
        self.on_msg(self._receive)

    @property
    def is_behind(self) -> bool:
        """Whether the page has not told of the last five frames, and has had less than 1 s."""
        return self._sent - self._seen > 5 and time.monotonic() - self._sent_at < 1

    def taken(self, name: str) -> None:
        """Note that what was moved is in effect: the next frame answers it.

        Parameters
        ----------
        name : str
            The control, or the view that was touched.
        """
        with self._lock:
            self._answers += self._asked.pop(name, [])
            if name in self.values:
                self._in_effect[name] = self.values[name]

    def undo(self, name: str) -> None:
        """Set a control back to the last value that was taken: this one is refused.

        Parameters
        ----------
        name : str
            The control; a view that was touched has no value to go back to.
        """
        self._asked.pop(name, None)
        if name in self.values:
            self.values[name] = self._in_effect[name]
            self.send({"k": "moved", "moves": {name: self.values[name]}})

    def move(self, name: str, value: object) -> None:
        """Set a control in the page: what it stands for has changed by itself.

        Parameters
        ----------
        name : str
            The control.
        value : object
            Its value.
        """
        self.values[name] = self._in_effect[name] = value
        self.send({"k": "moved", "moves": {name: value}})

    def show(
        self,
        frame: Mapping[str, np.ndarray],
        status: str = "",
        *,
        playing: bool = False,
        moved: Mapping[str, float] | None = None,
    ) -> None:
        """Send a frame; a view that is opened later gets the last one.

        Parameters
        ----------
        frame : mapping
            Name of a view, or VIEW.LAYER, to its array, as `panel_parts` says.
        status : str
            One line.
        playing : bool
            Whether the button says Pause.
        moved : mapping, optional
            Sliders that have moved by themselves, and where to.
        """
        arrays = {name: _plain(array) for name, array in frame.items()}
        with self._lock:
            self._sent += 1
            answered, self._answers = self._answers, []
            content = {
                "k": "frame",
                "n": self._sent,
                "status": status,
                "playing": playing,
                "moves": dict(moved or {}),
                "arrays": [[n, a.dtype.name, list(a.shape)] for n, a in arrays.items()],
            }
            self._last = (content, [a.tobytes() for a in arrays.values()])
            self.send({**content, "answered": answered}, self._last[1])
            self._sent_at = time.monotonic()

    def complain(self, sentence: str) -> None:
        """Show an error in the panel.

        Parameters
        ----------
        sentence : str
            What went wrong; an empty one takes the last away.
        """
        self.send({"k": "error", "text": sentence})

    def _receive(self, _widget: object, message: dict, _buffers: object) -> None:
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
        """Check what the browser says; it may be another program."""
        control = self.controls.get(name)
        if kind != "set" or control is None:
            return value
        if isinstance(control, Slider):
            low, high = _ends(control)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be a number, got {value!r}.")
            if not low * (1 - 1e-9) - 1e-12 <= value <= high * (1 + 1e-9) + 1e-12:
                raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value!r}.")
            value = round(value) if _is_whole(control) else float(value)
        elif isinstance(control, Menu) and value not in control.choices:
            raise ValueError(f"{name} must be one of {', '.join(control.choices)}, got {value!r}.")
        elif isinstance(control, Tick):
            value = bool(value)
        if not isinstance(control, Action):
            self.values[name] = value
        return value


def _plain(array: np.ndarray) -> np.ndarray:
    """Bring an array to one of the three kinds that the page draws, in C order."""
    array = np.asarray(array)
    if array.dtype not in (np.uint8, np.int32):
        array = array.astype(np.int32 if array.dtype.kind in "iu" else np.float32)
    return np.ascontiguousarray(array)


def _ends(slider: Slider) -> tuple[float, float]:
    return (10**slider.low, 10**slider.high) if slider.log else (slider.low, slider.high)


def _is_whole(slider: Slider) -> bool:
    values = (slider.low, slider.high, slider.step, slider.value)
    return not slider.log and all(isinstance(v, int) for v in values)


def _check(views: Sequence[View], controls: Sequence[Control], transport: bool) -> None:
    if not views:
        raise ValueError("views must hold at least one view, got none.")
    for things in (views, controls):
        names = [thing.name for thing in things]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"names must differ, got {sorted(twice)[0]!r} twice.")
    in_sight = sum(not c.fold for c in controls) + TRANSPORT_IN_SIGHT * transport
    if in_sight > IN_SIGHT:
        raise ValueError(
            f"at most {IN_SIGHT} controls must be in sight (Play and Step among them), "
            f"got {in_sight}."
        )
