"""The editions: name to what writes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.editions.colab import write_colab
from msgan_lessons.editions.nbgrader import write_nbgrader
from msgan_lessons.editions.pack import write_pack
from msgan_lessons.editions.slides import write_slides
from msgan_lessons.editions.solutions import write_solutions
from msgan_lessons.editions.student import write_student
from msgan_lessons.runs.lessons import Lesson

__all__ = ["EDITIONS", "Edition"]


@dataclass(frozen=True)
class Edition:
    """One way to write the course.

    Parameters
    ----------
    write : callable
        Takes the lessons, an empty folder and the options (a mapping of name to value); writes the
        folder, and returns a line or more on what was written, with paths relative to the folder.
    about : str
        What it is, for `msgan export --help`.
    options : tuple of str
        Names of the options that it reads, as `msgan export` has them: install_from, ...
    """

    write: Callable[[Sequence[Lesson], Path, Mapping[str, object]], Sequence[str]]
    about: str
    options: tuple[str, ...] = ()


EDITIONS: dict[str, Edition] = {
    "student": Edition(write_student, "stubs, no solutions, no outputs"),
    "solutions": Edition(write_solutions, "stubs filled in, executed and explained"),
    "slides": Edition(write_slides, "an HTML file for each lesson, which needs no network"),
    "colab": Edition(
        write_colab, "the student's, with a cell that installs the course", ("install_from",)
    ),
    "nbgrader": Edition(
        write_nbgrader, "a course that nbgrader releases and grades", ("exercises_only",)
    ),
    "pack": Edition(
        write_pack,
        "the instructor's pack: plans, misconceptions, answers",
        ("weeks", "session_minutes", "day_minutes"),
    ),
}
