"""What a panel shows and lets one change: views, charts, controls."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from matplotlib import colormaps

from msgan_lessons.base.pictures import COLOURS


@dataclass(frozen=True)
class View:
    """What all views have."""

    name: str  # its arrays in a frame are called NAME, or NAME.LAYER
    label: str  # heading, and what a screen reader says
    below: bool = field(default=False, kw_only=True)  # under the view before it, in one column

    def spec(self) -> dict:
        """Return the fields, and 'kind', as plain values for the front end."""
        return {**asdict(self), "kind": type(self).__name__.lower()}


@dataclass(frozen=True)
class Layer:
    """One thing drawn on a plane, to be switched on and off."""

    key: str  # 'heat', 'best', 'manifold', 'arrows', 'real' or 'fake': says how it is drawn, too
    label: str  # beside its tick box
    on: bool = True  # whether it is drawn at the start


@dataclass(frozen=True)
class Plane(View):
    """A square of the plane from -extent to extent, with layers; y grows upwards.

    Arrays: NAME.heat and NAME.best uint8 (n, n), a probability times 255, row 0 at the bottom;
    NAME.real and NAME.fake float32 (N, 2); NAME.manifold float32 (m, m, 2), the images of a grid
    of latents; NAME.arrows float32 (N, 4): x, y, dx, dy.
    """

    layers: Sequence[Layer] = ()  # drawn in this order, the first at the bottom
    extent: float = 1.3  # half the side, > 0
    size: int = 420  # screen pixels a side
    pointer: str = ""  # 'draw': a stroke is sent when it ends, (x, y) in the plane's units


@dataclass(frozen=True)
class Pixels(View):
    """Pixels as they are, each enlarged to a square.

    Array: NAME uint8 (H, W, 3) or (H, W). A pointer sends to the action of the view's name x and y
    in [0, 1] from the top left: 'click' those of a click, 'drag' also while the button is down,
    'paint' while it is down, with the number of the stroke.
    """

    width: int = 360  # screen pixels; the height follows from the array
    pointer: str = ""
    columns: Sequence[str] = ()  # names above, evenly spread
    rows: Sequence[str] = ()  # names at the left, evenly spread


@dataclass(frozen=True)
class Steps(View):
    """Lines of code with formulas, in blocks; NAME int32 (1,) is the current one, or -1."""

    lines: Sequence[tuple[str, str, str, str]] = ()  # heading, code, formula as MathML, caption


@dataclass(frozen=True)
class Series:
    """One line of a graph, fed from the rows of a training."""

    key: str  # column of the rows
    label: str  # in the legend
    colour: str  # key in `base.pictures.COLOURS`


@dataclass(frozen=True)
class Curves(View):
    """Lines over steps, fed from the rows by the panel itself; it has no array in a frame."""

    series: Sequence[Series] = ()
    low: float | None = None  # fixed ends of the y axis; None follows the values
    high: float | None = None
    width: int = 360  # screen pixels
    height: int = 150


@dataclass(frozen=True)
class Heat(View):
    """A table of numbers as coloured fields: NAME float32 (rows, columns), NaN an empty field."""

    rows: Sequence[str] = ()  # their names
    columns: Sequence[str] = ()
    row_title: str = ""  # what rows and columns are
    column_title: str = ""
    low: float = 0.01  # ends of the logarithmic colour scale, > 0
    high: float = 1.0


@dataclass(frozen=True)
class Bars(View):
    """Real before fake as bars from a common zero: NAME float32 (rows, 2), NaN draws none."""

    rows: Sequence[str] = ()  # their names
    low: float = -6.0  # ends of the axis; values beyond are drawn to the end, and written
    high: float = 6.0
    width: int = 250  # screen pixels


@dataclass(frozen=True)
class Control:
    """What all controls have."""

    name: str
    label: str  # beside it, with the unit
    fold: str = ""  # title of the fold it lies in; '' is in sight, which at most three controls are

    def spec(self) -> dict:
        """Return the fields, and 'kind', as plain values for the front end."""
        return {**asdict(self), "kind": type(self).__name__.lower()}


@dataclass(frozen=True)
class Slider(Control):
    """A number; a whole one where low, high, step and value are all int."""

    low: float = 0.0
    high: float = 1.0
    step: float = 0.1
    value: float = 0.0  # at the start
    log: bool = False  # it moves through 10**low ... 10**high; the value is the power


@dataclass(frozen=True)
class Menu(Control):
    """One of several strings."""

    choices: Sequence[str] = ()
    value: str = ""  # at the start


@dataclass(frozen=True)
class Tick(Control):
    """Yes or no."""

    value: bool = False  # at the start


@dataclass(frozen=True)
class Action(Control):
    """A button; its value is sent as None."""


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
    """Say in plain values what a panel is made of; the page builds it from this."""
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
