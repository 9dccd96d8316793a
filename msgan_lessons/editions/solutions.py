"""The solutions: each stub filled in, executed, and explained; all else as the lesson stores it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from msgan_lessons.base.places import training_threads
from msgan_lessons.classroom.exercises import Value
from msgan_lessons.editions.source import (
    COURSE,
    Stub,
    find_stubs,
    import_lines,
    read_notebook,
    solution_of,
)
from msgan_lessons.runs.lessons import Lesson

__all__ = ["write_solutions"]

FORGET = "%reset -f"  # between two lessons: a solution may use what its own lesson imports, no more
CELL_SECONDS = 120
QUIET = ["--IPKernelApp.log_level=CRITICAL"]


@dataclass
class _Solved:
    """A lesson with its stubs filled in; arguments as they are named."""

    lesson: Lesson
    notebook: nbformat.NotebookNode
    stubs: list[Stub]


def write_solutions(
    lessons: Sequence[Lesson], folder: Path, options: Mapping[str, object]
) -> list[str]:
    """Write the solutions; the exercises' cells are executed, and each must be right.

    Parameters
    ----------
    lessons, folder, options
        As for `table.Edition`; no option is read.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If the bank holds no solution, or one that its own check refuses.
    """
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
        mistakes = [f"- `{_written(wrong)}`: {hint}" for wrong, hint in entry.hints.items()]
    else:
        mistakes = [f"- {_begun(hint)}" for hint in entry.mistakes]
    if mistakes:
        lines += ["**Typical mistakes, and what the check says to them.**", "", *mistakes]
    return new_markdown_cell("\n".join(lines), id=f"note-{stub.number.replace('.', '-')}")


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _written(value: object) -> str:
    """Write a wrong answer as a student types it."""
    return f"{value:.6g}" if isinstance(value, float) else repr(value).replace("'", '"')
