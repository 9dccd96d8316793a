"""What a lesson asks its students to guess, read from its notebook without running it."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

__all__ = ["LessonGuess", "read_guess"]

SEEN = "Seen: "  # how `widgets.reveal` begins the answer


@dataclass(frozen=True)
class LessonGuess:
    """The question of 'Guess first', and what the stored run showed.

    Parameters
    ----------
    lesson, question : str
        The lesson's name, what it asks.
    choices : tuple of str
        In the order shown; empty where the notebook computes them and has not been run.
    answer : str
        The choice that the result supports; empty where it is not known without a run.
    because : str
        Why, as the lesson says it.
    """

    lesson: str
    question: str
    choices: tuple[str, ...]
    answer: str = ""
    because: str = ""


def read_guess(notebook: Path) -> LessonGuess | None:
    """Read the question, the choices and the answer of a lesson.

    Literals are read from the code, what is computed there from the stored outputs.

    Parameters
    ----------
    notebook : Path
        The lesson.

    Returns
    -------
    LessonGuess or None
        None where the lesson asks nothing.

    Raises
    ------
    ValueError
        If the notebook is damaged.
    """
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        code = [c for c in cells if c["cell_type"] == "code"]
        found = {name: (call, values, cell) for name, call, values, cell in _calls(code)}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{notebook.name} is damaged: it cannot be read as a lesson.") from error
    if "guess" not in found:
        return None
    call, values, cell = found["guess"]
    _, question, choices = (_value(argument, values) for argument in call.args)
    stored = _Stored(cell)
    texts = isinstance(choices, list | tuple) and all(isinstance(c, str) for c in choices)
    choices = tuple(choices) if texts else tuple(stored.items)
    answer, because = _answer(*found["reveal"], choices) if "reveal" in found else ("", "")
    return LessonGuess(notebook.stem, question or stored.question, choices, answer, because)


def _calls(code: Sequence[Mapping]) -> Iterator[tuple[str, ast.Call, dict, Mapping]]:
    """Yield the calls of widgets.guess and widgets.reveal, with the literals assigned so far."""
    values: dict[str, object] = {}
    for cell in code:
        try:
            tree = ast.parse("".join(cell["source"]))
        except SyntaxError:  # a magic, or a student's unfinished line
            continue
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                values[statement.targets[0].id] = _value(statement.value, values)
        for node in ast.walk(tree):
            name = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
            if name in ("guess", "reveal") and len(node.args) == 3:
                yield name, node, dict(values), cell


def _value(node: ast.expr, values: Mapping[str, object]) -> object:
    """Return what an expression is worth where it is made of literals, else None."""
    if isinstance(node, ast.Name):
        return values.get(node.id)
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, values) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_value(key, values): None for key in node.keys if key}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "list":
        inner = _value(node.args[0], values)
        return list(inner) if isinstance(inner, list | dict) else None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _answer(call: ast.Call, values: Mapping, cell: Mapping, choices: Sequence[str]) -> tuple:
    """Return the answer and its reason: as the stored run printed them, else as written."""
    printed = "".join("".join(o.get("text", "")) for o in cell.get("outputs", []))
    line = next((x for x in printed.splitlines() if x.startswith(SEEN)), "").removeprefix(SEEN)
    fits = [choice for choice in choices if line.startswith(f"{choice}. ")]
    if fits:
        answer = max(fits, key=len)
        return answer, line.removeprefix(f"{answer}. ")
    answer, because = (_value(argument, values) for argument in call.args[1:])
    return (answer if answer in choices else "", because if isinstance(because, str) else "")


class _Stored(HTMLParser):
    """The question and the choices in the static twin that a cell has stored."""

    def __init__(self, cell: Mapping) -> None:
        super().__init__()
        self.question, self.items, self._inside = "", [], ""
        for output in cell.get("outputs", []):
            self.feed("".join(output.get("data", {}).get("text/html", "")))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Note in which element the text is."""
        if tag in ("b", "li"):
            self._inside = tag
            self.items += [""] if tag == "li" else []

    def handle_endtag(self, tag: str) -> None:
        """Note that an element has ended."""
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Add text to the question or to the last choice."""
        if self._inside == "b":
            self.question += data
        elif self._inside == "li":
            self.items[-1] += data
