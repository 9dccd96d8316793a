"""A question with a few answers, locked before the result is shown, kept on this machine."""

import html
from collections.abc import Sequence

from msgan_lessons.classroom import guesses
from msgan_lessons.classroom.widgets.base import bundle, has_front_end, is_headless
from msgan_lessons.classroom.widgets.choice import Choice

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
        If there are fewer than two choices, one stands there twice, or the name cannot be that of
        a lesson.
    """

    def __init__(self, lesson: str, question: str, choices: Sequence[str]) -> None:
        if len(choices) < 2:
            raise ValueError(f"a guess must have at least two choices, got {len(choices)}.")
        if len(set(choices)) < len(choices):
            raise ValueError(f"the choices of a guess must differ, got {list(choices)}.")
        self.lesson, self.question, self.choices = lesson, question, list(choices)
        self.panel = Choice(question, self.choices, action="Lock my guess")
        self.panel.said = "Your guess stays on this machine."
        self.panel.pressed = self.lock
        if earlier := guesses.locked_guess(lesson):
            self._show(earlier)

    def lock(self) -> None:
        """Write the chosen answer to this machine; it cannot be changed afterwards."""
        if self.panel.value is None:
            self.panel.said = "Choose an answer first."
            return
        try:
            self._show(guesses.lock_guess(self.lesson, self.question, self.panel.value))
        except OSError as error:
            self.panel.said = f"It could not be kept: {error}"

    def _show(self, kept: guesses.KeptGuess) -> None:
        """Show what is locked, which may be an answer to an earlier question."""
        here = kept.guess in self.choices
        self.panel.value = kept.guess if here else None
        asked = "" if here else f" (you were asked: {kept.question})"
        self.panel.said = f"Locked: {kept.guess}{asked}"
        self.panel.disabled = True

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        items = "".join(f"<li>{html.escape(c)}</li>" for c in self.choices)
        legend = f"<legend><b>{html.escape(self.question)}</b></legend>"
        static = {
            "text/html": f"<fieldset>{legend}<ul>{items}</ul></fieldset>",
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
        As for `Guess`.
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
    kept = guesses.locked_guess(lesson)
    return kept.guess if kept else None


def reveal(lesson: str, answer: str, because: str) -> None:
    """Set the answer beside the locked guess; a student who has locked none is asked for it first.

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
    if mine is None and has_front_end():
        print("Not shown yet: lock your guess under 'Guess first', then run this cell again.")
        return
    verdict = "" if mine is None else f"You guessed: {mine}. "
    print(f"{verdict}Seen: {answer}. {because}")
