"""What a user asks of a run: lessons, parameters, preset, folder; all refused before any work."""

import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgan_lessons.base.record import PARAMS
from msgan_lessons.runs.lessons import Lesson, LessonParameter
from msgan_lessons.runs.parameter_kinds import Parameter, nearest, shown
from msgan_lessons.runs.parameters import PARAMETERS, check_parameters
from msgan_lessons.runs.report import INDEX, is_gallery

__all__ = ["Request", "plan", "prepare_output"]

FOLDERS = ("data", "clips", "speech")  # parameters that may be folder:PATH


@dataclass(frozen=True)
class Request:
    """One lesson and what it is told.

    Parameters
    ----------
    lesson : Lesson
        What runs.
    given : dict
        Parameters that replace the notebook's defaults.
    preset : str
        For the kernel's MSGAN_PRESET; empty where --preset was not given.
    trace : bool
        Whether its live training is recorded.
    """

    lesson: Lesson
    given: dict[str, int | float | str | bool]
    preset: str = ""
    trace: bool = False

    @property
    def parameters(self) -> dict[str, int | float | str | bool]:
        """All parameters as the lesson will see them."""
        return {**self.lesson.defaults, **self.given}


def plan(
    lessons: Sequence[Lesson], pairs: Sequence[str], preset: str = "", *, trace: bool = False
) -> list[Request]:
    """Give each lesson the parameters it has, and refuse what is wrong.

    Parameters
    ----------
    lessons : sequence of Lesson
        Those to run.
    pairs : sequence of str
        'NAME=VALUE'; each name must be known to at least one of the lessons.
    preset : str
        'auto', 'smoke', 'class', 'gpu', or empty where it was not given.
    trace : bool
        Whether live trainings are recorded; each of the lessons must have one.

    Returns
    -------
    list of Request
        One a lesson.

    Raises
    ------
    TypeError, ValueError, FileNotFoundError
        For an unknown name, a value of the wrong type or range, values that do not go together,
        data that are damaged or missing, or a trace of a lesson that has no live training.
    """
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


def prepare_output(folder: Path, lessons: Sequence[Lesson]) -> Path:
    """Make the folder for runs, and refuse one that cannot be written or holds other things.

    Parameters
    ----------
    folder : Path
        Made where it is missing.
    lessons : sequence of Lesson
        Their folders must be runs of an earlier time, or not there.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    ValueError
        If it cannot be made or written, or something that is not a run would be replaced.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = "it is a file" if folder.is_file() else (error.strerror or str(error)).lower()
        raise ValueError(f"--out {folder} cannot be written: {reason}.") from error
    for name in [x.name + end for x in lessons for end in ("", ".failed")]:
        target = folder / name
        if os.path.lexists(target) and not (target / PARAMS).is_file():
            raise ValueError(f"{target} is there and is not a run; move it, or give another --out.")
    if os.path.lexists(folder / INDEX) and not is_gallery(folder / INDEX):
        raise ValueError(
            f"{folder / INDEX} is there and is not a gallery of runs; give another --out."
        )
    return folder.absolute()


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
    if kind is str:
        return _absolute(parameter.name, text) if parameter.name in FOLDERS else text
    try:
        value = {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
        if not math.isfinite(value):
            raise ValueError("not finite")
    except (KeyError, ValueError, OverflowError) as error:  # an int beyond all floats
        allowed = PARAMETERS.get(parameter.name, Parameter(kind)).words()
        raise TypeError(f"{parameter.name} must be {allowed}, got {shown(text)}.") from error
    return value


def _absolute(name: str, data: str) -> str:
    """Make folder:PATH absolute: the lesson runs in another folder than the user's."""
    if not data.startswith("folder:") or data == "folder:":
        return data
    try:
        return f"folder:{Path(data[7:]).expanduser().absolute()}"
    except RuntimeError as error:  # '~' of a user who is not there
        raise ValueError(f"{name}={shown(data)}: there is no such folder.") from error
