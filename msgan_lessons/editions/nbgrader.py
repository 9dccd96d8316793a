"""A course for nbgrader: its own tools release, collect, grade and report; nothing is patched."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from msgan_lessons.base.pages import asset
from msgan_lessons.classroom.exercises import Function
from msgan_lessons.editions.source import (
    Stub,
    clean,
    find_stubs,
    import_lines,
    read_notebook,
    solution_of,
)
from msgan_lessons.runs.lessons import Lesson

SCHEMA = 3
POINTS = {Function: 2}  # of a function; 1 of a value
EXERCISES = "## Exercises"
GOES_ON = "raises-exception"  # an unfinished exercise does not stop Run All


def assignment(lesson: Lesson, *, exercises_only: bool) -> nbformat.NotebookNode:
    """Return a lesson, or its title, imports and exercises alone, as an assignment's source."""
    notebook = clean(read_notebook(lesson.path))
    stubs = {stub.cell: stub for stub in find_stubs(notebook, lesson.name)}
    begin = next((i for i, c in enumerate(notebook.cells) if EXERCISES in c.source), 0)
    cells = []
    for index, cell in enumerate(notebook.cells):
        if index in stubs:
            cells += _exercise(cell, stubs[index], notebook)
        elif not exercises_only or index >= begin or index == 0:
            cells.append(_marked(cell, f"lesson-{index:02d}"))
    if exercises_only:
        imports = new_code_cell(import_lines(notebook), id="imports")
        cells.insert(1, _marked(imports, "imports"))
    notebook.cells = cells
    return notebook


def write_nbgrader(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write nbgrader's course folder, with an assignment for each lesson."""
    for lesson in lessons:
        notebook = assignment(lesson, exercises_only=bool(options.get("exercises_only")))
        place = folder / "source" / lesson.name
        place.mkdir(parents=True)
        nbformat.write(notebook, place / lesson.path.name)
    (folder / "nbgrader_config.py").write_text(asset("nbgrader_config.py.txt"), "utf-8")
    readme = asset("nbgrader_readme.md").format(first=lessons[0].name)
    (folder / "README.md").write_text(readme, "utf-8")
    return [
        f"source: {len(lessons)} assignments with solutions, for instructors",
        "nbgrader_config.py and README.md",
    ]


def _exercise(
    cell: nbformat.NotebookNode, stub: Stub, notebook: nbformat.NotebookNode
) -> list[nbformat.NotebookNode]:
    """Return the cell for the answer, and the one that checks it."""
    gap = "\n\n" if isinstance(stub.entry, Function) else ""
    solution = f"### BEGIN SOLUTION\n{gap}{solution_of(stub, notebook)}\n### END SOLUTION"
    cell.source = f"{stub.before}{stub.text}\n{solution}\n{stub.after}"
    number = stub.number.replace(".", "-")
    check = new_code_cell(
        "from msgan_lessons.classroom import exercises\n\n"
        f'assert exercises.check("{stub.number}", {stub.name}), "{stub.number} is not right yet"',
        id=f"check-{number}",
        metadata={"tags": [GOES_ON]},
    )
    points = POINTS.get(type(stub.entry), 1)
    return [
        _marked(cell, f"answer-{number}", locked=False, solution=True),
        _marked(check, f"check-{number}", grade=True, points=points),
    ]


def _marked(cell: nbformat.NotebookNode, name: str, **marks: object) -> nbformat.NotebookNode:
    """Give a cell nbgrader's metadata; read-only unless said otherwise."""
    default = {"grade": False, "locked": True, "solution": False, "task": False}
    cell.metadata["nbgrader"] = nbformat.from_dict(
        {**default, "grade_id": re.sub(r"[^\w-]", "-", name), "schema_version": SCHEMA, **marks}
    )
    return cell
