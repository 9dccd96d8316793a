"""The student's edition: stubs, no solutions, no outputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from msgan_lessons.editions.source import find_stubs, read_notebook
from msgan_lessons.runs.lessons import Lesson

__all__ = ["clean", "student_notebook", "write_student"]

README = """\
Open the lessons with `jupyter lab {first}` in this folder, and run a cell with Shift+Enter.
Each lesson ends with three exercises: replace the three dots by your answer and run the cell, \
which says whether it is right.
If something does not work, `msgan doctor` says what is missing on your machine and what mends it.
"""


def student_notebook(lesson: Lesson) -> nbformat.NotebookNode:
    """Return a lesson as a student gets it.

    Parameters
    ----------
    lesson : Lesson
        One of the course.

    Returns
    -------
    NotebookNode
        Without outputs.

    Raises
    ------
    ValueError
        If an exercise in it is filled in already.
    """
    notebook = clean(read_notebook(lesson.path))
    find_stubs(notebook, lesson.name)
    return notebook


def write_student(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the student's edition.

    Parameters
    ----------
    lessons, folder, options
        As for `table.Edition`; no option is read.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        As for `student_notebook`.
    """
    for lesson in lessons:
        nbformat.write(student_notebook(lesson), folder / lesson.path.name)
    (folder / "README.md").write_text(README.format(first=lessons[0].path.name), "utf-8")
    return [f"{len(lessons)} notebooks without outputs or solutions", "README.md"]


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop all outputs, in place.

    Parameters
    ----------
    notebook : NotebookNode
        A lesson.

    Returns
    -------
    NotebookNode
        The same.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook
