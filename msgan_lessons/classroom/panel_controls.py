"""What is moved and pressed in a live panel: controls, each with a value to set; plain data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

__all__ = ["Action", "Control", "Menu", "Slider", "Tick"]


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
