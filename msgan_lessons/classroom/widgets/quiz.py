"""A question with an explanation for every answer, right or wrong."""

import html
from collections.abc import Mapping

import ipywidgets

from msgan_lessons.classroom.widgets.base import bundle

__all__ = ["Quiz", "quiz"]


class Quiz:
    """A multiple-choice question; the explanation of the chosen answer appears at once.

    Parameters
    ----------
    question : str
        One sentence.
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
        self.radio = ipywidgets.RadioButtons(
            options=sorted(answers), value=None, layout={"width": "auto"}
        )
        self.status = ipywidgets.HTML("")
        title = ipywidgets.HTML(f"<b>{html.escape(question)}</b>")
        self.panel = ipywidgets.VBox([title, self.radio, self.status])
        self.radio.observe(self._explain, names="value")

    def _explain(self, change: Mapping) -> None:
        chosen = change["new"]
        verdict = "Right" if chosen == self.right else "Not quite"
        text = html.escape(f"{verdict}. {self.answers[chosen]}")
        self.status.value = f'<p role="status">{text}</p>'

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        items = "".join(
            f"<li><details><summary>{html.escape(a)}</summary>"
            f"{'Right' if a == self.right else 'Not quite'}. {html.escape(self.answers[a])}"
            "</details></li>"
            for a in sorted(self.answers)
        )
        static = {
            "text/html": f"<p><b>{html.escape(self.question)}</b></p><ul>{items}</ul>",
            "text/plain": f"{self.question} " + " / ".join(sorted(self.answers)),
        }
        return bundle(self.panel, static)


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
