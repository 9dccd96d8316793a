"""The one source: a lesson's notebook, its exercises, and the editions that keep it a notebook."""

import ast
import io
import json
import os
import re
import shutil
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from msgan_lessons import __version__
from msgan_lessons.base.pages import asset
from msgan_lessons.base.places import training_threads
from msgan_lessons.base.whole_files import sha256_of
from msgan_lessons.classroom.exercises import Function, Value, bank
from msgan_lessons.runs.lessons import Lesson

MARKER = ".msgan_export"
IGNORED = {".ipynb_checkpoints", "__pycache__", ".DS_Store"}


@contextmanager
def fresh_folder(target: Path, edition: str) -> Iterator[Path]:
    """Give an empty folder to write into, which becomes `target` when all is written."""
    target = target.absolute()
    partial, old = (target.with_name(f".{target.name}.{word}") for word in ("partial", "old"))
    _sweep(target, partial, old)
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
    except OSError as error:
        raise ValueError(
            f"DIR must be where a folder can be made, got {target} ({error.strerror})."
        ) from error
    try:
        (partial / MARKER).touch()
        yield partial
        _seal(partial, edition)
        if target.is_dir():
            os.replace(target, old)
        os.replace(partial, target)
    finally:
        _sweep(target, partial, old)


def check_target(target: Path) -> None:
    """Refuse a folder in which an export would destroy something."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ValueError(f"DIR must be a folder or a new name, got {target}.")
    resolved, here = target.resolve(), Path.cwd().resolve()
    if resolved == here or resolved in here.parents:
        raise ValueError(f"DIR must not be the folder you are in or one above it, got {target}.")
    if not target.is_dir() or not any(target.iterdir()):
        return
    written = _read_marker(target)
    if written is None:
        raise ValueError(f"DIR must be empty, new or an earlier export, got {target}.")
    found = _hashes(target)
    changed = sorted(name for name in found if found[name] != written.get(name))
    if changed:
        raise ValueError(
            f"DIR must be an export as it was written, but {target} holds {changed[0]}, "
            f"which was added or changed since; choose another folder."
        )


def _sweep(target: Path, partial: Path, old: Path) -> None:
    """Drop what is half written, and the old export once the new one is in its place."""
    if old.is_dir() and not target.exists():
        os.replace(old, target)
    for left in (partial, old):
        if (left / MARKER).is_file():
            shutil.rmtree(left)
    if old.is_dir() and not any(old.iterdir()):  # the folder had been empty
        old.rmdir()


def _seal(folder: Path, edition: str) -> None:
    files = _hashes(folder)
    content = {"edition": edition, "version": __version__, "files": files}
    (folder / MARKER).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _read_marker(folder: Path) -> dict | None:
    """Return name to hash of what the export wrote; None where there is no whole marker."""
    try:
        return dict(json.loads((folder / MARKER).read_text("utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.name != MARKER and path.is_file() and not IGNORED & set(path.parts)
    }


CALL = "exercises.check("
LONGEST = 98  # letters in a line
MODULES = ("math", "torch")
COURSE = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Stub:
    """An exercise's stub and its check, which stand in one cell."""

    cell: int  # index of the cell in the notebook
    number: str  # the exercise, as in '05.3'
    name: str  # what the student defines, as in 'my_value'
    before: str  # the cell's source before the stub
    text: str  # the stub
    comment: str  # on its last line, with the '#'
    after: str  # the source behind it, which holds the check

    @property
    def entry(self) -> Value | Function:
        """What the bank holds for it."""
        return bank()[self.number]


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a lesson with the course's own metadata and nothing else."""
    try:
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises many kinds
        raise ValueError(f"{path} is damaged: it cannot be read as a notebook.") from error
    notebook.metadata = nbformat.from_dict(COURSE)
    return notebook


def find_stubs(notebook: nbformat.NotebookNode, lesson: str) -> list[Stub]:
    """Find the exercises of a lesson in order; one that is filled in is refused."""
    stubs = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or CALL not in cell.source:
            continue
        tree = ast.parse(cell.source)
        for number, name in _checks(tree):
            node = next((n for n in tree.body if _defines(n, name)), None)
            if node is None or number not in bank():
                raise ValueError(f"exercise {number} of {lesson} has no stub {name} to fill in.")
            if not _is_open(node):
                raise ValueError(f"exercise {number} of {lesson} is filled in; its stub is '...'.")
            stubs.append(_cut(index, number, name, cell.source, node))
    return stubs


def solution_of(stub: Stub, notebook: nbformat.NotebookNode) -> str:
    """Return what fills a stub in the solutions, with the imports that its lesson lacks."""
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
    """Return every import of a lesson, a line each."""
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


def student_notebook(lesson: Lesson) -> nbformat.NotebookNode:
    """Return a lesson as a student gets it."""
    notebook = clean(read_notebook(lesson.path))
    find_stubs(notebook, lesson.name)
    return notebook


def write_student(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the student's edition."""
    for lesson in lessons:
        nbformat.write(student_notebook(lesson), folder / lesson.path.name)
    readme = asset("student_readme.md").format(first=lessons[0].path.name)
    (folder / "README.md").write_text(readme, "utf-8")
    return [f"{len(lessons)} notebooks without outputs or solutions", "README.md"]


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop all outputs, in place, and return the same notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


FORGET = "%reset -f"  # between two lessons: a solution may use what its own lesson imports, no more
CELL_SECONDS = 120
QUIET = ["--IPKernelApp.log_level=CRITICAL"]


@dataclass
class _Solved:
    """A lesson with its stubs filled in."""

    lesson: Lesson
    notebook: nbformat.NotebookNode
    stubs: list[Stub]


def write_solutions(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the solutions; the exercises' cells are executed, and each must be right."""
    solved = [_fill_in(lesson) for lesson in lessons]
    _execute(solved)
    for one in solved:
        for stub in reversed(one.stubs):
            one.notebook.cells.insert(stub.cell + 1, _note(stub))
        nbformat.write(one.notebook, folder / one.lesson.path.name)
    count = sum(len(one.stubs) for one in solved)
    return [f"{len(solved)} notebooks with {count} solutions, each executed and found right"]


def _fill_in(lesson: Lesson) -> _Solved:
    notebook = read_notebook(lesson.path)
    stubs = find_stubs(notebook, lesson.name)
    for stub in stubs:
        solution = solution_of(stub, notebook)
        notebook.cells[stub.cell].source = f"{stub.before}{solution}\n{stub.after}"
    return _Solved(lesson, notebook, stubs)


def _execute(solved: Sequence[_Solved]) -> None:
    """Run imports and exercises of all lessons in one kernel; nothing else of them."""
    scratch = new_notebook(metadata=COURSE)
    ran = []
    for one in solved:
        scratch.cells += [new_code_cell(FORGET), new_code_cell(import_lines(one.notebook))]
        for stub in one.stubs:
            cell = one.notebook.cells[stub.cell]
            scratch.cells.append(new_code_cell(cell.source))
            ran.append((stub, cell, scratch.cells[-1]))
    client = NotebookClient(
        scratch, timeout=CELL_SECONDS, kernel_name="python3", extra_arguments=QUIET
    )
    own = {**training_threads(), **os.environ, "MSGAN_HEADLESS": "1"}
    try:
        client.execute(env=own)
    except CellExecutionError as error:
        raise ValueError(f"a solution of the bank fails: {error.ename}: {error.evalue}.") from error
    except (DeadKernelError, NoSuchKernel, TimeoutError) as error:
        raise ValueError(f"no kernel ran the solutions ({error}); see 'msgan doctor'.") from error
    for stub, cell, done in ran:
        said = "".join(o.get("text", "") for o in done.outputs)
        if not said.startswith("right"):
            line = said.splitlines()[0] if said else "its check says nothing."
            raise ValueError(f"the solution of {stub.number} in the bank is refused: {line}")
        cell.outputs = done.outputs
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count


def _note(stub: Stub) -> nbformat.NotebookNode:
    """Return what an instructor reads below a solution."""
    entry = stub.entry
    lines = []
    if isinstance(entry, Value):
        lines += [f"**Why.** {_begun(entry.because)}", ""]
        mistakes = [f"- `{typed(wrong)}`: {hint}" for wrong, hint in entry.hints.items()]
    else:
        mistakes = [f"- {_begun(hint)}" for hint in entry.mistakes]
    if mistakes:
        lines += ["**Typical mistakes, and what the check says to them.**", "", *mistakes]
    return new_markdown_cell("\n".join(lines), id=f"note-{stub.number.replace('.', '-')}")


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def typed(value: object) -> str:
    """Write an answer as a student types it."""
    return f"{value:.6g}" if isinstance(value, float) else repr(value).replace("'", '"')


SPECS = (  # nothing that a shell or IPython would expand
    r"https://[\w.-]+(?::\d+)?/[\w./~%+-]+\.whl",
    r"git\+https://[\w.-]+(?::\d+)?/[\w./~-]+(?:@[\w./-]+)?",
    r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\[[\w,-]+\])?(?:==[\w.]+)?",
)


def check_spec(spec: str) -> str:
    """Return what pip is asked to install, if it is safe within a line of IPython."""
    if not any(re.fullmatch(pattern, spec) for pattern in SPECS):
        raise ValueError(
            "--install-from must be an https:// address of a wheel, git+https://HOST/PATH with "
            f"@VERSION or without, or a package's name with ==VERSION or without, got {spec!r}."
        )
    return spec


def write_colab(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the student's notebooks, with a first cell that installs the course."""
    spec = check_spec(str(options.get("install_from", "")))
    note, code = asset("colab_note.md"), asset("colab_install.txt").rstrip().format(spec=spec)
    for lesson in lessons:
        notebook = student_notebook(lesson)
        cells = new_markdown_cell(note, id="install-note"), new_code_cell(code, id="install")
        notebook.cells[1:1] = cells
        notebook.metadata["colab"] = {"name": lesson.path.name, "provenance": []}
        notebook.metadata.kernelspec = {"display_name": "Python 3", "name": "python3"}
        nbformat.write(notebook, folder / lesson.path.name)
    return [f"{len(lessons)} notebooks, whose first cell installs {spec} where it is missing"]
