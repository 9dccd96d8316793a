"""What a teacher needs to know of a lesson, as data: notes, questions, figures to expect."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ExpectedFigure", "Question", "TeachingNotes"]


@dataclass(frozen=True)
class Question:
    """A question of the self-test.

    Parameters
    ----------
    ask, right, because : str
        The question, the right answer, why it is right.
    reveals : str
        The misconception behind a wrong answer, in a student's words.
    wrong : mapping
        Wrong answer to why it is wrong; at least two.
    """

    ask: str
    right: str
    because: str
    reveals: str
    wrong: Mapping[str, str]

    @property
    def answers(self) -> dict[str, str]:
        """All answers, the right one first, each with its explanation."""
        return {self.right: self.because, **self.wrong}


@dataclass(frozen=True)
class ExpectedFigure:
    """What a teacher should see on the screen.

    Parameters
    ----------
    section : str
        A heading of the lesson.
    expect : str
        What is seen, and what may differ.
    metric : str
        A name in the run's metrics.json; empty where no number goes with it.
    """

    section: str
    expect: str
    metric: str = ""


@dataclass(frozen=True)
class TeachingNotes:
    """What a teacher needs to know of a lesson.

    Parameters
    ----------
    lesson : str
        Its name.
    prerequisites : tuple of str
        Lessons on which it builds directly.
    needs : tuple of str
        What it needs from outside the course.
    minutes : mapping
        Heading to minutes in class, in the order of the lesson.
    questions : tuple of Question
        The self-test.
    figures : tuple of ExpectedFigure
        In the order of the file.
    """

    lesson: str
    prerequisites: tuple[str, ...]
    needs: tuple[str, ...]
    minutes: Mapping[str, int]
    questions: tuple[Question, ...]
    figures: tuple[ExpectedFigure, ...]
