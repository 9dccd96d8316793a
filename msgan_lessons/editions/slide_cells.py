"""A lesson's cells in the order of its slides: a column for each heading, filled page by page."""

import ast
import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from msgan_lessons.editions.slide_pages import ROOM, pages, prose_lines

__all__ = ["slide_notebook"]

HEADING = re.compile(r"^##? +(.+?) *(?:\n|$)")
CHECK = "exercises.check("
ASKS = {"widgets.guess", "widgets.quiz", "widgets.self_test"}  # their question alone is shown
FOR_TESTS = re.compile(r"^# NBVAL_\w+\n|  # fmt: skip$", re.M)
QUESTION = re.compile(r"<fieldset\b.*?</fieldset>", re.S)  # one of a self-test
CODE_WIDTH, CODE_LINE = 100, 0.76  # letters in a line of code; its height in lines of prose
LONG_PRINT = 20  # lines; the rest of what was printed is left out


@dataclass
class _Part:
    """What stays together on a page.

    Parameters
    ----------
    cell : NotebookNode
        A cell of the slides.
    lines : float
        Its height; more than there is room for where it wants a page of its own.
    heading : str
        Of the section that it opens, if it opens one.
    """

    cell: nbformat.NotebookNode
    lines: float
    heading: str = ""


@dataclass
class _Column:
    """The pages of a section; arguments as they are named."""

    section: str
    cells: list[nbformat.NotebookNode] = field(default_factory=list)
    left: float = 0.0

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
    """Arrange a lesson for nbconvert's slides.

    Parameters
    ----------
    notebook : NotebookNode
        As it is stored.
    minutes : mapping
        Heading to minutes; shown in the speaker's notes. It may be empty.

    Returns
    -------
    NotebookNode
        A new one: a 'slide' opens each column, a 'subslide' each further page. The code before the
        first '##', which only sets up, is left out, and so is what the exercises printed.
    """
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
    outputs = [] if CHECK in cell.source else cell.outputs
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
