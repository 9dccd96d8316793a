"""The instructor's pack: a page for each lesson, answer key and plans, to edit and to read."""

import ast
import html
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat

from msgan_lessons.base.pages import asset
from msgan_lessons.classroom.exercises import Value
from msgan_lessons.classroom.guesses import read_guess
from msgan_lessons.classroom.teaching import (
    ExpectedFigure,
    Question,
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
    Plan,
    Slot,
    day_plan,
    semester_plan,
)
from msgan_lessons.editions.source import Stub, find_stubs, read_notebook, solution_of, typed
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


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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


def answers(notebook: nbformat.NotebookNode, lesson: str, level: str = "###") -> str:
    """Write the answer key of a lesson."""
    questions = exercise_texts(notebook)
    parts = []
    for stub in find_stubs(notebook, lesson):
        question = questions.get(int(stub.number.rpartition(".")[2]), "")
        answer = f"```python\n{solution_of(stub, notebook)}\n```"
        parts += [f"{level} Exercise {stub.number}", question, answer, *_reason(stub), _wrong(stub)]
    return "\n\n".join(part for part in parts if part)


def _reason(stub: Stub) -> list[str]:
    if isinstance(stub.entry, Value):
        return [f"Why: {plain(begun(stub.entry.because))}"]
    laws = [f"- {plain(begun(law))}" for law in getattr(stub.entry, "laws", {})]
    return ["Where one of its laws fails, the check says:", "\n".join(laws)] if laws else []


def _wrong(stub: Stub) -> str:
    entry = stub.entry
    if isinstance(entry, Value):
        items = [f"- `{typed(wrong)}`: {plain(begun(hint))}" for wrong, hint in entry.hints.items()]
    else:
        items = [f"- {_code(f)}{plain(begun(hint))}" for hint, f in entry.mistakes.items()]
    return "Typical wrong answers, and what to say:\n\n" + "\n".join(items) if items else ""


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
    picture: Callable[[str], str] = lambda section: "",  # what stands below a heading's figures
) -> str:
    """Write what an instructor needs for one lesson."""
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


def plans_page(
    notes: Sequence[TeachingNotes],
    titles: Mapping[str, str],
    points: Mapping[str, Sequence[str]],  # of each lesson's summary
    weeks: int,
    minutes: int,
    day_minutes: int,
) -> str:
    """Write the plan of a semester and that of a day, with the rules by which they were made."""
    semester = semester_plan(notes, weeks, minutes)
    day = day_plan(notes, day_minutes, minutes)
    parts = [
        "# Plans",
        "Both plans are computed from the minutes and the prerequisites in the teaching notes; "
        "change those, and the plans follow.",
        _known(notes, titles),
        f"## A semester: {weeks} weekly sessions of {minutes} minutes",
        "Rule: lessons follow by number, each after those that it builds on, and may be split at "
        "headings. Where not everything fits, sections become homework in all lessons at once, in "
        f"this order: {_names(HOMEWORK)}. What time is then left takes sections back into class, "
        "in the reverse order, lesson by lesson, where no more lessons are split by it. Where "
        "homework is not enough, a lesson on which no other of the plan builds is left out, the "
        "one with the highest number first. The exercises check themselves, in class and at home.",
        _sessions(semester, "week", titles),
        _spare(semester, weeks),
        _left_out(semester, titles),
        f"## A day: {day_minutes} minutes of teaching, a break after {minutes} minutes at most",
        "Rule: the day leads to one lesson, the one that builds on most others among those on "
        f"which others build in turn. It is taught by its core ({_names(CORE)}), and so is what it "
        "builds on, the nearest first, while it fits; what does not fit is told in two sentences. "
        f"The time that is left goes to '{EXPLORE}', from the first lesson on.",
        _sessions(day, "block", titles),
        _told(day, titles, points),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _known(notes: Sequence[TeachingNotes], titles: Mapping[str, str]) -> str:
    """Name what these lessons build on and what is not among them."""
    here = {one.lesson for one in notes}
    missing = sorted({name for one in notes for name in one.prerequisites} - here)
    named = "; ".join(f"{name[:2]} {titles.get(name, name)}" for name in missing)
    return f"Taken as known, because it is not part of this pack: {named}." if named else ""


def _sessions(plan: Plan, kind: str, titles: Mapping[str, str]) -> str:
    last = {s.lesson: i for i, session in enumerate(plan.sessions) for s in session.slots}
    rows = []
    for i, session in enumerate(plan.sessions):
        home = [slot for slot in plan.homework if last.get(slot.lesson) == i]
        used = f"{session.used} of {session.minutes}"
        rows.append([str(i + 1), _by_lesson(session.slots, titles), used, _by_lesson(home, titles)])
    heading = [kind, "in class, with minutes", "minutes", "at home afterwards"]
    if not plan.homework:
        heading, rows = heading[:3], [row[:3] for row in rows]
    return table(heading, rows)


def _by_lesson(slots: Sequence[Slot], titles: Mapping[str, str]) -> str:
    lessons: dict[str, list[str]] = {}
    for slot in slots:
        lessons.setdefault(slot.lesson, []).append(f"{slot.section} {slot.minutes}")
    return "; ".join(
        f"**{name[:2]} {titles.get(name, name)}**: {', '.join(sections)}"
        for name, sections in lessons.items()
    )


def _spare(plan: Plan, weeks: int) -> str:
    spare = weeks - len(plan.sessions)
    if not spare:
        return ""
    return f"{spare} week{'' if spare == 1 else 's'} to spare, for projects or an examination."


def _left_out(plan: Plan, titles: Mapping[str, str]) -> str:
    named = [f"{name[:2]} {titles.get(name, name)}" for name in plan.left_out]
    return f"No time is left for: {'; '.join(named)}." if named else ""


def _told(plan: Plan, titles: Mapping[str, str], points: Mapping[str, Sequence[str]]) -> str:
    if not plan.told:
        return "No lesson that is needed had to be left out."
    items = [
        f"- **{name[:2]} {titles.get(name, name)}**: {' '.join(list(points.get(name, ()))[:2])}"
        for name in plan.told
    ]
    return "Told in two sentences, before the lesson that needs it:\n\n" + "\n".join(items)


def _names(sections: Sequence[str]) -> str:
    return ", ".join(f"'{section}'" for section in sections)


PACK_STYLE = """
header, main { max-width: 60rem; }
h1 { font-size: 1.9rem; } h2 { font-size: 1.5rem; } h3 { font-size: 1.2rem;
  margin: 1.6rem 0 0.3rem; }
h4 { font-size: 1.02rem; margin: 1.1rem 0 0.2rem; }
li { margin: 0.15rem 0; }
table { border-collapse: collapse; margin: 0.6rem 0; font-size: 0.95rem; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 3px solid var(--link); }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.8rem 0.25rem 0; text-align: left;
  vertical-align: top; overflow-wrap: normal; }
td:last-child { font-variant-numeric: tabular-nums; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0;
  padding: 0.5rem 0.8rem; overflow-x: auto; overflow-wrap: normal; }
.highlight .k, .highlight .kn, .highlight .ow { font-weight: 600; }
.formula { overflow: auto hidden; }
@media print { body { background: none; } article { break-before: page; break-inside: auto;
  border: 0; } }
"""
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "img-src data:; media-src data:; style-src 'unsafe-inline'; base-uri 'none'\">"
)
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
    body = "".join(
        f'<article id="{part.name}">'
        f"{_figures_inside(_html(_lower(part.text)), part.figures)}</article>"
        for part in parts
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{POLICY}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title><style>{asset("page.css")}{PACK_STYLE}</style></head>
<body><main>{_html(index)}{body}</main></body></html>
"""


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
        parts.append(Part(lesson.name, lesson_page(*own, picture="FIGURES {}".format), figures))
    _write(folder / INDEX, _index(lessons, notes))
    _write(folder / KEY, _key(lessons, books))
    _write(folder / PLANS, plans)
    _write(folder / PAGE, pack_page("The instructor's pack", _index(lessons, notes, "#"), parts))
    return [
        f"{PAGE}: everything on one page, to read",
        f"{INDEX}, {PLANS}, {KEY} and lessons/ with {len(lessons)} pages, to edit",
    ]


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
