"""The teaching notes of a lesson: notebooks/teaching/NN_name.toml, read strictly."""

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.classroom.teaching_rules import (
    check_heading,
    check_keys,
    check_tables,
    check_text,
    check_texts,
    ended,
)
from msgan_lessons.classroom.teaching_types import ExpectedFigure, Question, TeachingNotes
from msgan_lessons.runs.lessons import FILE_NAME
from msgan_lessons.runs.parameters import nearest, shown

__all__ = [
    "ExpectedFigure",
    "Question",
    "TeachingNotes",
    "check_circles",
    "headings",
    "read_teaching",
    "teaching_folder",
]

FEWEST = 3  # questions of a self-test
LONGEST = 240  # minutes for one heading
KEYS = ("prerequisites", "needs", "minutes", "question", "figure")


def teaching_folder() -> Path:
    """Return the folder with the teaching notes; it may not exist.

    Returns
    -------
    Path
    """
    return notebooks_folder() / "teaching"


def headings(lesson: str) -> tuple[str, ...]:
    """Return the headings of a lesson's notebook, in order.

    Parameters
    ----------
    lesson : str
        Its name.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If the notebook is damaged.
    """
    path = notebooks_folder() / f"{lesson}.ipynb"
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the notebook of {lesson} is missing or damaged.") from error
    return tuple(re.findall(r"^## +(.+?) *$", "\n".join(texts), re.M))


def read_teaching(lesson: str) -> TeachingNotes:
    """Read the teaching notes of a lesson.

    Parameters
    ----------
    lesson : str
        Its name, as in '05_minimax'.

    Returns
    -------
    TeachingNotes

    Raises
    ------
    FileNotFoundError
        If there are none.
    ValueError
        If there is no such lesson, or something in the file does not fit.
    """
    lessons = [p.stem for p in notebooks_folder().glob("*.ipynb") if FILE_NAME.fullmatch(p.name)]
    if lesson not in lessons:
        hint = nearest(lesson, lessons)
        raise ValueError(f"lesson must be the name of a lesson, got {ended(shown(lesson) + hint)}")
    path = teaching_folder() / f"{lesson}.toml"
    if not path.is_file():
        raise FileNotFoundError(f"the lesson {lesson} has no teaching notes ({path.name}).")
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        check_keys(content, KEYS, "the file")
        return TeachingNotes(
            lesson,
            _prerequisites(content["prerequisites"], lesson, lessons),
            tuple(check_texts(content["needs"], "needs")),
            _minutes(content["minutes"], headings(lesson)),
            _questions(check_tables(content["question"], "question")),
            _figures(check_tables(content["figure"], "figure"), headings(lesson)),
        )
    except ValueError as error:  # TOML's own errors are ValueErrors too
        raise ValueError(f"{path.name}: {ended(str(error))}") from error


def check_circles(notes: Iterable[TeachingNotes]) -> None:
    """Refuse prerequisites that lead back to where they began.

    Parameters
    ----------
    notes : iterable of TeachingNotes
        Of all lessons that are looked at.

    Raises
    ------
    ValueError
        If there is a circle; the sentence names its lessons.
    """
    graph = {n.lesson: n.prerequisites for n in notes}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise ValueError(f"prerequisites must not lead in a circle, got {circle}.") from error


def _prerequisites(value: object, lesson: str, lessons: Collection[str]) -> tuple[str, ...]:
    for name in (found := check_texts(value, "prerequisites")):
        if name == lesson:
            raise ValueError("prerequisites must be other lessons, got the lesson itself")
        if name not in lessons:
            hint = nearest(name, lessons)
            raise ValueError(f"prerequisites must be lessons, got {shown(name)}{hint}")
    return tuple(found)


def _minutes(value: object, known: Sequence[str]) -> dict[str, int]:
    if not isinstance(value, dict) or not value:
        raise ValueError("minutes must be a table of heading to minutes")
    for heading, minutes in value.items():
        check_heading(heading, known, "minutes")
        if type(minutes) is not int or not 1 <= minutes <= LONGEST:
            allowed = f"a whole number from 1 to {LONGEST}"
            raise ValueError(f"minutes of {heading!r} must be {allowed}, got {shown(minutes)}")
    return {heading: value[heading] for heading in known if heading in value}


def _questions(tables: Sequence[dict]) -> tuple[Question, ...]:
    found = []
    for i, table in enumerate(tables, start=1):
        where = f"question {i}"
        check_keys(table, ("ask", "right", "because", "reveals", "wrong"), where)
        wrong = table["wrong"]
        if not isinstance(wrong, dict) or len(wrong) < 2:
            raise ValueError(f"{where} must have at least two wrong answers, each explained")
        check_texts(list(wrong.values()), f"wrong of {where}", distinct=False)
        answers = [table["right"], *wrong]
        check_texts(answers, f"the answers of {where}")
        told = {
            k: check_text(table[k], f"{k} of {where}")
            for k in ("ask", "right", "because", "reveals")
        }
        found.append(Question(**told, wrong=wrong))
    if len(found) < FEWEST:
        raise ValueError(f"question must be given at least {FEWEST} times, got {len(found)}")
    check_texts([q.ask for q in found], "the questions")
    return tuple(found)


def _figures(tables: Sequence[dict], known: Sequence[str]) -> tuple[ExpectedFigure, ...]:
    for i, table in enumerate(tables, start=1):
        check_keys(table, ("section", "expect"), f"figure {i}", optional=("metric",))
        for key, value in table.items():
            check_text(value, f"{key} of figure {i}")
        check_heading(table["section"], known, f"section of figure {i}")
    return tuple(ExpectedFigure(**table) for table in tables)
