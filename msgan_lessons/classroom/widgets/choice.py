"""A question with a few answers in the page: a named group of radio buttons (see choice.js)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import traitlets

__all__ = ["Choice"]


class Choice(anywidget.AnyWidget):
    """Radio buttons in a group that bears the question as its name, so that it is read out.

    Parameters
    ----------
    question : str
        One sentence.
    options : sequence of str
        The answers, in the order shown.
    told : mapping, optional
        Answer to the sentence that the page shows at once where it is chosen.
    action : str
        What the button says; without it there is none.
    """

    _esm = Path(__file__).with_name("choice.js")
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    action = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        question: str,
        options: Sequence[str],
        told: Mapping[str, str] | None = None,
        action: str = "",
    ) -> None:
        self.pressed: Callable[[], None] = lambda: None
        super().__init__(
            question=question, options=list(options), told=dict(told or {}), action=action
        )
        self.on_msg(self._receive)

    @traitlets.validate("value")
    def _check(self, proposal: Mapping) -> str | None:
        """Refuse what is not offered; the page may be another program."""
        value = proposal["value"]
        if value is not None and value not in self.options:
            raise traitlets.TraitError(f"value must be one of the options, got {value!r}.")
        return value

    def press(self) -> None:
        """Do what the button does."""
        self.pressed()

    def _receive(self, _widget: object, message: object, _buffers: object) -> None:
        if isinstance(message, dict) and message.get("k") == "press":
            self.pressed()
