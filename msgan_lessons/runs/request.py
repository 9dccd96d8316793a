"""What a user asks of a run, refused before any work, and what params.json says of it."""

import hashlib
import importlib.metadata
import json
import math
import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch

from msgan_lessons import __version__
from msgan_lessons.base.places import training_threads
from msgan_lessons.base.record import PARAMS
from msgan_lessons.runs.gallery import INDEX, is_gallery
from msgan_lessons.runs.lessons import Lesson, LessonParameter
from msgan_lessons.runs.parameters import (
    PARAMETERS,
    Parameter,
    check_parameters,
    known_parameters,
    nearest,
    resolve_preset,
    shown,
)


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


def prepare_output(folder: Path, lessons: Sequence[Lesson]) -> Path:
    """Make the folder for runs, and refuse one that cannot be written or holds other things."""
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


PACKAGES = ("torch", "torchvision", "numpy", "ipykernel", "papermill")
SAME = ("lesson", "cells", "preset", "device", "threads")


def describe_run(request: Request) -> dict:
    """Describe a run before it starts; 'hash' is the sha256 of all that decides the result."""
    lesson, has_gpu = request.lesson, torch.cuda.is_available()
    # `choose_device` would open the GPU in this process, which only the kernel needs
    device = "cuda" if has_gpu else "mps" if torch.backends.mps.is_available() else "cpu"
    about = {
        "lesson": lesson.name,
        "title": lesson.title,
        "question": lesson.question,
        "document": lesson.document,
        "preset": _preset(request, has_gpu),
        "parameters": request.parameters,
        "cells": _cells(request),
        "device": device,
        "threads": os.environ.get("OMP_NUM_THREADS") or training_threads()["OMP_NUM_THREADS"],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "msgan_lessons": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in PACKAGES},
        },
    }
    return {**about, "hash": _hash(about)}


def first_difference(found: Mapping, asked: Mapping, *, versions: bool = True) -> str:
    """Name the first thing in which two runs differ, as in "loss was 'hinge', asked for 'wgan'"."""
    # `versions`, with threads and device: whether a training can go on, not what was asked for
    pairs = [(name, found.get(name), asked.get(name)) for name in SAME[:3]]
    for part in ("parameters", *(["versions"] if versions else [])):
        old, new = found.get(part) or {}, asked.get(part) or {}
        names = [n for n in (*old, *new) if part == "parameters" or n in ("msgan_lessons", "torch")]
        pairs += [(name, old.get(name), new.get(name)) for name in dict.fromkeys(names)]
    asked_for_threads = "OMP_NUM_THREADS" in os.environ  # else those of the run are taken again
    names = [n for n in SAME[3:] if versions and (n != "threads" or asked_for_threads)]
    pairs += [(name, found.get(name), asked.get(name)) for name in names]
    for name, was, now in pairs:
        if was != now and name == "cells":
            return "the lesson's cells have changed since"
        if was != now:
            return f"{name} was {was!r}, asked for {now!r}"
    return ""


def _cells(request: Request) -> str:
    """The sha256 of the code of a lesson."""
    cells = json.loads(request.lesson.path.read_text("utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def _hash(about: Mapping) -> str:
    decides = {name: about[name] for name in (*SAME, "parameters", "versions")}
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _preset(request: Request, has_gpu: bool) -> str:
    """Return what the lesson's own `start_lesson` will settle on."""
    asked = str(request.parameters.get("preset") or request.preset or "auto")
    if asked == request.preset == "auto":  # overrides this process's MSGAN_PRESET in the kernel
        return "gpu" if has_gpu else "class"
    return resolve_preset(asked, has_gpu=has_gpu)
