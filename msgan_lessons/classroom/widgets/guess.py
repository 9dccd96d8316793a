"""A question with a few answers, locked before the result is shown, kept on this machine."""

import html
import json
from collections.abc import Sequence

import ipywidgets

from msgan_lessons.classroom.widgets.base import bundle, is_headless
from msgan_lessons.runs.places import private_folder
from msgan_lessons.runs.record import write_json

__all__ = ["Guess", "guess", "locked_guess", "reveal"]


class Guess:
    """A question with a few answers, locked once, kept on this machine alone.

    Parameters
    ----------
    lesson : str
        Its name; one question a lesson.
    question : str
        One sentence.
    choices : sequence of str
        The answers, at least two.

    Raises
    ------
    ValueError
        If there are fewer than two choices.
    """

    def __init__(self, lesson: str, question: str, choices: Sequence[str]) -> None:
        if len(choices) < 2:
            raise ValueError(f"a guess must have at least two choices, got {len(choices)}.")
        self.lesson, self.question, self.choices = lesson, question, list(choices)
        self.path = private_folder() / "guesses" / f"{lesson}.json"
        locked = locked_guess(lesson)
        options = [(text, text) for text in self.choices]
        value = locked if locked in self.choices else None
        self.radio = ipywidgets.RadioButtons(
            options=options, value=value, layout={"width": "auto"}, disabled=value is not None
        )
        self.button = ipywidgets.Button(description="Lock my guess", disabled=value is not None)
        self.status = ipywidgets.HTML(self._sentence(value))
        title = ipywidgets.HTML(f"<b>{html.escape(question)}</b>")
        self.panel = ipywidgets.VBox([title, self.radio, self.button, self.status])
        self.button.on_click(self.lock)

    def lock(self, _button: object = None) -> None:
        """Write the chosen answer to this machine; it cannot be changed afterwards."""
        if self.radio.value is None:
            self.status.value = '<p role="status">Choose an answer first.</p>'
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {"question": self.question, "guess": self.radio.value})
        except OSError as error:
            text = html.escape(f"It could not be kept: {error}")
            self.status.value = f'<p role="alert">{text}</p>'
            return
        self.radio.disabled = self.button.disabled = True
        self.status.value = self._sentence(self.radio.value)

    def _sentence(self, value: str | None) -> str:
        text = f"Locked: {html.escape(value)}" if value else "Your guess stays on this machine."
        return f'<p role="status">{text}</p>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        items = "".join(f"<li>{html.escape(c)}</li>" for c in self.choices)
        static = {
            "text/html": f"<p><b>{html.escape(self.question)}</b></p><ul>{items}</ul>",
            "text/plain": f"{self.question} " + " / ".join(self.choices),
        }
        return bundle(self.panel, static)


def guess(lesson: str, question: str, choices: Sequence[str]) -> Guess:
    """Ask for a prediction before the result is shown; see `Guess`.

    Parameters
    ----------
    lesson, question, choices
        As for `Guess`.

    Returns
    -------
    Guess

    Raises
    ------
    ValueError
        If there are fewer than two choices.
    """
    return Guess(lesson, question, choices)


def locked_guess(lesson: str) -> str | None:
    """Return the guess that was locked for a lesson on this machine, or None.

    Parameters
    ----------
    lesson : str
        Its name.

    Returns
    -------
    str or None
    """
    path = private_folder() / "guesses" / f"{lesson}.json"
    try:
        return json.loads(path.read_text())["guess"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def reveal(lesson: str, answer: str, because: str) -> None:
    """Set the answer beside the locked guess.

    Parameters
    ----------
    lesson : str
        Its name.
    answer : str
        The choice that the result supports.
    because : str
        One sentence.
    """
    mine = None if is_headless() else locked_guess(lesson)
    verdict = "" if mine is None else f"You guessed: {mine}. "
    print(f"{verdict}Seen: {answer}. {because}")
