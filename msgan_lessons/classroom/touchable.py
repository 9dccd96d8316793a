"""What all things to touch share: controls with values, and what else can be done with them."""

from collections.abc import Callable, Mapping, Sequence

from msgan_lessons.classroom.panel_controls import Action, Control

__all__ = ["Touchable"]


class Touchable:
    """Keeps the values of controls; the rest of what `widgets.touch` asks for is the child's.

    Parameters
    ----------
    controls : sequence of Control
        Those of the panel.
    deeds : mapping, optional
        Name of an action, or of a view that is pointed at, to what is done with its value.

    Examples
    --------
    >>> from msgan_lessons.classroom.panel_controls import Slider
    >>> thing = Touchable([Slider("psi", "truncation", value=1.0)])
    >>> thing.set("psi", 0.5), thing.values
    (False, {'psi': 0.5})
    """

    def __init__(
        self, controls: Sequence[Control], deeds: Mapping[str, Callable] | None = None
    ) -> None:
        self.controls, self._deeds = controls, dict(deeds or {})
        self.values = {c.name: c.value for c in controls if not isinstance(c, Action)}

    def set(self, name: str, value: object) -> bool:
        """Take a control's value, or do what was asked for.

        Parameters
        ----------
        name : str
            A control, or a view that was pointed at.
        value : object
            Its value; a point is (x, y), each in [0, 1] from the top left, or (x, y, stroke).

        Returns
        -------
        bool
            False: there is no training to start again.

        Raises
        ------
        ValueError
            If there is no such name, or the value is refused.
        """
        if name in self._deeds:
            self._deeds[name](value)
        elif name in self.values:
            self.values[name] = value
        else:
            known = ", ".join([*self.values, *self._deeds])
            raise ValueError(f"name must be one of {known}, got {name!r}.")
        return False
