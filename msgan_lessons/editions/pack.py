"""The instructor's pack: a page for each lesson, answer key and plans, to edit and to read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat

from msgan_lessons.classroom.teaching import TeachingNotes, check_circles, read_teaching
from msgan_lessons.editions.pack_answers import answers
from msgan_lessons.editions.pack_lesson import lesson_page
from msgan_lessons.editions.pack_page import Part, pack_page
from msgan_lessons.editions.pack_plans import plans_page
from msgan_lessons.editions.pack_sources import figures_of, summary_points
from msgan_lessons.editions.pack_words import table
from msgan_lessons.editions.source import read_notebook
from msgan_lessons.runs.lessons import Lesson, find_lessons

__all__ = ["WEEKS", "write_pack"]

WEEKS, MINUTES, DAY_MINUTES = 14, 90, 360
NEARLY_ALL = 0.75  # of the lessons: a parameter that so many have is no lesson's own
PAGE, KEY, PLANS, INDEX = "pack.html", "answer_key.md", "plans.md", "README.md"


def write_pack(lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]) -> list[str]:
    """Write the instructor's pack.

    Parameters
    ----------
    lessons, folder, options
        As for `table.Edition`; 'weeks' and 'session_minutes' of the semester, 'day_minutes' of the
        day; what is missing or 0 is 14, 90 and 360.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If teaching notes do not fit, the exercise bank holds no solution, or a plan is impossible.
    FileNotFoundError
        If a lesson has no teaching notes.
    """
    everything = find_lessons()
    titles = {one.name: one.title for one in everything}
    shared = _shared(everything)
    notes = [read_teaching(lesson.name) for lesson in lessons]
    check_circles(notes)
    books = {lesson.name: read_notebook(lesson.path) for lesson in lessons}
    points = {name: summary_points(book) for name, book in books.items()}
    plans = plans_page(
        notes, titles, points, options.get("weeks") or WEEKS,
        options.get("session_minutes") or MINUTES, options.get("day_minutes") or DAY_MINUTES,
    )  # fmt: skip
    parts = [Part("plans", plans)]
    (folder / "lessons").mkdir()
    for lesson, note in zip(lessons, notes, strict=True):
        book = books[lesson.name]
        own = (lesson, book, note, titles, shared)
        _write(folder / "lessons" / f"{lesson.name}.md", lesson_page(*own))
        figures = {section: figures_of(book, section) for section in note.minutes}
        parts.append(Part(lesson.name, lesson_page(*own, picture=_mark), figures))
    _write(folder / INDEX, _index(lessons, notes))
    _write(folder / KEY, _key(lessons, books))
    _write(folder / PLANS, plans)
    _write(folder / PAGE, pack_page("The instructor's pack", _index(lessons, notes, "#"), parts))
    return [
        f"{PAGE}: everything on one page, to read",
        f"{INDEX}, {PLANS}, {KEY} and lessons/ with {len(lessons)} pages, to edit",
    ]


def _mark(section: str) -> str:
    return f"FIGURES {section}"


def _index(lessons: Sequence[Lesson], notes: Sequence[TeachingNotes], to: str = "") -> str:
    """The contents; `to` is '#' where all is on one page."""
    rows = []
    for lesson, note in zip(lessons, notes, strict=True):
        link = f"#{lesson.name}" if to else f"lessons/{lesson.name}.md"
        builds = ", ".join(name[:2] for name in note.prerequisites) or "–"
        minutes = str(sum(note.minutes.values()))
        rows.append(
            [f"[{lesson.name[:2]} {lesson.title}]({link})", lesson.question, builds, minutes]
        )
    plans, key = (
        ("#plans", "") if to else (PLANS, f" The [answer key]({KEY}) alone is for grading.")
    )
    parts = [
        "# The instructor's pack",
        f"The [plans]({plans}) lay the lessons out over a semester and over a day.{key} "
        "Each lesson has a page: minutes, the guess, misconceptions, answers, what to expect.",
        table(["lesson", "question", "builds on", "minutes"], rows),
        "## In class",
        "Minutes are for a class that talks, without the time that a slow machine needs.\n"
        "Have each student run `msgan doctor` before the first session.\n"
        "Let everybody lock a guess before the experiment runs: `widgets.reveal` shows nothing "
        "until then.\n"
        "To show what the class guessed, have students run `msgan guesses --out guesses.json` and "
        "hand the file in; `msgan guesses show FOLDER` draws a histogram for each lesson.\n"
        "The file holds lesson, question, guess and a random token, no name and no time.",
    ]
    return "\n\n".join(parts) + "\n"


def _key(lessons: Sequence[Lesson], books: Mapping[str, nbformat.NotebookNode]) -> str:
    parts = ["# Answer key"]
    for lesson in lessons:
        parts.append(f"## {lesson.name[:2]} · {lesson.title}")
        parts.append(answers(books[lesson.name], lesson.name))
    return "\n\n".join(parts) + "\n"


def _shared(lessons: Sequence[Lesson]) -> set[str]:
    """Return the parameters that nearly all lessons have."""
    names = [p.name for lesson in lessons for p in lesson.parameters]
    return {name for name in names if names.count(name) >= NEARLY_ALL * len(lessons)}


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
