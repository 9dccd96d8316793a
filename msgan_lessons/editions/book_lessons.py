"""A lesson as a page of the book: its notebook, with what needs a kernel replaced."""

from collections.abc import Collection

import nbformat

from msgan_lessons.editions.book_pages import inner_links
from msgan_lessons.editions.book_players import played_call, player_html
from msgan_lessons.runs.html import WIDGET_VIEW
from msgan_lessons.runs.lessons import Lesson

__all__ = ["lesson_page"]

PARAMETERS = """*Parameters of this lesson.
With the course installed, `msgan run {} -p NAME=VALUE` sets them.*"""


def lesson_page(lesson: Lesson, names: Collection[str]) -> tuple[str, set[str]]:
    """Prepare a lesson's notebook for the book.

    A widget's view is dropped, so that its static twin is shown; the output of a cell that
    replays a recorded training becomes a player around its static twin; the parameters are
    named as such; links to lessons that are not in the book become words.

    Parameters
    ----------
    lesson : Lesson
        With stored outputs.
    names : collection of str
        Lessons in the book.

    Returns
    -------
    tuple
        The notebook as JSON, and the set of recorded trainings that it plays.
    """
    notebook, played = nbformat.read(lesson.path, 4), set()
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = inner_links(cell.source, names)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET_VIEW, None)
            played |= _played(cell)
        if "parameters" in cell.metadata.get("tags", []):
            note = PARAMETERS.format(lesson.name[:2])
            cells.append(nbformat.v4.new_markdown_cell(note, id=f"{cell.id}-note"))
        cells.append(cell)
    notebook.cells = cells
    return nbformat.writes(notebook), played


def _played(cell: nbformat.NotebookNode) -> set[str]:
    """Put a player around the picture that a replaying cell has left."""
    call = played_call(cell.source)
    pictures = [o.data for o in cell.outputs if "<figure" in o.get("data", {}).get("text/html", "")]
    if call is None or len(pictures) != 1:
        return set()
    pictures[0]["text/html"] = player_html(call, pictures[0]["text/html"])
    return {call.trace}
