"""The lessons as the course lists them: read from the notebooks, without running anything."""

import ast
import difflib
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.runs.parameters import Parameter, known_parameters

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
