"""Slides: each lesson as one HTML file that shows itself without a network."""

import ast
import copy
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pygments.formatters import HtmlFormatter

from msgan_lessons.base.pages import asset
from msgan_lessons.classroom.teaching import read_teaching
from msgan_lessons.editions.source import CALL, find_stubs, read_notebook
from msgan_lessons.runs.html import OfflineMarkdown
from msgan_lessons.runs.lessons import Lesson

ROOM = 16.0  # lines of prose on a slide, below its heading
WIDTH = 92  # letters in a line
MARKUP = (
    (r"!?\[([^\]]*)\]\([^)]*\)", r"\1"),  # links
    (r"\\(?:mathbb|mathcal|mathrm|text|operatorname|left|right)\b", ""),
    (r"\\[a-zA-Z]+", "x"),
    (r"[*`${}\\]", ""),
)
FENCE, MATH = "```", "$$"
ITEM = re.compile(r"(?:[-*]|\d+\.) ")


@dataclass(frozen=True)
class _Piece:
    """What is never cut: a sentence, an item, a row, a formula."""

    text: str
    lines: float
    opens: bool  # whether a blank line stands before it
    head: str = ""  # stands above it again at the top of a page


def pages(markdown: str, room: float = ROOM) -> list[str]:
    """Cut prose into pages: between blocks where it can, else between sentences, items or rows."""
    filled, page, left = [], "", room
    pieces = _pieces(markdown)
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        leads = following and (piece.text.startswith("#") or piece.text.rstrip().endswith(":"))
        if page and piece.lines + (following.lines if leads else 0) > left:
            filled.append(page)
            page, left = "", room
        gap = "\n\n" if piece.opens else "\n"
        page = page + gap + piece.text if page else piece.head + piece.text
        left -= piece.lines
    return [*filled, page]


def prose_lines(markdown: str) -> float:
    """Estimate how tall prose is, in lines of text."""
    return sum(piece.lines for piece in _pieces(markdown))


def _share(text: str, width: int = WIDTH) -> float:
    """Return how many lines a sentence takes among others; it need not begin a line."""
    for pattern, shown in MARKUP:
        text = re.sub(pattern, shown, text)
    return len(text) / width


def _height(text: str, width: int = WIDTH) -> int:
    """Return how many lines a text takes that begins on a line of its own."""
    return max(1, math.ceil(_share(text, width)))


def _pieces(markdown: str) -> list[_Piece]:
    found = []
    for block in _blocks(markdown):
        lines = block.splitlines()
        if block.startswith((FENCE, MATH)) or not block.strip():
            found.append(_Piece(block, _tall(block), True))
        elif block.startswith("|") and len(lines) > 2:
            head = "\n".join(lines[:2]) + "\n"
            rows = [_Piece(row, _row(row), False, head) for row in lines[2:]]
            first = _Piece(head + rows[0].text, rows[0].lines + _row(lines[0]), True)
            found += [first, *rows[1:]]
        else:
            parts, tall = (_items(lines), _height) if ITEM.match(block) else (lines, _share)
            found += [_Piece(part, tall(part) + (i == 0), i == 0) for i, part in enumerate(parts)]
    return found


def _blocks(markdown: str) -> list[str]:
    """Cut at blank lines, but not inside formulas and code."""
    blocks, block, inside = [], [], ""
    for line in markdown.strip().splitlines():
        for mark in (MATH, FENCE):
            if inside in ("", mark) and line.count(mark) % 2:
                inside = "" if inside else mark
        if line.strip() or inside:
            block.append(line)
        elif block:
            blocks.append("\n".join(block))
            block = []
    return [*blocks, "\n".join(block)]


def _items(lines: list[str]) -> list[str]:
    """Join what belongs to one item of a list."""
    items = []
    for line in lines:
        if ITEM.match(line) or not items:
            items.append(line)
        else:
            items[-1] += "\n" + line
    return items


def _tall(block: str) -> float:
    if block.startswith(FENCE):
        return 0.8 * len(block.splitlines())
    rows = block.count(r"\\") + 1
    return rows * (2.2 if re.search(r"\\frac|\\sum|\\min|\\max|\\prod", block) else 1.4) + 1.2


def _row(row: str) -> float:
    cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
    share = 1.5 * WIDTH / len(cells)
    return 1.2 * max(_height(row), *(_height(cell, round(share)) for cell in cells))


HEADING = re.compile(r"^##? +(.+?) *(?:\n|$)")
ASKS = {"widgets.guess", "widgets.quiz", "widgets.self_test"}  # their question alone is shown
FOR_TESTS = re.compile(r"^# NBVAL_\w+\n|  # fmt: skip$", re.M)
QUESTION = re.compile(r"<fieldset\b.*?</fieldset>", re.S)  # one of a self-test
CODE_WIDTH, CODE_LINE = 100, 0.76  # letters in a line of code; its height in lines of prose
LONG_PRINT = 20  # lines; the rest of what was printed is left out


@dataclass
class _Part:
    """What stays together on a page."""

    cell: nbformat.NotebookNode  # of the slides
    lines: float  # its height; more than there is room for where it wants a page of its own
    heading: str = ""  # of the section that it opens, if it opens one


@dataclass
class _Column:
    """The pages of a section."""

    section: str
    cells: list[nbformat.NotebookNode] = field(default_factory=list)
    left: float = 0.0  # lines that still fit on the last page

    def add(self, part: _Part) -> None:
        """Put a part on this page, or on the next one."""
        if part.heading:
            self.cells.append(_page(part.cell, "slide"))
        elif part.lines <= self.left:
            self.cells.append(_page(part.cell, "-"))
            self.left -= part.lines
            return
        else:
            again = f'<p class="section">{self.section}</p>'
            self.cells += [_page(new_markdown_cell(again), "subslide"), _page(part.cell, "-")]
        self.left = ROOM - part.lines


def slide_notebook(
    notebook: nbformat.NotebookNode, minutes: Mapping[str, float]
) -> nbformat.NotebookNode:
    """Arrange a lesson for nbconvert's slides, without the code above the first '##'."""
    columns: list[_Column] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts = list(_prose(cell.source))
        else:
            parts = list(_code(cell)) if len(columns) > 1 else []
        for part in parts:
            if part.heading:
                columns.append(_Column(part.heading))
            columns[-1].add(part)
            if part.heading in minutes:
                columns[-1].cells.append(_note(part.heading, minutes))
    cells = [cell for column in columns for cell in column.cells]
    arranged = new_notebook(cells=cells, metadata=copy.deepcopy(notebook.metadata))
    for index, cell in enumerate(arranged.cells):
        cell.id = f"part-{index:03d}"
    return arranged


def _prose(source: str) -> Iterator[_Part]:
    """Yield a part for each page that the prose needs; a heading opens a page."""
    for section in re.split(r"^(?=##? )", source, flags=re.M):
        if not section.strip():
            continue
        title = HEADING.match(section)
        body = section[title.end() :] if title else section
        for number, text in enumerate(pages(body)):
            opens = title and number == 0
            shown = f"{title.group(0)}\n{text}" if opens else text
            lines = prose_lines(text) + (1.5 if opens else 0)
            yield _Part(new_markdown_cell(shown.strip()), lines, title.group(1) if opens else "")


def _code(cell: nbformat.NotebookNode) -> Iterator[_Part]:
    """Yield the code, what it printed, and each figure on a page of its own."""
    outputs = [] if CALL in cell.source else cell.outputs
    figures = [o for o in outputs if "text/html" in o.get("data", {})]
    source = FOR_TESTS.sub("", cell.source)
    if not (figures and _only_asks(source)):
        yield _Part(new_code_cell(source), _code_lines(source) + 1.4)
    for output in outputs:
        if output in figures:
            for one in QUESTION.findall(output.data["text/html"]) or [output.data["text/html"]]:
                data = {"text/html": one}
                yield _Part(_bare(new_output("execute_result", data)), ROOM + 1)
        else:
            yield _printed(output.get("text") or output["data"]["text/plain"])


def _printed(text: str) -> _Part:
    lines = text.rstrip("\n").splitlines()
    if len(lines) > LONG_PRINT:
        lines[LONG_PRINT:] = [f"... and {len(lines) - LONG_PRINT} more lines in the notebook"]
    some = "\n".join(lines)
    return _Part(_bare(new_output("stream", text=some)), _code_lines(some) + 0.7)


def _bare(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a cell that shows an output without code."""
    return new_code_cell("", outputs=[output], metadata={"transient": {"remove_source": True}})


def _code_lines(text: str) -> float:
    return CODE_LINE * sum(max(1, -(-len(line) // CODE_WIDTH)) for line in text.splitlines())


def _only_asks(source: str) -> bool:
    """Tell whether a cell does nothing but ask a question."""
    body = ast.parse(source).body
    calls = [n.value for n in body if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
    return len(body) == len([c for c in calls if ast.unparse(c.func) in ASKS])


def _note(section: str, minutes: Mapping[str, float]) -> nbformat.NotebookNode:
    begun = sum(minutes[s] for s in list(minutes)[: list(minutes).index(section)])
    whole, own = sum(minutes.values()), minutes[section]
    text = f"{section}: {own:g} minutes, from minute {begun:g} of {whole:g}."
    return _page(new_markdown_cell(text), "notes")


def _page(cell: nbformat.NotebookNode, kind: str) -> nbformat.NotebookNode:
    cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


CARRIER = "sphinx_revealjs"  # carries reveal.js; nothing of it runs
PARTS = {"styles": ("dist/reset.css", "dist/reveal.css"), "scripts": ("dist/reveal.js",
         "plugin/notes/notes.js")}  # fmt: skip


class _Exporter(OfflineMarkdown, SlidesExporter):
    """nbconvert's slides with formulas as MathML."""


def write_slides(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write an HTML file of slides for each lesson."""
    reveal = _reveal()
    for lesson in lessons:
        text = slides_html(lesson, reveal)
        (folder / f"{lesson.name}.slides.html").write_text(text, "utf-8")
    return [f"{len(lessons)} HTML files; in one, S opens the speaker's view and Esc the overview"]


def slides_html(lesson: Lesson, reveal: Path) -> str:
    """Return a lesson's slides as HTML; `reveal` is the folder of reveal.js."""
    notebook = read_notebook(lesson.path)
    find_stubs(notebook, lesson.name)
    parts = {kind: [_read(reveal / name) for name in names] for kind, names in PARTS.items()}
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    parts["styles"] += [colours, asset("slides.css")]
    parts["scripts"].append(asset("slides.js"))
    exporter = _Exporter(
        raw_template=asset("slides.html.j2"), exclude_input_prompt=True, exclude_output_prompt=True
    )
    title = f"{lesson.name[:2]} · {lesson.title}"
    resources = {"metadata": {"name": lesson.name}, "slides": {"title": title, **parts}}
    arranged = slide_notebook(notebook, _minutes(lesson))
    return exporter.from_notebook_node(arranged, resources=resources)[0]


def _minutes(lesson: Lesson) -> dict[str, float]:
    try:
        return dict(read_teaching(lesson.name).minutes)
    except FileNotFoundError:  # a lesson need not have teaching notes
        return {}


def _reveal() -> Path:
    spec = find_spec(CARRIER)
    folder = Path(spec.origin).parent / "_static" / "revealjs" if spec else Path()
    if not (folder / "dist" / "reveal.js").is_file():
        raise ValueError(
            "slides need reveal.js; install it with: pip install 'msgan_lessons[slides]'"
        )
    return folder


def _read(path: Path) -> str:
    """Read a script or style; within a page it must not end its own element."""
    return re.sub(r"</(?=script|style)", r"<\\/", path.read_text("utf-8"), flags=re.I)
