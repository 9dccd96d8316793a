"""The instructor's pack: a page for each lesson, answer key and plans, to edit and to read."""

import ast
import html
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from graphlib import TopologicalSorter
from itertools import pairwise
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
from msgan_lessons.editions.source import find_stubs, read_notebook, solution_of, typed
from msgan_lessons.runs.html import markdown_to_html
from msgan_lessons.runs.lessons import Lesson, find_lessons


def in_order(notes: Iterable[TeachingNotes]) -> list[TeachingNotes]:
    """Sort lessons: each after its prerequisites among them, and else by number."""
    by_name = {one.lesson: one for one in notes}
    sorter = TopologicalSorter({n: set(by_name) & {*o.prerequisites} for n, o in by_name.items()})
    sorter.prepare()
    ready, ordered = [], []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        ordered.append(by_name[ready[0]])
        sorter.done(ready.pop(0))
    return ordered


def prerequisites_of(one: TeachingNotes, notes: Sequence[TeachingNotes]) -> set[str]:
    """Return all lessons of a set that one of them builds on, directly or through others."""
    by_name = {other.lesson: other for other in notes}
    found, waiting = set(), [one.lesson]
    while waiting:
        new = [p for p in by_name[waiting.pop()].prerequisites if p in by_name and p not in found]
        found.update(new)
        waiting += new
    return found


@dataclass(frozen=True)
class Slot:
    """A section of a lesson in class."""

    lesson: str
    section: str
    minutes: int  # how long it takes


@dataclass(frozen=True)
class Session:
    """A stretch of teaching without a break."""

    slots: tuple[Slot, ...]  # in order
    minutes: int  # how long it lasts

    @property
    def used(self) -> int:
        """Minutes that are planned."""
        return sum(slot.minutes for slot in self.slots)


@dataclass(frozen=True)
class Plan:
    """What is taught when, and what is not."""

    sessions: tuple[Session, ...]  # in order
    homework: tuple[Slot, ...] = ()  # sections that are done at home
    told: tuple[str, ...] = ()  # lessons that are told in two sentences instead
    left_out: tuple[str, ...] = ()  # lessons for which there is no time

    def at_home(self, session: int) -> list[Slot]:
        """Return the homework of the lessons that end in a session."""
        last = {s.lesson: i for i, one in enumerate(self.sessions) for s in one.slots}
        return [slot for slot in self.homework if last.get(slot.lesson) == session]


def arrange(slots: Sequence[Slot], rooms: Sequence[int]) -> list[Session] | None:
    """Lay sections into sessions in order: fewest split lessons, fewest sessions, even filling."""
    # best[j]: (cost, starts) of the first j sections in exactly k sessions, for k = 0, 1, ...
    best: dict[int, tuple] = {0: ((0, 0), ())}
    ends = [best[0]] if not slots else []
    for room in rooms:
        best = _one_more(best, slots, room)
        ends += [best[len(slots)]] if len(slots) in best else []
    if not ends:
        return None
    (_, starts) = min(ends, key=lambda end: (end[0][0], len(end[1]), end[0][1]))
    pairs = zip(starts, (*starts[1:], len(slots)), strict=True) if starts else ()
    return [Session(tuple(slots[i:j]), room) for (i, j), room in zip(pairs, rooms, strict=False)]


def _one_more(best: dict[int, tuple], slots: Sequence[Slot], room: int) -> dict[int, tuple]:
    """Add one session to every best beginning."""
    longer: dict[int, tuple] = {}
    for i, ((splits, idle), starts) in best.items():
        used = 0
        split = 0 < i < len(slots) and slots[i - 1].lesson == slots[i].lesson
        for j in range(i, len(slots)):
            used += slots[j].minutes
            if used > room:
                break
            cost = (splits + split, idle + (room - used) ** 2)
            if j + 1 not in longer or cost < longer[j + 1][0]:
                longer[j + 1] = (cost, (*starts, i))
    return longer


CORE = ("Guess first", "Formula", "Experiment", "What we saw")
EXPLORE = "Explore"
HOMEWORK = ("Exercises", "Symbols", "Check: on any machine", "In code", "Check", EXPLORE)


def semester_plan(notes: Sequence[TeachingNotes], weeks: int = 14, minutes: int = 90) -> Plan:
    """Lay all lessons out over weekly sessions, by the rule in templates/pack_plans.md.j2."""
    _numbers(weeks=weeks, minutes=minutes)
    rooms = [minutes] * weeks
    ordered = in_order(_checked(notes))
    left_out: list[str] = []
    while ordered:
        for n_home in range(len(HOMEWORK) + 1):
            home = {s for s in _slots(ordered) if s.section in HOMEWORK[:n_home]}
            if arrange(_without(ordered, home), rooms) is not None:
                home = _taken_back(ordered, home, rooms)
                sessions = arrange(_without(ordered, home), rooms) or ()
                homework = tuple(s for s in _slots(ordered) if s in home)
                return Plan(tuple(sessions), homework, left_out=tuple(sorted(left_out)))
        built_on = {name for one in ordered for name in one.prerequisites}
        ends = [one for one in ordered if one.lesson not in built_on]
        left_out.append(max(one.lesson for one in ends))
        ordered = [one for one in ordered if one.lesson != left_out[-1]]
    raise ValueError(
        f"weeks and minutes must leave room for a lesson, got weeks {weeks} and minutes {minutes}."
    )


def day_plan(
    notes: Sequence[TeachingNotes], minutes: int = 360, block: int = 90, goal: str = ""
) -> Plan:
    """Lay out one day that leads to a goal, by the rule in templates/pack_plans.md.j2."""
    _numbers(minutes=minutes, block=block)
    whole, rest = divmod(minutes, block)
    rooms = [block] * whole + [rest] * (rest > 0)
    by_name = {one.lesson: one for one in _checked(notes)}
    goal = goal or _goal(notes)
    if goal not in by_name:
        raise ValueError(f"goal must be one of the lessons, got {goal!r}.")
    chosen, told, waiting = [], [], [goal]
    while waiting:
        name = waiting.pop(0)
        fits = arrange(_slots(in_order([*chosen, by_name[name]]), CORE), rooms) is not None
        if not fits and name == goal:
            raise ValueError(f"the core of {goal} does not fit into a day of {minutes} minutes.")
        (chosen if fits else told).append(by_name[name])
        if fits:
            met = {one.lesson for one in (*chosen, *told)} | set(waiting)
            waiting += [p for p in by_name[name].prerequisites if p in by_name and p not in met]
    ordered, explored = in_order(chosen), []
    for one in ordered:
        more = [*explored, one.lesson]
        explored = more if arrange(_slots(ordered, CORE, more), rooms) is not None else explored
    sessions = arrange(_slots(ordered, CORE, explored), rooms)
    return Plan(tuple(sessions or ()), told=tuple(sorted(one.lesson for one in told)))


def _goal(notes: Sequence[TeachingNotes]) -> str:
    built_on = {name for one in notes for name in one.prerequisites}
    inner = [one for one in notes if one.lesson in built_on] or list(notes)
    return min(inner, key=lambda one: (-len(prerequisites_of(one, notes)), one.lesson)).lesson


def _taken_back(
    ordered: Sequence[TeachingNotes], home: Collection[Slot], rooms: Sequence[int]
) -> set[Slot]:
    """Return the homework that is left when sections have come back where there is time."""
    left = set(home)
    most = _splits(arrange(_without(ordered, left), rooms))
    for section in reversed(HOMEWORK):
        for slot in [s for s in _slots(ordered) if s in home and s.section == section]:
            sessions = arrange(_without(ordered, left - {slot}), rooms)
            if sessions is not None and _splits(sessions) <= most:
                left.remove(slot)
    return left


def _splits(sessions: Sequence[Session]) -> int:
    """Count the places where a lesson goes on in the next session."""
    return sum(a.slots[-1].lesson == b.slots[0].lesson for a, b in pairwise(sessions))


def _without(ordered: Iterable[TeachingNotes], home: Collection[Slot]) -> list[Slot]:
    return [slot for slot in _slots(ordered) if slot not in home]


def _slots(
    ordered: Iterable[TeachingNotes], only: Collection[str] = (), explored: Collection[str] = ()
) -> list[Slot]:
    """Return the sections of lessons, in order."""
    return [
        Slot(one.lesson, section, minutes)
        for one in ordered
        for section, minutes in one.minutes.items()
        if not only or section in only or (section == EXPLORE and one.lesson in explored)
    ]


def _checked(notes: Sequence[TeachingNotes]) -> Sequence[TeachingNotes]:
    if not notes:
        raise ValueError("a plan must have at least one lesson, got none.")
    check_circles(notes)
    return notes


def _numbers(**numbers: int) -> None:
    for name, value in numbers.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")


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
