"""nbgrader's own commands release and grade the course; every class has a student of each kind."""

import copy
import csv
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from msgan_lessons.__main__ import main
from msgan_lessons.editions.nbgrader import GOES_ON, assignment
from msgan_lessons.editions.source import student_notebook
from msgan_lessons.runs.lessons import find_lessons

LESSONS = {lesson.name: lesson for lesson in find_lessons()}
GRADED = "05_minimax"
FULL = 4.0
MARKS = {  # what each student of GRADED deserves
    "right": FULL,  # and writes to stderr
    "wrong": 0.0,  # or not yet there
    "hostile": 1.0,  # an answer that raises, one that loops for ever, a right one between them
    "tampering": 0.0,  # checks rewritten to pass, worth a hundred points
    "tearing": 3.0,  # a check deleted, and an answer deleted with its check
}


class Course:
    """An exported course, and nbgrader at its own place."""

    def __init__(self, folder) -> None:
        self.folder = folder
        home = folder.parent / "home"
        home.mkdir(exist_ok=True)
        places = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
        own = dict.fromkeys((*places, "IPYTHONDIR", "MSGAN_HOME"), str(home))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MSGAN_", "NBGRADER"))}
        beside = str(Path(sys.executable).parent)  # nbgrader calls alembic by its bare name
        self.environment = {**kept, **own, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}

    def call(self, *words) -> str:
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stderr

    def read(self, step, name):
        return nbformat.read(self.folder / step / name / f"{name}.ipynb", 4)

    def submit(self, student, name, notebook) -> None:
        place = self.folder / "submitted" / student / name
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{name}.ipynb")


def name_of(cell) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def answered(released, answers):
    """Return a submission: the released notebook with the answers, each by its cell's name."""
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        cell.source = answers.get(name_of(cell), cell.source)
    return notebook


def without(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if name_of(cell) not in names]
    return notebook


def tampered(released):
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if name_of(cell).startswith("check-"):
            cell.source = "pass"
            cell.metadata.nbgrader.points = 100
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "course"
    assert main(["export", "nbgrader", str(folder), "5", "--exercises-only"]) == 0
    course = Course(folder)
    course.call("generate_assignment", GRADED)
    return course


def solved(course) -> dict[str, str]:
    cells = course.read("source", GRADED).cells
    return {name_of(c): c.source for c in cells if c.metadata.nbgrader.solution}


@pytest.fixture(scope="module")
def marks(course):
    """Marks by student, as nbgrader exports them."""
    released, right = course.read("release", GRADED), solved(course)
    warn = '\n\n\ndef warn():\n    import sys, warnings\n\n    warnings.warn("hm")\n'
    loud = right["answer-05-3"].replace("    return", "    warn()\n    return")
    answers = {
        "right": right | {"answer-05-3": loud + warn + '    print("hm", file=sys.stderr)'},
        "wrong": {
            "answer-05-1": "my_value_when_nothing_is_shared = -1.386",
            "answer-05-3": "def my_value(d_real, d_fake):\n    return d_real.mean()",
        },
        "hostile": {
            "answer-05-1": "1 / 0",
            "answer-05-2": right["answer-05-2"],
            "answer-05-3": "def my_value(d_real, d_fake):\n    while True:\n        pass",
        },
    }
    for student, own in answers.items():
        course.submit(student, GRADED, answered(released, own))
    course.submit("tampering", GRADED, tampered(released))
    torn = without(answered(released, right), "check-05-1", "answer-05-2", "check-05-2")
    course.submit("tearing", GRADED, torn)
    course.call("autograde", GRADED)
    course.call("export", "--to", "marks.csv")
    with (course.folder / "marks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {float(row["max_score"]) for row in rows} == {FULL}
    return {row["student_id"]: float(row["score"]) for row in rows}


def test_what_is_released_is_the_lessons_own_stub_without_its_solution(course):
    own = student_notebook(LESSONS[GRADED]).cells
    stubs = [c.source for c in own if "exercises.check(" in c.source]
    released = course.read("release", GRADED).cells
    answers = [c.source for c in released if c.metadata.nbgrader.solution]
    bare = [["\n".join(filter(None, x.splitlines())) for x in some] for some in (answers, stubs)]
    assert bare[0] == bare[1]
    text = "\n".join(c.source for c in released)
    assert "SOLUTION" not in text
    for source in solved(course).values():
        solution = source.split("### BEGIN SOLUTION\n")[1].split("### END SOLUTION")[0]
        assert solution.strip() not in text


def test_checks_are_locked_and_all_else_but_answers_is_read_only(course):
    for cell in course.read("release", GRADED).cells:
        kind = name_of(cell).split("-")[0]
        assert cell.metadata.nbgrader.locked == (kind != "answer")
        assert cell.metadata.nbgrader.grade == (kind == "check")
        assert cell.metadata.get("deletable", True) == (kind not in ("answer", "check"))
        assert (GOES_ON in cell.metadata.get("tags", [])) == (kind == "check")


def test_a_submission_gets_the_marks_it_deserves(marks):
    assert marks == MARKS


def test_a_student_reads_a_sentence_and_not_only_an_error(course, marks):
    path = course.folder / "autograded" / "hostile" / GRADED / f"{GRADED}.ipynb"
    cells = {name_of(c): c for c in nbformat.read(path, 4).cells}
    said = "".join(o.get("text", "") for o in cells["check-05-3"].outputs)
    assert "does a loop never stop?" in said


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_assignment_keeps_nbgraders_rules_and_the_whole_lesson_unless_left_out(lesson):
    whole, short = (assignment(LESSONS[lesson], exercises_only=only) for only in (False, True))
    for notebook in (whole, short):
        nbformat.validate(notebook)
        marks = [cell.metadata.nbgrader for cell in notebook.cells]
        assert len({m.grade_id for m in marks}) == len(marks)
        assert [m.points for m in marks if m.grade] == [
            2 if "def " in a.source else 1 for a in notebook.cells if a.metadata.nbgrader.solution
        ]
        pairs = [(a, b) for a, b in pairwise(marks) if a.solution]
        assert len(pairs) == 3
        assert all(
            b.grade and b.grade_id == a.grade_id.replace("answer", "check") for a, b in pairs
        )
    own = student_notebook(LESSONS[lesson]).cells
    kept = [c.source for c in whole.cells if name_of(c).startswith("lesson-")]
    assert kept == [c.source for c in own if "exercises.check(" not in c.source]
    assert len(short.cells) < len(whole.cells)
