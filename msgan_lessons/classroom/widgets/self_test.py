"""The self-test of a lesson: all questions of its teaching notes, each answer explained."""

import html

import ipywidgets

from msgan_lessons.classroom.teaching import read_teaching
from msgan_lessons.classroom.widgets.base import bundle
from msgan_lessons.classroom.widgets.quiz import Quiz

__all__ = ["SelfTest", "self_test"]


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
    """Ask all questions of a lesson's self-test; see `SelfTest`.

    Parameters
    ----------
    lesson : str
        As for `SelfTest`.

    Returns
    -------
    SelfTest
    """
    return SelfTest(lesson)
