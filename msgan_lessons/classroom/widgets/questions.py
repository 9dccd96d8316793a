"""Questions: a choice, a guess before the answer, a quiz, a lesson's self-test."""

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from msgan_lessons.classroom import guesses
from msgan_lessons.classroom.teaching import read_teaching
from msgan_lessons.classroom.widgets.panel import bundle, has_front_end, is_headless


class Choice(anywidget.AnyWidget):
    """Radio buttons in a group that bears the question as its name, so that it is read out."""

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
        told: Mapping[str, str] | None = None,  # option to what is said once it is chosen
        action: str = "",  # what the button says; empty: none
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
    """Ask for a prediction before the result is shown; arguments and errors as for `Guess`."""
    return Guess(lesson, question, choices)


def locked_guess(lesson: str) -> str | None:
    """Return the guess that was locked for a lesson on this machine, or None.

    Parameters
    ----------
    lesson : str
        Its name.
    """
    kept = guesses.locked_guess(lesson)
    return kept.guess if kept else None


def reveal(lesson: str, answer: str, because: str) -> None:
    """Set the answer beside the locked guess; a student who has locked none is asked for it first.

    Parameters
    ----------
    lesson : str
        Its name.
    answer, because : str
        The choice that the result supports, and why, in one sentence.
    """
    mine = None if is_headless() else locked_guess(lesson)
    if mine is None and has_front_end():
        print("Not shown yet: lock your guess under 'Guess first', then run this cell again.")
        return
    verdict = "" if mine is None else f"You guessed: {mine}. "
    print(f"{verdict}Seen: {answer}. {because}")


class Quiz:
    """A multiple-choice question; the explanation of the chosen answer appears at once.

    Parameters
    ----------
    question : str
        One sentence or two.
    answers : mapping
        Answer to its explanation; the first is the right one (they are shown in sorted order).

    Raises
    ------
    ValueError
        If there are fewer than two answers.
    """

    def __init__(self, question: str, answers: Mapping[str, str]) -> None:
        if len(answers) < 2:
            raise ValueError(f"a quiz must have at least two answers, got {len(answers)}.")
        self.question, self.answers, self.right = question, dict(answers), next(iter(answers))
        self.panel = Choice(question, sorted(answers), {a: self.told(a) for a in answers})

    def told(self, answer: str) -> str:
        """Return what is said when an answer is chosen."""
        return f"{'Right' if answer == self.right else 'Not quite'}. {self.answers[answer]}"

    def html(self) -> str:
        """Return the question for a page without a kernel: each answer unfolds."""
        items = "".join(
            f"<li><details><summary>{html.escape(a)}</summary>{html.escape(self.told(a))}"
            "</details></li>"
            for a in sorted(self.answers)
        )
        legend = f"<legend><b>{html.escape(self.question)}</b></legend>"
        return f"<fieldset>{legend}<ul>{items}</ul></fieldset>"

    def text(self) -> str:
        """Return the question and its answers as one line."""
        return f"{self.question} " + " / ".join(sorted(self.answers))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.panel, {"text/html": self.html(), "text/plain": self.text()})


def quiz(question: str, answers: Mapping[str, str]) -> Quiz:
    """Ask a question with an explanation for every answer; arguments and errors as for `Quiz`."""
    return Quiz(question, answers)


class SelfTest:
    """All questions of a lesson; without teaching notes, one sentence that says so.

    Parameters
    ----------
    lesson : str
        Its name, as in '05_minimax'.
    """

    def __init__(self, lesson: str) -> None:
        self.quizzes: list[Quiz] = []
        self.missing = ""
        try:
            self.quizzes = [Quiz(q.ask, q.answers) for q in read_teaching(lesson).questions]
        except (OSError, ValueError) as error:  # the lesson goes on without them
            self.missing = f"There is no self-test here: {error}"
        panels = [quiz.panel for quiz in self.quizzes]
        self.panel = ipywidgets.VBox(panels or [ipywidgets.HTML(self._sentence())])

    def _sentence(self) -> str:
        return f"<p>{html.escape(self.missing)}</p>"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        static = {
            "text/html": "".join(quiz.html() for quiz in self.quizzes) or self._sentence(),
            "text/plain": "\n".join(quiz.text() for quiz in self.quizzes) or self.missing,
        }
        return bundle(self.panel, static)


def self_test(lesson: str) -> SelfTest:
    """Ask all questions of a lesson's self-test; its name as for `SelfTest`."""
    return SelfTest(lesson)
