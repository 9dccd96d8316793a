"""Something to touch that does not train: each touch is answered by a new picture."""

from msgan_lessons.classroom.widgets.base import bundle
from msgan_lessons.classroom.widgets.panel import Panel

__all__ = ["Touch", "touch"]


class Touch:
    """A subject that does not train: each touch is answered by a new frame at once.

    Parameters
    ----------
    subject : object
        Has `name`, `views`, `controls`, and the methods `set`, `frame`, `status` (without an
        argument) and `picture`.
    caption : str
        What to look for.
    """

    def __init__(self, subject, *, caption: str = "") -> None:
        self.subject = subject
        self.panel = Panel(
            subject.name, subject.views, subject.controls, transport=False, caption=caption
        )
        self.panel.listeners.append(self._hear)
        self._draw()

    def _hear(self, name: str, value: object) -> None:
        if name == "__seen":
            return
        try:
            self.subject.set(name, value)
            self.panel.taken(name)
            self._draw()
        except Exception as error:  # it would be shown nowhere else
            self.panel.undo(name)
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            self.panel.complain(f"{kind}{error}")

    def _draw(self) -> None:
        self.panel.show(self.subject.frame(), self.subject.status())

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.panel, self.subject.picture()._repr_mimebundle_())


def touch(subject, *, caption: str = "") -> Touch:
    """Show something to touch; see `Touch`.

    Parameters
    ----------
    subject, caption
        As for `Touch`.

    Returns
    -------
    Touch
        Shown by the notebook; a static picture where widgets cannot run.
    """
    return Touch(subject, caption=caption)
