"""What a live panel shows: views of the plane, of pixels and of code; plain data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

__all__ = ["Layer", "Pixels", "Plane", "Steps", "View"]


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
