"""What a live panel is made of: views that show arrays, controls that set values; plain data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

__all__ = [
    "Action",
    "Bars",
    "Control",
    "Curves",
    "Heat",
    "Layer",
    "Menu",
    "Pixels",
    "Plane",
    "Series",
    "Slider",
    "Steps",
    "Tick",
    "View",
]


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
