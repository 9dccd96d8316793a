"""The one source: a lesson's notebook, and the exercises in it, found by what their cells say."""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

import nbformat

from msgan_lessons.classroom.exercises import BANK, Function, Value

__all__ = ["Stub", "find_stubs", "import_lines", "read_notebook", "solution_of"]

CALL = "exercises.check("
LONGEST = 98  # letters in a line
MODULES = ("math", "torch")
COURSE = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Stub:
    """An exercise's stub and its check, which stand in one cell.

    Parameters
    ----------
    cell : int
        Index of the cell in the notebook.
    number : str
        The exercise, as in '05.3'.
    name : str
        What the student defines, as in 'my_value'.
    before, text, comment, after : str
        The cell's source before the stub, the stub, the comment on its last line with its '#',
        and the source behind, which holds the check.
    """

    cell: int
    number: str
    name: str
    before: str
    text: str
    comment: str
    after: str

    @property
    def entry(self) -> Value | Function:
        """What the bank holds for it."""
        return BANK[self.number]


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a lesson with the course's own metadata and nothing else.

    Parameters
    ----------
    path : Path
        The notebook.

    Returns
    -------
    NotebookNode
        Of nbformat 4.5 or later.

    Raises
    ------
    ValueError
        If it is not a notebook.
    """
    try:
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises many kinds
        raise ValueError(f"{path} is damaged: it cannot be read as a notebook.") from error
    notebook.metadata = nbformat.from_dict(COURSE)
    return notebook


def find_stubs(notebook: nbformat.NotebookNode, lesson: str) -> list[Stub]:
    """Find the exercises of a lesson.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.
    lesson : str
        Its name, for the error's sentence.

    Returns
    -------
    list of Stub
        In the order of the cells.

    Raises
    ------
    ValueError
        If a check has no stub in its cell, the bank does not know it, or the stub is filled in.
    """
    stubs = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or CALL not in cell.source:
            continue
        tree = ast.parse(cell.source)
        for number, name in _checks(tree):
            node = next((n for n in tree.body if _defines(n, name)), None)
            if node is None or number not in BANK:
                raise ValueError(f"exercise {number} of {lesson} has no stub {name} to fill in.")
            if not _is_open(node):
                raise ValueError(f"exercise {number} of {lesson} is filled in; its stub is '...'.")
            stubs.append(_cut(index, number, name, cell.source, node))
    return stubs


def solution_of(stub: Stub, notebook: nbformat.NotebookNode) -> str:
    """Return what stands in a stub's place in the solutions.

    Parameters
    ----------
    stub : Stub
        The exercise.
    notebook : NotebookNode
        Its lesson; torch and math are imported in the solution where the lesson does not.

    Returns
    -------
    str
        Python that defines the stub's name.

    Raises
    ------
    ValueError
        If it is a function and the bank holds no solution.
    """
    entry = stub.entry
    text = entry.solution.strip()
    if isinstance(entry, Value):
        text = _assignment(stub, text or repr(entry.right))
    elif not text:
        raise ValueError(f"exercise {stub.number} has no solution in the bank.")
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    known = import_lines(notebook).splitlines()
    needed = [f"import {m}" for m in MODULES if m in used and f"import {m}" not in known]
    gap = "\n\n\n" if isinstance(entry, Function) else "\n\n"
    return "\n".join(needed) + gap * bool(needed) + text


def import_lines(notebook: nbformat.NotebookNode) -> str:
    """Return every import of a lesson, a line each.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.

    Returns
    -------
    str
    """
    lines = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.search(r"^(import|from) ", cell.source, re.M):
            body = ast.parse(cell.source).body
            lines += [ast.unparse(n) for n in body if isinstance(n, ast.Import | ast.ImportFrom)]
    return "\n".join(dict.fromkeys(lines))


def _assignment(stub: Stub, value: str) -> str:
    """Give the stub's name a value, and keep what its comment says."""
    if value.startswith("'"):
        value = '"' + value[1:-1] + '"'
    line = f"{stub.name} = {value}"
    if len(line) + len(stub.comment) > LONGEST:
        return f"{stub.comment}\n{line}"
    return f"{line}  {stub.comment}" if stub.comment else line


def _checks(tree: ast.Module) -> list[tuple[str, str]]:
    """Return number and name of every exercises.check("05.3", name)."""
    return [
        (node.args[0].value, node.args[1].id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "exercises.check"
        and len(node.args) == 2
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[1], ast.Name)
    ]


def _defines(node: ast.stmt, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    named = isinstance(node, ast.FunctionDef) and node.name == name
    return named or any(isinstance(t, ast.Name) and t.id == name for t in targets)


def _is_open(node: ast.stmt) -> bool:
    """Tell whether a stub is still three dots."""
    value = getattr(node.body[-1], "value", None) if hasattr(node, "body") else node.value
    return isinstance(value, ast.Constant) and value.value is Ellipsis


def _cut(index: int, number: str, name: str, source: str, node: ast.stmt) -> Stub:
    lines = source.splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}
    before, text, after = ("".join(p) for p in (lines[:first], lines[first:last], lines[last:]))
    return Stub(index, number, name, before, text.rstrip("\n"), comments.get(last, ""), after)
