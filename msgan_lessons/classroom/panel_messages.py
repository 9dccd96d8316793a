"""What a panel and its page say to each other: its parts and frames out, checked values in."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps

from msgan_lessons.base.pictures import COLOURS
from msgan_lessons.classroom.panel_controls import Control, Menu, Slider, Tick
from msgan_lessons.classroom.panel_views import View

__all__ = ["checked_value", "packed_frame", "panel_spec", "plain_array"]

IN_SIGHT = 3
TRANSPORT_IN_SIGHT = 2  # Play and Step
CIVIDIS = [[round(255 * c) for c in colormaps["cividis"](k / 63)[:3]] for k in range(64)]


def panel_spec(
    name: str,
    views: Sequence[View],
    controls: Sequence[Control] = (),
    *,
    transport: bool = True,
    caption: str = "",
) -> dict:
    """Say what a panel is made of; the page builds it from this.

    Parameters
    ----------
    name : str
        What is shown.
    views : sequence of View
        At least one.
    controls : sequence of Control
        At most three in sight, Play and Step among them.
    transport : bool
        Whether there are Play, Step and Reset.
    caption : str
        What to look for.

    Returns
    -------
    dict
        Can be written as JSON; with the colours of figures and of the colour scale.

    Raises
    ------
    ValueError
        If there is no view, a name occurs twice, or more than three controls are in sight.
    """
    _check(views, controls, transport)
    return {
        "name": name,
        "views": [view.spec() for view in views],
        "controls": [control.spec() for control in controls],
        "transport": transport,
        "caption": caption,
        "colours": COLOURS,
        "cividis": CIVIDIS,
    }


def packed_frame(
    frame: Mapping[str, np.ndarray],
    status: str = "",
    *,
    playing: bool = False,
    moved: Mapping[str, float] | None = None,
) -> tuple[dict, list[bytes]]:
    """Pack a frame for the page: what it is in words, and the bytes of its arrays.

    Parameters
    ----------
    frame : mapping
        Name of a view, or VIEW.LAYER, to its array.
    status : str
        One line.
    playing : bool
        Whether the button says Pause.
    moved : mapping, optional
        Sliders that have moved by themselves, and where to.

    Returns
    -------
    content : dict
        Can be written as JSON; 'arrays' lists [name, dtype, shape] of each array.
    buffers : list of bytes
        The arrays, in that order.

    Examples
    --------
    >>> content, buffers = packed_frame({"samples": np.zeros((2, 3), np.uint8)})
    >>> content["arrays"], len(buffers[0])
    ([['samples', 'uint8', [2, 3]]], 6)
    """
    arrays = {name: plain_array(array) for name, array in frame.items()}
    content = {
        "k": "frame",
        "status": status,
        "playing": playing,
        "moves": dict(moved or {}),
        "arrays": [[n, a.dtype.name, list(a.shape)] for n, a in arrays.items()],
    }
    return content, [a.tobytes() for a in arrays.values()]


def plain_array(array: np.ndarray) -> np.ndarray:
    """Bring an array to one of the three kinds that the page draws, in C order.

    Parameters
    ----------
    array : np.ndarray
        Of numbers.

    Returns
    -------
    np.ndarray
        uint8 and int32 stay, other integers become int32, all else float32.

    Examples
    --------
    >>> plain_array(np.zeros(2)).dtype.name
    'float32'
    """
    array = np.asarray(array)
    if array.dtype not in (np.uint8, np.int32):
        array = array.astype(np.int32 if array.dtype.kind in "iu" else np.float32)
    return np.ascontiguousarray(array)


def checked_value(control: Control, value: object) -> object:
    """Check what the browser says of a control; it may be another program.

    Parameters
    ----------
    control : Control
        The one that was moved.
    value : object
        What it is said to be.

    Returns
    -------
    object
        An int or a float for a slider, a bool for a tick; else the value itself.

    Raises
    ------
    ValueError
        If a slider's value is no number or beyond its ends, or a menu has no such choice.

    Examples
    --------
    >>> checked_value(Slider("latent_dim", "latents", "", 1, 8, 1, 2), 3.0)
    3
    """
    name = control.name
    if isinstance(control, Slider):
        low, high = _ends(control)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number, got {value!r}.")
        if not low * (1 - 1e-9) - 1e-12 <= value <= high * (1 + 1e-9) + 1e-12:
            raise ValueError(f"{name} must be from {low:g} to {high:g}, got {value!r}.")
        return round(value) if _is_whole(control) else float(value)
    if isinstance(control, Menu) and value not in control.choices:
        raise ValueError(f"{name} must be one of {', '.join(control.choices)}, got {value!r}.")
    return bool(value) if isinstance(control, Tick) else value


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


def _ends(slider: Slider) -> tuple[float, float]:
    return (10**slider.low, 10**slider.high) if slider.log else (slider.low, slider.high)


def _is_whole(slider: Slider) -> bool:
    values = (slider.low, slider.high, slider.step, slider.value)
    return not slider.log and all(isinstance(v, int) for v in values)
