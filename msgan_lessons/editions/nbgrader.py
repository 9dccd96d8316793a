"""A course for nbgrader: its own tools release, collect, grade and report; nothing is patched."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

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

CONFIG = '''\
"""The settings of this course for nbgrader; it reads them when it is called in this folder."""

import os

from nbformat.v4 import new_code_cell
from nbgrader import preprocessors
from nbgrader.api import Gradebook

c = get_config()  # noqa: F821

# Kernels that grade are children of this process: the lessons compute little and wait for no one.
os.environ.setdefault("MSGAN_PRESET", "smoke")
os.environ.setdefault("MSGAN_HEADLESS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

c.CourseDirectory.course_id = "msgan_lessons"

# The lesson's own stub stands above each solution, so nothing need stand where that is cut out.
c.ClearSolutions.code_stub = {"python": ""}

# Students may change and try the lesson's cells; grading puts them back, and a check that is gone.
c.LockCells.lock_readonly_cells = False
c.OverwriteCells.add_missing_cells = True


class PutBackAnswers(preprocessors.NbGraderPreprocessor):
    """An answer that was deleted comes back empty: nbgrader puts a check only behind its answer."""

    def preprocess(self, nb, resources):
        """Append the cells that are missing; nbgrader calls this."""
        there = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as book:
            known = book.find_notebook(about["notebook"], about["assignment"]).solution_cells
            names = [cell.name for cell in known if cell.name not in there]
        for name in names:
            marks = {"grade_id": name, "grade": False, "locked": False, "solution": True}
            marks |= {"task": False, "schema_version": 3}
            nb.cells.append(new_code_cell("", metadata={"nbgrader": marks}))
        return nb, resources


c.Autograde.sanitize_preprocessors = [
    preprocessors.ClearOutput,
    preprocessors.DeduplicateIds,
    preprocessors.OverwriteKernelspec,
    PutBackAnswers,
    preprocessors.OverwriteCells,
    preprocessors.CheckCellMetadata,
]

c.Execute.timeout = 120  # seconds for a cell; a check ends far earlier by itself
c.Execute.interrupt_on_timeout = True
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:",
    "--IPKernelApp.log_level=CRITICAL",  # no line about TCP for every student
]
'''

README = """\
This folder is a course for nbgrader: call it in here, in an activated environment that holds \
nbgrader and msgan_lessons.
`nbgrader generate_assignment {first}` writes what students get, release/{first}.
Put each submission at submitted/STUDENT/{first}/{first}.ipynb, and `nbgrader autograde {first}` \
grades them all.
`nbgrader export` writes the marks as a table, and `nbgrader generate_feedback {first}` what \
students read.
A function counts 2 points and a value 1.
As always with nbgrader, a check runs in the same kernel as the student's code: what replaces the \
check itself earns points until a person reads it.
"""


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
    (folder / "nbgrader_config.py").write_text(CONFIG, "utf-8")
    (folder / "README.md").write_text(README.format(first=lessons[0].name), "utf-8")
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
