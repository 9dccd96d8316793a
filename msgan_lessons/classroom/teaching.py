"""Teaching notes beside a notebook: read, checked, with the recorded range of each number."""

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.runs.lessons import FILE_NAME
from msgan_lessons.runs.parameters import nearest, shown


@dataclass(frozen=True)
class Question:
    """A question of the self-test."""

    ask: str
    right: str  # the right answer
    because: str  # why it is right
    reveals: str  # the misconception behind a wrong answer, in a student's words
    wrong: Mapping[str, str]  # wrong answer to why it is wrong; at least two

    @property
    def answers(self) -> dict[str, str]:
        """All answers, the right one first, each with its explanation."""
        return {self.right: self.because, **self.wrong}


@dataclass(frozen=True)
class ExpectedFigure:
    """What a teacher should see on the screen."""

    section: str  # a heading of the lesson
    expect: str  # what is seen, and what may differ
    metric: str = ""  # a name in the run's metrics.json; empty where no number goes with it


@dataclass(frozen=True)
class TeachingNotes:
    """What a teacher needs to know of a lesson."""

    lesson: str  # its name
    prerequisites: tuple[str, ...]  # lessons on which it builds directly
    needs: tuple[str, ...]  # what it needs from outside the course
    minutes: Mapping[str, int]  # heading to minutes in class, in the order of the lesson
    questions: tuple[Question, ...]  # of the self-test
    figures: tuple[ExpectedFigure, ...]  # in the order of the file
    part: str = ""  # the part of the course that begins with this lesson; empty where none does


def check_keys(
    table: Mapping, required: Sequence[str], where: str, optional: Sequence[str] = ()
) -> None:
    """Refuse a table with a key that is unknown, or without one that must be there."""
    for key in table:
        if key not in (*required, *optional):
            hint = nearest(key, [*required, *optional])
            raise ValueError(f"{where} has the unknown key {shown(key)}{hint}")
    if missing := [key for key in required if key not in table]:
        raise ValueError(f"{where} must have the key {missing[0]!r}")


def check_heading(name: str, known: Sequence[str], where: str) -> None:
    """Refuse what is no heading of the lesson."""
    if name not in known:
        hint = nearest(name, known)
        raise ValueError(f"{where} must be a heading of the lesson, got {shown(name)}{hint}")


def check_tables(value: object, name: str) -> list[dict]:
    """Return the tables of an array of tables, at least one."""
    if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
        raise ValueError(f"{name} must be tables, each under [[{name}]], at least one")
    return value


def check_texts(value: object, name: str, *, distinct: bool = True) -> list[str]:
    """Return a list of texts; distinct: they differ beyond case, spaces and the last dot."""
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list of texts, got {shown(value)}")
    for text in value:
        check_text(text, name)
    same = [" ".join(text.casefold().split()).rstrip(".") for text in value]
    if distinct and (twice := [t for t, s in zip(value, same, strict=True) if same.count(s) > 1]):
        raise ValueError(f"{name} must differ, got {shown(twice[-1])} twice")
    return value


def check_text(value: object, name: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text, got {shown(value)}")
    return value


def ended(sentence: str) -> str:
    """End a sentence with a dot, unless it has an end."""
    return sentence if sentence.endswith((".", "?")) else f"{sentence}."


FEWEST = 3  # questions of a self-test
LONGEST = 240  # minutes for one heading
KEYS = ("prerequisites", "needs", "minutes", "question", "figure")


def teaching_folder() -> Path:
    """Return the folder with the teaching notes; it may not exist."""
    return notebooks_folder() / "teaching"


def headings(lesson: str) -> tuple[str, ...]:
    """Return the headings of a lesson's notebook, in order."""
    path = notebooks_folder() / f"{lesson}.ipynb"
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the notebook of {lesson} is missing or damaged.") from error
    return tuple(re.findall(r"^## +(.+?) *$", "\n".join(texts), re.M))


def read_teaching(lesson: str) -> TeachingNotes:
    """Read the teaching notes of a lesson."""
    lessons = [p.stem for p in notebooks_folder().glob("*.ipynb") if FILE_NAME.fullmatch(p.name)]
    if lesson not in lessons:
        hint = nearest(lesson, lessons)
        raise ValueError(f"lesson must be the name of a lesson, got {ended(shown(lesson) + hint)}")
    path = teaching_folder() / f"{lesson}.toml"
    if not path.is_file():
        raise FileNotFoundError(f"the lesson {lesson} has no teaching notes ({path.name}).")
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        check_keys(content, KEYS, "the file", optional=("part",))
        return TeachingNotes(
            lesson,
            _prerequisites(content["prerequisites"], lesson, lessons),
            tuple(check_texts(content["needs"], "needs")),
            _minutes(content["minutes"], headings(lesson)),
            _questions(check_tables(content["question"], "question")),
            _figures(check_tables(content["figure"], "figure"), headings(lesson)),
            check_text(content["part"], "part") if "part" in content else "",
        )
    except ValueError as error:  # TOML's own errors are ValueErrors too
        raise ValueError(f"{path.name}: {ended(str(error))}") from error


def parts(lessons: Iterable[str], default: str) -> dict[str, str]:
    """Return the part of the course in which each lesson stands."""
    found, part = {}, default
    for lesson in lessons:
        with suppress(FileNotFoundError):
            part = read_teaching(lesson).part or part
        found[lesson] = part
    return found


def check_circles(notes: Iterable[TeachingNotes]) -> None:
    """Refuse prerequisites that lead back to where they began."""
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


@dataclass(frozen=True)
class Band:
    """The range of a number over seeds."""

    low: float  # the smallest and the largest value that was seen; another seed may lie outside
    high: float
    seeds: tuple[int, ...]  # that were played

    def __str__(self) -> str:
        ends = f"{self.low:.3g}" if self.low == self.high else f"{self.low:.3g} to {self.high:.3g}"
        word = "seeds" if len(self.seeds) > 1 else "seed"
        return f"{ends} ({word} {', '.join(map(str, self.seeds))})"


def band(lesson: str, metric: str) -> Band | None:
    """Return the recorded band of a number; None where nothing was recorded."""
    values = shipped.content("bands")["lessons"].get(lesson, {}).get(metric, {})
    numbers = list(values.values())
    return Band(min(numbers), max(numbers), tuple(map(int, values))) if numbers else None


def measured() -> str:
    """Say in a sentence where the bands were measured."""
    return shipped.content("bands")["measured"]


def number_at(metrics: Mapping, metric: str) -> float:
    """Find a number in a run's metrics by keys joined with dots: 'frechet.dcgan.0'."""
    found = metrics
    for key in metric.split("."):
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, ValueError, IndexError, TypeError):
            raise KeyError(f"metrics hold no {metric!r}: {key!r} is not there.") from None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise KeyError(f"{metric!r} is no number.")
    return found
