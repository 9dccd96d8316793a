"""A picture with at most three controls that redraw it."""

import html
import threading
from collections.abc import Callable

import ipywidgets

from msgan_lessons.base.pictures import Picture
from msgan_lessons.classroom.widgets.base import bundle

__all__ = ["Explorer", "explore"]


class Explorer:
    """A picture and at most three controls that redraw it.

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

    def __init__(self, draw: Callable[..., Picture], **controls) -> None:
        if not 1 <= len(controls) <= 3:
            raise ValueError(f"an explorer must have one to three controls, got {len(controls)}.")
        self.draw = draw
        self.controls = {name: _control(name, spec) for name, spec in controls.items()}
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

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.panel, self.picture._repr_mimebundle_())


def explore(draw: Callable[..., Picture], **controls) -> Explorer:
    """Show a picture with controls; see `Explorer`.

    Parameters
    ----------
    draw : callable
        Called with one keyword a control; returns a `Picture`.
    **controls
        As for `Explorer`.

    Returns
    -------
    Explorer
        Shown by the notebook; its static picture where widgets cannot run.

    Raises
    ------
    ValueError
        If there are no or more than three controls.
    TypeError
        If a control is none of the three kinds.
    """
    return Explorer(draw, **controls)


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
