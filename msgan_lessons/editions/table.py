"""The editions: name to what writes it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from msgan_lessons.editions.nbgrader import write_nbgrader
from msgan_lessons.editions.pack import write_pack
from msgan_lessons.editions.slides import write_slides
from msgan_lessons.editions.source import student_notebook, write_solutions, write_student
from msgan_lessons.runs.lessons import Lesson

SPECS = (  # nothing that a shell or IPython would expand
    r"https://[\w.-]+(?::\d+)?/[\w./~%+-]+\.whl",
    r"git\+https://[\w.-]+(?::\d+)?/[\w./~-]+(?:@[\w./-]+)?",
    r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\[[\w,-]+\])?(?:==[\w.]+)?",
)
NOTE = """\
The first cell installs the course where it is missing, and does nothing where it is there.
On Colab, choose Runtime, Run all once it has finished; a GPU is welcome and not needed.
"""
INSTALL = """\
import importlib.util

if importlib.util.find_spec("msgan_lessons") is None:
    %pip install --quiet "{spec}\""""


def check_spec(spec: str) -> str:
    """Return what pip is asked to install, if it is safe within a line of IPython."""
    if not any(re.fullmatch(pattern, spec) for pattern in SPECS):
        raise ValueError(
            "--install-from must be an https:// address of a wheel, git+https://HOST/PATH with "
            f"@VERSION or without, or a package's name with ==VERSION or without, got {spec!r}."
        )
    return spec


def write_colab(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the student's notebooks, with a first cell that installs the course."""
    spec = check_spec(str(options.get("install_from", "")))
    for lesson in lessons:
        notebook = student_notebook(lesson)
        install = new_code_cell(INSTALL.format(spec=spec), id="install")
        notebook.cells[1:1] = [new_markdown_cell(NOTE, id="install-note"), install]
        notebook.metadata["colab"] = {"name": lesson.path.name, "provenance": []}
        notebook.metadata.kernelspec = {"display_name": "Python 3", "name": "python3"}
        nbformat.write(notebook, folder / lesson.path.name)
    return [f"{len(lessons)} notebooks, whose first cell installs {spec} where it is missing"]


@dataclass(frozen=True)
class Edition:
    """One way to write lessons into an empty folder; `write` returns lines on what it wrote."""

    write: Callable[[Sequence[Lesson], Path, Mapping[str, object]], Sequence[str]]
    about: str  # what it is, for `msgan export --help`
    options: tuple[str, ...] = ()  # names of the options that it reads, as `msgan export` has them


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
