"""Guesses: kept, locked, handed in, and those of a class counted on a page."""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from msgan_lessons.base.pages import render
from msgan_lessons.base.places import private_folder
from msgan_lessons.base.record import write_json
from msgan_lessons.base.whole_files import write_whole
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.parameters import shown

if TYPE_CHECKING:  # loaded only where a class is drawn: `msgan guesses` does not wait for torch
    from msgan_lessons.base.pictures import Picture

HAND_IN = "msgan_guesses"  # the key by which a file that was handed in is known; its value is 1
LONGEST = 500  # characters of a question or an answer
LARGEST = 8_000  # bytes of one kept guess
TOKEN = re.compile(r"[0-9a-f]{32}")
LESSON = re.compile(r"\w{1,80}", re.ASCII)


@dataclass(frozen=True)
class KeptGuess:
    """A guess that was locked on this machine."""

    lesson: str
    question: str
    guess: str


def guess_folder() -> Path:
    """Return the folder with the guesses of this machine; it may not exist yet."""
    return private_folder() / "guesses"


def locked_guess(lesson: str) -> KeptGuess | None:
    """Return the guess that was locked for a lesson; None too where its file is damaged."""
    path = _path(lesson)
    try:
        if path.stat().st_size > LARGEST:
            return None
        content = json.loads(path.read_bytes())
        texts = content["question"], content["guess"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = all(isinstance(text, str) and 0 < len(text) <= LONGEST for text in texts)
    return KeptGuess(lesson, *texts) if whole else None


def lock_guess(lesson: str, question: str, guess: str) -> KeptGuess:
    """Keep a guess, unless one is locked already, and return the one that is locked now."""
    path = _path(lesson)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"question": question, "guess": guess}
    try:
        with path.open("x", encoding="utf-8") as file:  # two pages may ask at the same time
            file.write(json.dumps(content, indent=2) + "\n")
    except FileExistsError:
        if earlier := locked_guess(lesson):
            return earlier
        write_json(path, content)  # what was there is damaged
    return KeptGuess(lesson, question, guess)


def kept_guesses() -> tuple[list[KeptGuess], list[str]]:
    """Return this machine's guesses, sorted by lesson, and the names of files that are damaged."""
    paths = sorted(p for p in guess_folder().glob("*.json") if LESSON.fullmatch(p.stem))
    found = {path.name: locked_guess(path.stem) for path in paths}
    return [g for g in found.values() if g], [name for name, g in found.items() if not g]


def hand_in(path: Path) -> list[KeptGuess]:
    """Write all guesses into a new file, or over one of ours, with this machine's random token."""
    guesses, _ = kept_guesses()
    if not guesses:
        raise ValueError("no guess is locked on this machine yet; there is nothing to hand in.")
    if path.exists() and not _is_hand_in(path):
        raise ValueError(f"FILE must be new or an earlier file of guesses, got {shown(str(path))}.")
    content = {HAND_IN: 1, "token": _token(), "guesses": [asdict(g) for g in guesses]}
    write_json(path, content)
    return guesses


def _path(lesson: str) -> Path:
    if not isinstance(lesson, str) or not LESSON.fullmatch(lesson):
        raise ValueError(f"lesson must be letters, digits and '_', got {shown(lesson)}.")
    return guess_folder() / f"{lesson}.json"


def _is_hand_in(path: Path) -> bool:
    try:
        return HAND_IN in json.loads(path.read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def _token() -> str:
    """Return this machine's random token; made where it is missing or damaged."""
    path = private_folder() / "guess_token"
    try:
        if TOKEN.fullmatch(token := path.read_text("utf-8").strip()):
            return token
    except (OSError, ValueError):
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{(token := secrets.token_hex(16))}\n", "utf-8")
    return token


SEEN = "Seen: "  # how `widgets.reveal` begins the answer


@dataclass(frozen=True)
class LessonGuess:
    """The question of 'Guess first', and what the stored run showed."""

    lesson: str
    question: str
    choices: tuple[str, ...]  # as shown; empty where the notebook computes them and was not run
    answer: str = ""  # the choice that the result supports; empty where only a run tells
    because: str = ""  # why, as the lesson says it


def read_guess(notebook: Path) -> LessonGuess | None:
    """Read a lesson's question, choices and answer from code and outputs; None: it asks nothing."""
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


LARGEST_CLASS_FILE = 64_000  # bytes of one file that was handed in
MOST_FILES = 5_000
MOST_GUESSES = 100  # in one file


@dataclass(frozen=True)
class ClassGuesses:
    """What a class guessed."""

    offered: Mapping[str, LessonGuess]  # every lesson that a student answered, to its question
    counts: Mapping[str, Mapping[str, int]]  # lesson to how often each choice was made
    students: int  # counted by their tokens
    left_out: tuple[str, ...]  # one sentence for each file, or guess, that does not count

    @property
    def size(self) -> str:
        """How many there are, in words: '23 students, 1 lesson'."""
        counts = {"student": self.students, "lesson": len(self.counts)}
        return ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for word, n in counts.items())


def offered_guesses() -> dict[str, LessonGuess]:
    """Return the question of each lesson of this course that asks one."""
    asked = {lesson.name: read_guess(lesson.path) for lesson in find_lessons()}
    return {name: guess for name, guess in asked.items() if guess}


def gather(folder: Path, offered: Mapping[str, LessonGuess]) -> ClassGuesses:
    """Read all files of a class, however deep; what does not fit is left out and named."""
    if not folder.is_dir():
        raise ValueError(f"DIR must be a folder of files that were handed in, got {folder}.")
    counted: dict[tuple[str, str], str] = {}
    counts = {name: dict.fromkeys(asked.choices, 0) for name, asked in offered.items()}
    left_out = []
    for number, path in enumerate(_files(folder)):
        name = shown(path.relative_to(folder).as_posix())
        if number == MOST_FILES:
            left_out.append(f"Only the first {MOST_FILES} files were read.")
            break
        try:
            token, guesses = _read(path)
        except ValueError as error:
            left_out.append(f"{name} was left out: {error}.")
            continue
        new = 0
        for lesson, choice in guesses:
            if trouble := _trouble(lesson, choice, counts, counted.get((token, lesson))):
                left_out.append(f"{name}: one guess was left out, {trouble}.")
            elif (token, lesson) not in counted:
                counted[token, lesson] = choice
                counts[lesson][choice] += 1
                new += 1
        if guesses and not new:
            left_out.append(
                f"{name} adds nothing: none of its guesses counts, or all counted before."
            )
    answered = {name: found for name, found in counts.items() if any(found.values())}
    return ClassGuesses(
        {name: offered[name] for name in answered},
        answered,
        len({token for token, _ in counted}),
        tuple(left_out),
    )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in a fixed order, following no link to another place."""
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if not name.startswith("."):
                yield Path(where) / name


def _read(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """Return the token and (lesson, guess) pairs of a file; its ValueErrors are half sentences."""
    if path.is_symlink() or not path.is_file():
        raise ValueError("it is no regular file")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_CLASS_FILE + 1)
    except OSError:
        raise ValueError("it cannot be read") from None
    if len(raw) > LARGEST_CLASS_FILE:
        raise ValueError(f"it is larger than {LARGEST_CLASS_FILE} bytes")
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("it is damaged, or no file of guesses") from None
    if not isinstance(content, dict) or content.get(HAND_IN) != 1:
        raise ValueError("it is no file of guesses")
    token, guesses = content.get("token"), content.get("guesses")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise ValueError("its token is damaged")
    if not isinstance(guesses, list) or len(guesses) > MOST_GUESSES:
        raise ValueError(f"its guesses are no list of at most {MOST_GUESSES}")
    pairs = [(g.get("lesson"), g.get("guess")) if isinstance(g, dict) else (0, 0) for g in guesses]
    if not all(isinstance(text, str) for pair in pairs for text in pair):
        raise ValueError("one of its guesses is not a lesson and a text")
    return token, pairs


def _trouble(lesson: str, choice: str, counts: Mapping[str, Mapping], earlier: str | None) -> str:
    """Say why a guess does not count; nothing where it does."""
    if lesson not in counts:
        return f"{shown(lesson)} is no lesson of this course that asks for one"
    if not counts[lesson]:
        return f"the choices of {lesson} are computed, and its notebook here has not been run"
    if choice not in counts[lesson]:
        return f"{lesson} does not offer {shown(choice)}"
    if earlier not in (None, choice):
        return f"for {lesson} the same student handed in another one before"
    return ""


WIDTH = 38  # letters of a choice on one line
TITLE_WIDTH = 90
NOT_SEEN_COLOUR = "what the run showed"


def class_histogram(question: str, counts: Mapping[str, int], answer: str = "") -> Picture:
    """Show how often each answer was guessed, with the one that the result supports marked."""
    from msgan_lessons.base.pictures import COLOURS, Picture, new_figure

    if not counts or min(counts.values()) < 0:
        raise ValueError(f"counts must hold answers and counts from 0 on, got {dict(counts)}.")
    if answer and answer not in counts:
        raise ValueError(f"answer must be one of {list(counts)}, got {answer!r}.")
    labels = [textwrap.fill(choice.replace("$", r"\$"), WIDTH) for choice in counts]
    lines = sum(max(1.6, label.count("\n") + 1.2) for label in labels)
    title = textwrap.fill(question.replace("$", r"\$"), TITLE_WIDTH)
    height = 0.25 * lines + 0.9 + 0.22 * (title.count("\n") + bool(answer))
    figure, axis = new_figure(8.0, height)
    colours = [COLOURS["optimum" if choice == answer else "fifth"] for choice in counts]
    hatches = ["//" if choice == answer else "" for choice in counts]
    bars = axis.barh(range(len(counts)), counts.values(), color=colours, edgecolor="white",
                     hatch=hatches, height=0.66)  # fmt: skip
    marks = [f" {n}: seen" if c == answer else f" {n}" for c, n in counts.items()]
    axis.bar_label(bars, marks, fontsize=9, padding=2)
    most = max(1, *counts.values())
    axis.set(yticks=range(len(counts)), xlim=(0, most * 1.3), xlabel="students")
    axis.set_yticklabels(labels, fontsize=9)
    axis.xaxis.get_major_locator().set_params(integer=True, nbins=min(most, 8))
    axis.invert_yaxis()
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    return Picture(figure, _alt(question, counts, answer), _caption(counts, answer))


def _alt(question: str, counts: Mapping[str, int], answer: str) -> str:
    told = "; ".join(
        f"{c}{f' ({NOT_SEEN_COLOUR})' if c == answer else ''}: {n}" for c, n in counts.items()
    )
    return f"Bars for the guesses to the question: {question} {told}."


def _caption(counts: Mapping[str, int], answer: str) -> str:
    n = sum(counts.values())
    students = f"{n} student{'' if n == 1 else 's'} guessed"
    if not answer or not n:
        return f"{students}."
    right = counts[answer]
    return f"{students}; {right} ({right / n:.0%}) chose {NOT_SEEN_COLOUR}: {answer}."


TITLE = "<title>What the class guessed</title>"


def class_page(found: ClassGuesses) -> str:
    """Write the page of a class's guesses: HTML without scripts."""
    pictures = {
        name: class_histogram(asked.question, found.counts[name], asked.answer)
        for name, asked in found.offered.items()
    }
    return render("guesses.html.j2", found=found, pictures=pictures)


def write_class_page(found: ClassGuesses, path: Path) -> None:
    """Write the page into a new file or over an earlier page, whole or not at all."""
    if path.exists() and not _is_earlier(path):
        raise ValueError(f"PAGE must be new or an earlier page of this kind, got {path}.")
    write_whole(path, class_page(found).encode("utf-8", "replace"))


def _is_earlier(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return TITLE.encode() in file.read(2_000)
