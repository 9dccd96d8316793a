"""A question with an explanation for every answer, right or wrong."""

import html
from collections.abc import Mapping

from msgan_lessons.classroom.widgets.base import bundle
from msgan_lessons.classroom.widgets.choice import Choice

__all__ = ["Quiz", "quiz"]


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
        """Return what is said when an answer is chosen.

        Parameters
        ----------
        answer : str
            One of the answers.

        Returns
        -------
        str
        """
        return f"{'Right' if answer == self.right else 'Not quite'}. {self.answers[answer]}"

    def html(self) -> str:
        """Return the question for a page without a kernel: each answer unfolds.

        Returns
        -------
        str
        """
        items = "".join(
            f"<li><details><summary>{html.escape(a)}</summary>{html.escape(self.told(a))}"
            "</details></li>"
            for a in sorted(self.answers)
        )
        legend = f"<legend><b>{html.escape(self.question)}</b></legend>"
        return f"<fieldset>{legend}<ul>{items}</ul></fieldset>"

    def text(self) -> str:
        """Return the question and its answers as one line.

        Returns
        -------
        str
        """
        return f"{self.question} " + " / ".join(sorted(self.answers))

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.panel, {"text/html": self.html(), "text/plain": self.text()})


def quiz(question: str, answers: Mapping[str, str]) -> Quiz:
    """Ask a question with an explanation for every answer; see `Quiz`.

    Parameters
    ----------
    question, answers
        As for `Quiz`.

    Returns
    -------
    Quiz

    Raises
    ------
    ValueError
        If there are fewer than two answers.
    """
    return Quiz(question, answers)
