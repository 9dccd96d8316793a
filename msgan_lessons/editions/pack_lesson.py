"""The page of a lesson in the instructor's pack."""

from collections.abc import Callable, Collection, Mapping

import nbformat

from msgan_lessons.classroom.guesses import read_guess
from msgan_lessons.classroom.teaching import ExpectedFigure, Question, TeachingNotes, band, measured
from msgan_lessons.editions.pack_answers import answers
from msgan_lessons.editions.pack_sources import lead_words, named_in_prose
from msgan_lessons.editions.pack_words import begun, plain, table
from msgan_lessons.runs.lessons import Lesson

__all__ = ["lesson_page"]


def lesson_page(
    lesson: Lesson,
    notebook: nbformat.NotebookNode,
    notes: TeachingNotes,
    titles: Mapping[str, str],
    everywhere: Collection[str],
    picture: Callable[[str], str] = lambda section: "",
) -> str:
    """Write what an instructor needs for one lesson.

    Parameters
    ----------
    lesson : Lesson
        Which.
    notebook : NotebookNode
        Its cells.
    notes : TeachingNotes
        Its teaching notes.
    titles : mapping
        Name of a lesson to its title.
    everywhere : collection of str
        Parameters that nearly all lessons have; not shown unless the lesson's text names them.
    picture : callable
        A heading to what is set below the figures to expect there.

    Returns
    -------
    str
        Markdown.
    """
    needs = [f"lesson {name[:2]}, {titles.get(name, name)}" for name in notes.prerequisites]
    parts = [
        f"# {lesson.name[:2]} · {lesson.title}",
        f"**Question.** {lesson.question}",
        f"Document: {lesson.document}.",
        lead_words(notebook, "Run time"),
        "## What it builds on",
        "\n".join(f"- {plain(need)}" for need in (*needs, *notes.needs)) or "Nothing.",
        "## Minutes in class",
        _minutes(notes),
        *_guess(lesson),
        "## Misconceptions, and the questions that reveal them",
        *(part for question in notes.questions for part in _misconception(question)),
        "## Exercises with answers",
        answers(notebook, lesson.name),
        "## What to expect on the screen",
        *_figures(notes, picture),
        "## Parameters worth changing in class",
        _parameters(lesson, named_in_prose(lesson, notebook), everywhere),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _minutes(notes: TeachingNotes) -> str:
    rows = [[section, str(minutes)] for section, minutes in notes.minutes.items()]
    total = f"**{sum(notes.minutes.values())}**"
    return table(["section", "minutes"], [*rows, ["**together**", total]])


def _guess(lesson: Lesson) -> list[str]:
    asked = read_guess(lesson.path)
    if asked is None:
        return []
    choices = [f"- **{plain(c)}** (seen)" if c == asked.answer else f"- {plain(c)}"
               for c in asked.choices]  # fmt: skip
    told = f"In the stored run: {plain(asked.because)}" if asked.answer and asked.because else ""
    return ["## The guess", plain(asked.question), "\n".join(choices), told]


def _misconception(question: Question) -> list[str]:
    wrong = [f'- "{plain(a)}": {plain(why)}' for a, why in question.wrong.items()]
    return [
        f'### "{plain(question.reveals)}"',
        f"Ask: {plain(question.ask)}",
        f"Right: **{plain(question.right)}**. {plain(begun(question.because))}",
        "Wrong answers, and what to say:",
        "\n".join(wrong),
    ]


def _figures(notes: TeachingNotes, picture: Callable[[str], str]) -> list[str]:
    parts = []
    for section in dict.fromkeys(figure.section for figure in notes.figures):
        here = [figure for figure in notes.figures if figure.section == section]
        told = [f"- {plain(figure.expect)}{_band(notes.lesson, figure)}" for figure in here]
        parts += [f"### {section}", "\n".join(told), picture(section)]
    if any(_band(notes.lesson, figure) for figure in notes.figures):
        parts.append(f"The bands over seeds were measured with {plain(measured())}.")
    return parts


def _band(lesson: str, figure: ExpectedFigure) -> str:
    found = band(lesson, figure.metric) if figure.metric else None
    return f" `{figure.metric}`: {found}." if found else ""


def _parameters(lesson: Lesson, named: Collection[str], everywhere: Collection[str]) -> str:
    shown = [p for p in lesson.parameters if p.name in named or p.name not in everywhere]
    rest = ", ".join(f"`{p.name}`" for p in lesson.parameters if p not in shown)
    rows = [[f"`{p.name}`", f"`{p.default!r}`", plain(p.meaning), plain(p.allowed)] for p in shown]
    note = f"How much is computed, as in other lessons: {rest}." if rest else ""
    return "\n\n".join(
        [*([table(["name", "default", "meaning", "allowed"], rows)] if rows else []), note]
    )
