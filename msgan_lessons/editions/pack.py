"""The instructor's pack: a page for each lesson, answer key and plans, to edit and to read."""

import ast
import html
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import nbformat

from msgan_lessons.base.pages import render
from msgan_lessons.classroom.exercises import Value
from msgan_lessons.classroom.guesses import read_guess
from msgan_lessons.classroom.teaching import (
    TeachingNotes,
    band,
    check_circles,
    measured,
    read_teaching,
)
from msgan_lessons.editions.plans import (
    CORE,
    EXPLORE,
    HOMEWORK,
    day_plan,
    semester_plan,
)
from msgan_lessons.editions.source import find_stubs, read_notebook, solution_of, typed
from msgan_lessons.runs.html import markdown_to_html
from msgan_lessons.runs.lessons import Lesson, find_lessons

SIGNS = re.compile(r"([*<$|])")
CODE = re.compile(r"(`[^`]*`)")


def plain(text: str) -> str:
    r"""Write a plain text so that Markdown shows it as it is; what stands in backticks is code."""
    parts = CODE.split(" ".join(text.split()))
    return "".join(p if p.startswith("`") else SIGNS.sub(r"\\\1", p) for p in parts)


def begun(text: str) -> str:
    """Begin a sentence with a capital letter, unless it begins with a symbol: x, p_data."""
    first = text.split(" ", 1)[0].rstrip(",.:;")
    is_word = first.isalpha() and (len(first) > 1 or first == "a")
    return text[:1].upper() + text[1:] if is_word else text


HEADING = re.compile(r"^## +(.+?) *$", re.M)
FIGURE = re.compile(r"<figure\b.*?</figure>", re.S)
ITEM = re.compile(r"^(\d+)\. +(.*(?:\n(?: +\S.*|\s*$(?=\n +\S)))*)", re.M)


def exercise_texts(notebook: nbformat.NotebookNode) -> dict[int, str]:
    """Return the questions of the exercises, by their number in the lesson."""
    text = "\n".join(_texts(notebook, "Exercises"))
    return {int(n): " ".join(question.split()) for n, question in ITEM.findall(text)}


def summary_points(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the points of the summary."""
    text = "\n".join(_texts(notebook, "Summary"))
    return [" ".join(p.split()) for p in re.findall(r"^- +(.*(?:\n +\S.*)*)", text, re.M)]


def lead_words(notebook: nbformat.NotebookNode, begin: str) -> str:
    """Return the line of the lesson's first cell that begins so; empty: none does."""
    lines = notebook.cells[0].source.splitlines() if notebook.cells else []
    return next((line.strip() for line in lines if line.startswith(begin)), "")


def figures_of(notebook: nbformat.NotebookNode, section: str) -> list[str]:
    """Return the figures that a section has stored, each a `<figure>` that needs no other file."""
    found = []
    for heading, cell in _cells(notebook):
        if heading == section and cell.cell_type == "code":
            for output in cell.get("outputs", []):
                found += FIGURE.findall("".join(output.get("data", {}).get("text/html", "")))
    return found


def named_in_prose(lesson: Lesson, notebook: nbformat.NotebookNode) -> set[str]:
    """Return the parameters that a lesson's text names as code."""
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


HELPER = re.compile(r"(?<![\w.])_[a-z]\w*")  # a name of the bank's own


@dataclass(frozen=True)
class Answer:
    """An exercise as the answer key shows it."""

    number: str
    question: str
    solution: str  # code
    because: str  # of a value: why it is right
    laws: tuple[str, ...]  # of a function: what the check says where one fails
    wrong: tuple[tuple[str, str], ...]  # code of a wrong answer, or nothing, and what to say


def answers(notebook: nbformat.NotebookNode, lesson: str) -> list[Answer]:
    """Return the exercises of a lesson with their answers."""
    questions, found = exercise_texts(notebook), []
    for stub in find_stubs(notebook, lesson):
        entry = stub.entry
        if isinstance(entry, Value):
            wrong = [(f"`{typed(answer)}`: ", hint) for answer, hint in entry.hints.items()]
        else:
            wrong = [(_code(mistake), hint) for hint, mistake in entry.mistakes.items()]
        question = questions.get(int(stub.number.rpartition(".")[2]), "")
        because, laws = getattr(entry, "because", ""), tuple(getattr(entry, "laws", ()))
        solution = solution_of(stub, notebook)
        found.append(Answer(stub.number, question, solution, because, laws, tuple(wrong)))
    return found


def _code(mistake: Callable) -> str:
    """Return a mistake as code where the bank writes it in one expression, without helpers."""
    if getattr(mistake, "__name__", "") != "<lambda>":
        return ""
    module, line = mistake.__module__, mistake.__code__.co_firstlineno
    found = [text for at, text in _lambdas(module) if at == line]
    return f"`{found[0]}`: " if len(found) == 1 and not HELPER.search(found[0]) else ""


@cache
def _lambdas(module: str) -> list[tuple[int, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return [(n.lineno, ast.unparse(n)) for n in ast.walk(tree) if isinstance(n, ast.Lambda)]


def lesson_page(
    lesson: Lesson,
    notebook: nbformat.NotebookNode,
    notes: TeachingNotes,
    titles: Mapping[str, str],  # of all lessons
    everywhere: Collection[str],  # parameters of nearly all lessons: shown only where named
    *,
    marks: bool = False,  # whether a line stands where the figures of a heading belong
) -> str:
    """Write what an instructor needs for one lesson."""
    bands = {f.metric: band(lesson.name, f.metric) if f.metric else None for f in notes.figures}
    named = named_in_prose(lesson, notebook)
    own = [p for p in lesson.parameters if p.name in named or p.name not in everywhere]
    return _markdown(
        "lesson", lesson=lesson, notes=notes, titles=titles, marks=marks, bands=bands, own=own,
        run_time=lead_words(notebook, "Run time"), guess=read_guess(lesson.path),
        exercises=answers(notebook, lesson.name),
        measured=measured() if any(bands.values()) else "",
        common=[p for p in lesson.parameters if p not in own],
    )  # fmt: skip


def plans_page(
    notes: Sequence[TeachingNotes],
    titles: Mapping[str, str],
    points: Mapping[str, Sequence[str]],  # of each lesson's summary
    weeks: int,
    minutes: int,
    day_minutes: int,
) -> str:
    """Write the plan of a semester and that of a day, with the rules by which they were made."""
    here = {one.lesson for one in notes}
    missing = sorted({name for one in notes for name in one.prerequisites} - here)
    return _markdown(
        "plans", semester=semester_plan(notes, weeks, minutes), points=points, titles=titles,
        day=day_plan(notes, day_minutes, minutes), missing=missing, weeks=weeks, minutes=minutes,
        day_minutes=day_minutes, homework=HOMEWORK, core=CORE, explore=EXPLORE,
    )  # fmt: skip


def _markdown(page: str, **values: object) -> str:
    """Fill one of the templates of the pack."""
    return render(f"pack_{page}.md.j2", plain=plain, begun=begun, **values).rstrip() + "\n"


MARK = re.compile(r"<p>FIGURES ([^<]*)</p>")
FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)


@dataclass(frozen=True)
class Part:
    """A page of the pack."""

    name: str  # its anchor
    text: str  # Markdown; a paragraph 'FIGURES heading' stands for the figures of that heading
    figures: Mapping[str, Sequence[str]] = field(default_factory=dict)  # heading to figures, HTML


def pack_page(title: str, index: str, parts: Sequence[Part]) -> str:
    """Write all parts on one page."""
    texts = [(p.name, _figures_inside(_html(_lower(p.text)), p.figures)) for p in parts]
    return render("pack.html.j2", title=title, index=_html(index), parts=texts)


def _html(text: str) -> str:
    page = markdown_to_html(text)
    opening = '<div class="wide" tabindex="0" role="group" aria-label="table"><table>'
    page = page.replace("<table>", opening).replace("</table>", "</table></div>")
    return page.replace("<pre>", '<pre tabindex="0">')  # what scrolls is reached by keyboard


def _lower(text: str) -> str:
    """Set each heading one level lower: on the page they stand below one title."""
    parts = FENCE.split(text)
    return "".join(
        p if p.startswith("```") else re.sub(r"^(#+ )", r"#\1", p, flags=re.M) for p in parts
    )


def _figures_inside(page: str, figures: Mapping[str, Sequence[str]]) -> str:
    def found(match: re.Match) -> str:
        inside = "".join(figures.get(html.unescape(match.group(1)), ()))
        return f'<div class="figures">{inside}</div>'

    return MARK.sub(found, page)


WEEKS, MINUTES, DAY_MINUTES = 14, 90, 360
NEARLY_ALL = 0.75  # of the lessons: a parameter that so many have is no lesson's own
PAGE, KEY, PLANS, INDEX = "pack.html", "answer_key.md", "plans.md", "README.md"


def write_pack(lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]) -> list[str]:
    """Write the instructor's pack; an option that is missing or 0 has the value above."""
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
        parts.append(Part(lesson.name, lesson_page(*own, marks=True), figures))
    keys = {name: answers(book, name) for name, book in books.items()}
    index = partial(_markdown, "index", lessons=list(zip(lessons, notes, strict=True)),
                    plans=PLANS, key=KEY)  # fmt: skip
    _write(folder / INDEX, index(here=False))
    _write(folder / KEY, _markdown("key", lessons=lessons, exercises=keys))
    _write(folder / PLANS, plans)
    _write(folder / PAGE, pack_page("The instructor's pack", index(here=True), parts))
    return [
        f"{PAGE}: everything on one page, to read",
        f"{INDEX}, {PLANS}, {KEY} and lessons/ with {len(lessons)} pages, to edit",
    ]


def _shared(lessons: Sequence[Lesson]) -> set[str]:
    """Return the parameters that nearly all lessons have."""
    names = [p.name for lesson in lessons for p in lesson.parameters]
    return {name for name in names if names.count(name) >= NEARLY_ALL * len(lessons)}


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
