"""Editions of the course, and the book: what each is, and where the function is that writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Edition:
    """One way to write lessons into an empty folder."""

    writer: str  # MODULE.FUNCTION here, loaded when it is called: `msgan --help` does not wait
    about: str  # what it is, for `msgan export --help` and for the line that `export` ends with
    options: tuple[str, ...] = ()  # names of the options that it reads, as `msgan export` has them

    def write(self, lessons: Sequence, folder: Path, options: Mapping[str, object]) -> list[str]:
        """Write the lessons, and return lines on what was written."""
        module, _, function = self.writer.partition(".")
        return getattr(import_module(f"{__name__}.{module}"), function)(lessons, folder, options)


EDITIONS = {
    "student": Edition("source.write_student", "stubs, no solutions, no outputs"),
    "solutions": Edition("source.write_solutions", "stubs filled in, executed and explained"),
    "slides": Edition(
        "slides.write_slides", "an HTML file for each lesson, which needs no network"
    ),
    "colab": Edition(
        "source.write_colab",
        "the student's, with a cell that installs the course",
        ("install_from",),
    ),
    "nbgrader": Edition(
        "nbgrader.write_nbgrader",
        "a course that nbgrader releases and grades",
        ("exercises_only",),
    ),
    "pack": Edition(
        "pack.write_pack",
        "the instructor's pack: plans, misconceptions, answers",
        ("weeks", "session_minutes", "day_minutes"),
    ),
}
