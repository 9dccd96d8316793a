"""What a panel shows and lets one change: views, charts, controls, and their messages."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from matplotlib import colormaps

from msgan_lessons.base.pictures import COLOURS


@dataclass(frozen=True)
class View:
    """What all views have.

    Parameters
    ----------
    name : str
        Its arrays in a frame are called NAME, or NAME.LAYER.
    label : str
        Heading, and what a screen reader says.
    below : bool
        Whether it stands below the view before it, in one column.
    """

    name: str
    label: str
    below: bool = field(default=False, kw_only=True)

    def spec(self) -> dict:
        """Return it as plain values for the front end.

        Returns
        -------
        dict
            The fields, and 'kind'.
        """
        return {**asdict(self), "kind": type(self).__name__.lower()}


@dataclass(frozen=True)
class Layer:
    """One thing drawn on a plane, to be switched on and off.

    Parameters
    ----------
    key : str
        'heat', 'best', 'manifold', 'arrows', 'real' or 'fake': says how it is drawn, too.
    label : str
        Beside its tick box.
    on : bool
        Whether it is drawn at the start.
    """

    key: str
    label: str
    on: bool = True


@dataclass(frozen=True)
class Plane(View):
    """A square of the plane from -extent to extent, with layers; y grows upwards.

    Arrays: NAME.heat and NAME.best uint8 (n, n), a probability times 255, row 0 at the bottom;
    NAME.real and NAME.fake float32 (N, 2); NAME.manifold float32 (m, m, 2), the images of a grid
    of latents; NAME.arrows float32 (N, 4): x, y, dx, dy.

    Parameters
    ----------
    name, label, below
        As for `View`.
    layers : sequence of Layer
        Drawn in this order, the first at the bottom.
    extent : float
        Half the side, > 0.
    size : int
        Screen pixels a side.
    pointer : str
        'draw': strokes are sent to the action of that view's name as a list of (x, y) in the
        plane's own units, when the stroke ends; '' : nothing is sent.
    """

    layers: Sequence[Layer] = ()
    extent: float = 1.3
    size: int = 420
    pointer: str = ""


@dataclass(frozen=True)
class Pixels(View):
    """Pixels as they are, each enlarged to a square.

    Array: NAME uint8 (H, W, 3) or (H, W).

    Parameters
    ----------
    name, label, below
        As for `View`.
    width : int
        Screen pixels; the height follows from the array.
    pointer : str
        '': nothing is sent. 'click': (x, y) of a click; 'drag': also while the button is down;
        'paint': (x, y, n) while the button is down, n counts the strokes, so that the points of
        one may be joined. All are sent to the action of that view's name, x and y in [0, 1] from
        the top left.
    columns, rows : sequence of str
        Names above and at the left, evenly spread; may be empty.
    """

    width: int = 360
    pointer: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[str] = ()


@dataclass(frozen=True)
class Steps(View):
    """Lines of code with their formulas; one of them is the current one.

    Array: NAME int32 (1,), the index of the current line, -1 for none.

    Parameters
    ----------
    name, label, below
        As for `View`.
    lines : sequence of tuple of str
        (heading, code, formula as MathML, caption) of each line; a heading that differs from the
        line before starts a new block.
    """

    lines: Sequence[tuple[str, str, str, str]] = ()


@dataclass(frozen=True)
class Series:
    """One line of a graph, fed from the rows of a training.

    Parameters
    ----------
    key : str
        Column of the rows.
    label : str
        In the legend.
    colour : str
        Key in `pictures.COLOURS`.
    """

    key: str
    label: str
    colour: str


@dataclass(frozen=True)
class Curves(View):
    """Lines over steps, fed from the rows by the panel itself; it has no array in a frame.

    Parameters
    ----------
    name, label, below
        As for `View`.
    series : sequence of Series
        The lines.
    low, high : float or None
        Fixed ends of the y axis; None follows the values.
    width, height : int
        Screen pixels.
    """

    series: Sequence[Series] = ()
    low: float | None = None
    high: float | None = None
    width: int = 360
    height: int = 150


@dataclass(frozen=True)
class Heat(View):
    """A table of numbers as coloured fields; NaN is an empty field.

    Array: NAME float32 (rows, columns).

    Parameters
    ----------
    name, label, below
        As for `View`.
    rows, columns : sequence of str
        Their names.
    row_title, column_title : str
        What they are.
    low, high : float
        Ends of the logarithmic colour scale, > 0.
    """

    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    row_title: str = ""
    column_title: str = ""
    low: float = 0.01
    high: float = 1.0


@dataclass(frozen=True)
class Bars(View):
    """Two numbers a row, real before fake, as bars from a common zero; NaN draws none.

    Array: NAME float32 (rows, 2).

    Parameters
    ----------
    name, label, below
        As for `View`.
    rows : sequence of str
        Their names.
    low, high : float
        Ends of the axis; values beyond are drawn to the end, and written.
    width : int
        Screen pixels.
    """

    rows: Sequence[str] = ()
    low: float = -6.0
    high: float = 6.0
    width: int = 250


@dataclass(frozen=True)
class Control:
    """What all controls have.

    Parameters
    ----------
    name : str
        Its value's name.
    label : str
        Beside it, with the unit.
    fold : str
        Title of the fold it lies in; '' is in sight, which at most three controls are.
    """

    name: str
    label: str
    fold: str = ""

    def spec(self) -> dict:
        """Return it as plain values for the front end.

        Returns
        -------
        dict
            The fields, and 'kind'.
        """
        return {**asdict(self), "kind": type(self).__name__.lower()}


@dataclass(frozen=True)
class Slider(Control):
    """A number.

    Parameters
    ----------
    name, label, fold
        As for `Control`.
    low, high, step, value : float
        Range, step, start; all int for a whole number.
    log : bool
        The slider moves through 10**low ... 10**high; the value is the power, not the exponent,
        and `value` the start as a power.
    """

    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    value: float = 0.0
    log: bool = False


@dataclass(frozen=True)
class Menu(Control):
    """One of several strings.

    Parameters
    ----------
    name, label, fold
        As for `Control`.
    choices : sequence of str
        All of them.
    value : str
        The start.
    """

    choices: Sequence[str] = ()
    value: str = ""


@dataclass(frozen=True)
class Tick(Control):
    """Yes or no.

    Parameters
    ----------
    name, label, fold
        As for `Control`.
    value : bool
        The start.
    """

    value: bool = False


@dataclass(frozen=True)
class Action(Control):
    """A button; its value is sent as None.

    Parameters
    ----------
    name, label, fold
        As for `Control`.
    """


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
