"""What the instructor's pack takes from a lesson's notebook: texts and stored figures."""

import re
from collections.abc import Iterator

import nbformat

from msgan_lessons.runs.lessons import Lesson

__all__ = ["exercise_texts", "figures_of", "lead_words", "named_in_prose", "summary_points"]

HEADING = re.compile(r"^## +(.+?) *$", re.M)
FIGURE = re.compile(r"<figure\b.*?</figure>", re.S)
ITEM = re.compile(r"^(\d+)\. +(.*(?:\n(?: +\S.*|\s*$(?=\n +\S)))*)", re.M)


def exercise_texts(notebook: nbformat.NotebookNode) -> dict[int, str]:
    """Return the questions of the exercises.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.

    Returns
    -------
    dict
        Number in the lesson to the question, Markdown.
    """
    text = "\n".join(_texts(notebook, "Exercises"))
    return {int(n): " ".join(question.split()) for n, question in ITEM.findall(text)}


def summary_points(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the points of the summary.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.

    Returns
    -------
    list of str
        Markdown.
    """
    text = "\n".join(_texts(notebook, "Summary"))
    return [" ".join(p.split()) for p in re.findall(r"^- +(.*(?:\n +\S.*)*)", text, re.M)]


def lead_words(notebook: nbformat.NotebookNode, begin: str) -> str:
    """Return a line of the lesson's first cell.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.
    begin : str
        How the line begins.

    Returns
    -------
    str
        Empty where there is none.
    """
    lines = notebook.cells[0].source.splitlines() if notebook.cells else []
    return next((line.strip() for line in lines if line.startswith(begin)), "")


def figures_of(notebook: nbformat.NotebookNode, section: str) -> list[str]:
    """Return the figures that a section has stored.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.
    section : str
        A heading.

    Returns
    -------
    list of str
        HTML, each a `figure` that needs no other file.
    """
    found = []
    for heading, cell in _cells(notebook):
        if heading == section and cell.cell_type == "code":
            for output in cell.get("outputs", []):
                found += FIGURE.findall("".join(output.get("data", {}).get("text/html", "")))
    return found


def named_in_prose(lesson: Lesson, notebook: nbformat.NotebookNode) -> set[str]:
    """Return the parameters that a lesson's text names as code.

    Parameters
    ----------
    lesson : Lesson
        Whose parameters.
    notebook : NotebookNode
        The lesson.

    Returns
    -------
    set of str
    """
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    return {p.name for p in lesson.parameters if re.search(rf"`{p.name}\b[^`]*`", text)}


def _texts(notebook: nbformat.NotebookNode, section: str) -> list[str]:
    cells = ((h, c) for h, c in _cells(notebook) if h == section)
    return [HEADING.split(c.source)[-1] for _, c in cells if c.cell_type == "markdown"]


def _cells(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, nbformat.NotebookNode]]:
    """Yield each cell with the heading under which it stands."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = (HEADING.findall(cell.source) or [heading])[-1]
        yield heading, cell
