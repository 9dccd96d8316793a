"""A panel to touch that also takes a file: one image, decoded and checked like a data set's."""

import html

import ipywidgets

from msgan_lessons.classroom.widgets.base import bundle
from msgan_lessons.classroom.widgets.touch_view import Touch
from msgan_lessons.datasets.images import SUFFIXES, decode

__all__ = ["Upload", "upload"]


class Upload(Touch):
    """A subject to touch with a button below it that uploads an image.

    Parameters
    ----------
    subject : object
        As for `Touch`; it also has `resolution` and `take(image)`, which gets uint8 (3, R, R) and
        returns the controls that have moved by it.
    caption : str
        What to look for.
    """

    def __init__(self, subject, *, caption: str = "") -> None:
        super().__init__(subject, caption=caption)
        self.button = ipywidgets.FileUpload(
            accept=",".join(SUFFIXES), multiple=False, description="Upload an image",
            layout={"width": "auto"},
        )  # fmt: skip
        self.said = ipywidgets.HTML("")
        self.whole = ipywidgets.VBox([self.panel, ipywidgets.HBox([self.button, self.said])])
        self.button.observe(self._received, names="value")

    def take(self, name: str, content: bytes) -> None:
        """Decode a file and turn it; a wrong one is refused by a sentence beside the button.

        Parameters
        ----------
        name : str
            Of the file.
        content : bytes
            All of it.
        """
        try:
            moved = self.subject.take(decode(content, self.subject.resolution))
        except Exception as error:  # it would be shown nowhere else
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            return self._say(f"{name}: {kind}{error}", "alert", "color:#b00020")
        for control, value in moved.items():
            self.panel.move(control, value)
        self._say(f"{name}: taken.", "status")
        self._draw()

    def _received(self, change: dict) -> None:
        for file in change["new"]:
            self.take(file["name"], bytes(file["content"]))

    def _say(self, text: str, role: str, style: str = "") -> None:
        self.said.value = f'<span role="{role}" style="{style}">{html.escape(text)}</span>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.whole, self.subject.picture()._repr_mimebundle_())


def upload(subject, *, caption: str = "") -> Upload:
    """Show something to touch that also takes an image; see `Upload`.

    Parameters
    ----------
    subject, caption
        As for `Upload`.

    Returns
    -------
    Upload
        Shown by the notebook; a static picture where widgets cannot run.
    """
    return Upload(subject, caption=caption)
