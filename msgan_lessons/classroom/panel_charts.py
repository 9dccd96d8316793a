"""The charts among a live panel's views: numbers as lines, as coloured fields and as bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgan_lessons.classroom.panel_views import View

__all__ = ["Bars", "Curves", "Heat", "Series"]


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
