"""The answer key: question, solution, reason, typical wrong answers and what to say to them."""

import ast
import inspect
import re
import sys
from collections.abc import Callable
from functools import cache

import nbformat

from msgan_lessons.classroom.exercises import Value
from msgan_lessons.editions.pack_sources import exercise_texts
from msgan_lessons.editions.pack_words import begun, plain, typed
from msgan_lessons.editions.source import Stub, find_stubs, solution_of

__all__ = ["answers"]

HELPER = re.compile(r"(?<![\w.])_[a-z]\w*")  # a name of the bank's own


def answers(notebook: nbformat.NotebookNode, lesson: str, level: str = "###") -> str:
    """Write the answer key of a lesson.

    Parameters
    ----------
    notebook : NotebookNode
        The lesson.
    lesson : str
        Its name.
    level : str
        How the heading of an exercise begins.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    ValueError
        If the exercise bank holds no solution.
    """
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
