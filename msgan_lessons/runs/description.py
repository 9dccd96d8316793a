"""What a run says of itself in params.json, and whether another would be the same run."""

import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime

import torch

from msgan_lessons import __version__
from msgan_lessons.base.places import training_threads
from msgan_lessons.runs.budget import resolve_preset
from msgan_lessons.runs.plan import Request

__all__ = ["describe_run", "difference"]

PACKAGES = ("torch", "torchvision", "numpy", "ipykernel", "papermill")
SAME = ("lesson", "cells", "preset", "device", "threads")


def describe_run(request: Request) -> dict:
    """Describe a run before it starts.

    Parameters
    ----------
    request : Request
        The lesson and its parameters.

    Returns
    -------
    dict
        Plain values; 'hash' is the sha256 of all that decides the result.
    """
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


def difference(found: Mapping, asked: Mapping, *, versions: bool = True) -> str:
    """Name the first thing in which two runs differ, as in "loss was 'hinge', asked for 'wgan'".

    Parameters
    ----------
    found, asked : mapping
        As `describe_run` returns them.
    versions : bool
        Whether versions, threads and device count: they decide whether a training can go on, not
        what was asked for.

    Returns
    -------
    str
        Empty where they do not differ.
    """
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
