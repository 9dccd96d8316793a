"""The lessons, read from the notebooks without running anything, and what a user asks of them."""

import ast
import difflib
import io
import json
import math
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.runs.parameters import (
    PARAMETERS,
    Parameter,
    check_parameters,
    known_parameters,
    nearest,
    shown,
)

KINDS = {kind.__name__: kind for kind in (int, float, str, bool)}


@dataclass(frozen=True)
class LessonParameter:
    """One line of a lesson's parameters cell."""

    name: str  # as it is assigned
    default: int | float | str | bool  # the literal there
    meaning: str  # the comment behind it
    annotation: str = ""  # the type as it is written there; empty where it is not

    @property
    def kind(self) -> type:
        """The type that is written there, else that of the default."""
        return KINDS.get(self.annotation, type(self.default))

    @property
    def allowed(self) -> str:
        """What `msgan run` takes for it, as in 'an int from 0 to 9'."""
        return known_parameters().get(self.name, Parameter(self.kind)).words()


def read_parameters(source: str) -> Iterator[LessonParameter]:
    """Read `name: type = literal  # meaning` lines."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
    for node in ast.parse(source).body:
        target = getattr(node, "target", None) or getattr(node, "targets", [None])[0]
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(target, ast.Name):
            default = ast.literal_eval(node.value)
            written = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            yield LessonParameter(target.id, default, comments.get(node.end_lineno, ""), written)


FILE_NAME = re.compile(r"\d\d_[a-z0-9_]+\.ipynb")
CODING = "utf-8"
LIVE = "widgets.live("


@dataclass(frozen=True)
class Lesson:
    """A notebook of the course."""

    path: Path  # the notebook
    title: str  # from its first cell; empty where it does not say
    question: str  # from its first cell; empty where it does not say
    document: str  # from its first cell; empty where it does not say
    parameters: tuple[LessonParameter, ...]  # in the order of the parameters cell
    is_live: bool = False  # whether a training is played in it, which a trace can record

    @property
    def name(self) -> str:
        """Number and name, as in '05_minimax'."""
        return self.path.stem

    @property
    def defaults(self) -> dict[str, int | float | str | bool]:
        """Name to default of every parameter."""
        return {p.name: p.default for p in self.parameters}

    def answers_to(self, word: str) -> bool:
        """Tell whether a word means this lesson: '5', '05', 'minimax' or '05_minimax'."""
        if word.isdecimal():
            return int(word) == int(self.name[:2])
        return word in (self.name, self.name[3:])


def find_lessons(folder: Path | None = None) -> list[Lesson]:
    """Read all lessons, in the order of their numbers."""
    folder = notebooks_folder() if folder is None else folder
    paths = sorted(p for p in folder.glob("*.ipynb") if FILE_NAME.fullmatch(p.name))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no lessons (files named like 05_minimax.ipynb).")
    return [read_lesson(path) for path in paths]


def read_lesson(path: Path) -> Lesson:
    """Read what a notebook says about itself."""
    try:
        cells = json.loads(path.read_text(CODING))["cells"]
        sources = [(c["metadata"].get("tags", []), "".join(c["source"])) for c in cells]
        parameters = next((s for tags, s in sources if "parameters" in tags), "")
        found = tuple(read_parameters(parameters))
    except (ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
        raise ValueError(f"{path} is damaged: it cannot be read as a lesson.") from error
    first = sources[0][1] if sources else ""
    return Lesson(
        path,
        title=_line(first, r"# +(?:\d\d *·)? *(.+)") or path.stem,
        question=_line(first, r"\*\*Question\.\*\* *(.+)"),
        document=_line(first, r"Document: *(.+?)\.?$"),
        parameters=found,
        is_live=any(LIVE in source for _, source in sources),
    )


def choose_lessons(words: Sequence[str], lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons that are meant, each once, in the order asked for."""
    chosen = []
    for word in words:
        found = list(lessons) if word == "all" else [x for x in lessons if x.answers_to(word)]
        if not found:
            raise ValueError(_unknown(word, lessons))
        chosen += [lesson for lesson in found if lesson not in chosen]
    return chosen


def _unknown(word: str, lessons: Iterable[Lesson]) -> str:
    full = {spelling: x.name for x in lessons for spelling in (x.name, x.name[3:])}
    near = difflib.get_close_matches(word, list(full), n=1, cutoff=0.5)
    hint = f"did you mean {full[near[0]]!r}?" if near else "'msgan list' shows all."
    if "=" in word:
        hint = f"a parameter is given as -p {word}."
    return f"lesson {word!r} is unknown; {hint}"


def _line(text: str, pattern: str) -> str:
    """Return what the first line that fits holds in its group."""
    matches = (re.match(pattern, line.strip()) for line in text.splitlines())
    return next((m.group(1).strip() for m in matches if m), "")


@dataclass(frozen=True)
class Request:
    """One lesson and what it is told."""

    lesson: Lesson
    given: dict[str, int | float | str | bool]  # replaces the notebook's defaults
    preset: str = ""  # for the kernel's MSGAN_PRESET; empty where --preset was not given
    trace: bool = False  # whether its live training is recorded

    @property
    def parameters(self) -> dict[str, int | float | str | bool]:
        """All parameters as the lesson will see them."""
        return {**self.lesson.defaults, **self.given}


def build_requests(
    lessons: Sequence[Lesson], pairs: Sequence[str], preset: str = "", *, trace: bool = False
) -> list[Request]:
    """Give each lesson those of the NAME=VALUE pairs that it knows, and refuse what is wrong."""
    if still := [lesson.name for lesson in lessons if trace and not lesson.is_live]:
        raise ValueError(f"--trace needs lessons with a live training, got {', '.join(still)}.")
    texts = _split(pairs)
    if preset:
        PARAMETERS["preset"].check("--preset", preset)
        if texts.setdefault("preset", preset) != preset:
            raise ValueError(
                f"--preset {preset} and -p preset={shown(texts['preset'])} disagree; "
                "give one of them."
            )
    known = {p.name for lesson in lessons for p in lesson.parameters}
    for name in texts.keys() - known - ({"preset"} if preset else set()):
        place = lessons[0].name if len(lessons) == 1 else "any of these lessons"
        hint = nearest(name, known) or f"; known are {', '.join(sorted(known))}."
        word = name if name.isidentifier() else shown(name)
        raise ValueError(f"{word} is not a parameter of {place}{hint}")
    requests = []
    for lesson in lessons:
        own = [p for p in lesson.parameters if p.name in texts]
        given = {p.name: _parse(p, texts[p.name]) for p in own}
        requests.append(Request(lesson, given, preset, trace))
        check_parameters(**requests[-1].parameters)
    return requests


def _split(pairs: Sequence[str]) -> dict[str, str]:
    texts = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ValueError(f"-p must be NAME=VALUE, got {shown(pair)}.")
        if name in texts:
            word = name if name.isidentifier() else shown(name)
            raise ValueError(f"-p {word} is given twice.")
        texts[name] = value
    return texts


def _parse(parameter: LessonParameter, text: str) -> int | float | str | bool:
    """Read a value as the type of the notebook's default."""
    kind = parameter.kind
    allowed = known_parameters().get(parameter.name, Parameter(kind))
    if kind is str:
        return _absolute(parameter.name, text) if allowed.folder else text
    try:
        value = {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
        if not math.isfinite(value):
            raise ValueError("not finite")
    except (KeyError, ValueError, OverflowError) as error:  # an int beyond all floats
        wanted = allowed.words()
        raise TypeError(f"{parameter.name} must be {wanted}, got {shown(text)}.") from error
    return value


def _absolute(name: str, data: str) -> str:
    """Make folder:PATH absolute: the lesson runs in another folder than the user's."""
    if not data.startswith("folder:") or data == "folder:":
        return data
    try:
        return f"folder:{Path(data[7:]).expanduser().absolute()}"
    except RuntimeError as error:  # '~' of a user who is not there
        raise ValueError(f"{name}={shown(data)}: there is no such folder.") from error
