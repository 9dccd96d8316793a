"""The folder of a run: worked on under another name, moved to its own only when complete."""

import importlib.metadata
import json
import os
import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path

import torch

from msgan_lessons import __version__
from msgan_lessons.runs.budget import resolve_preset
from msgan_lessons.runs.plan import PARAMS, Request
from msgan_lessons.runs.record import read_record, write_json

__all__ = ["RunFolder"]


class RunFolder:
    """Where one lesson's run is made, and where it ends up.

    Parameters
    ----------
    out : Path
        The folder of all runs, absolute.
    name : str
        The lesson's name.
    """

    def __init__(self, out: Path, name: str) -> None:
        self.final, self.failed = out / name, out / f"{name}.failed"
        self.partial, self._old = out / f".{name}.partial", out / f".{name}.old"

    def begin(self, request: Request) -> Path:
        """Make an empty working folder and note what is about to run.

        Parameters
        ----------
        request : Request
            The lesson and its parameters.

        Returns
        -------
        Path
            The working folder.
        """
        if self._old.exists() and not self.final.exists():  # killed between two moves
            os.replace(self._old, self.final)
        self.discard()
        self.partial.mkdir()
        write_json(self.partial / PARAMS, _describe(request))
        return self.partial

    def finish(self, seconds: float) -> Path:
        """Move a complete run to its name, in place of an older one and of an older failure.

        Parameters
        ----------
        seconds : float
            Wall time.

        Returns
        -------
        Path
            The run.
        """
        self._add_metrics(status="done", wall_seconds=round(seconds, 2))
        _swap(self.partial, self.final, self._old)
        shutil.rmtree(self.failed, ignore_errors=True)
        return self.final

    def fail(self, seconds: float, failure: dict) -> Path:
        """Keep what there is of a failed run beside the last finished one.

        Parameters
        ----------
        seconds : float
            Wall time.
        failure : dict
            'cell', 'line' and 'cause'.

        Returns
        -------
        Path
            The folder, named LESSON.failed.
        """
        self._add_metrics(status="failed", wall_seconds=round(seconds, 2), failure=failure)
        shutil.rmtree(self.failed, ignore_errors=True)
        os.replace(self.partial, self.failed)
        return self.failed

    def discard(self) -> None:
        """Remove the working folder, if there is one."""
        shutil.rmtree(self.partial, ignore_errors=True)

    def _add_metrics(self, **values: object) -> None:
        path = self.partial / "metrics.json"
        recorded = json.loads(path.read_text()) if path.exists() else {}
        checks = read_record(self.partial, "check")
        counted = {"checks": len(checks), "checks_held": sum(c["holds"] for c in checks)}
        write_json(path, {**recorded, **counted, **values})


def _swap(new: Path, place: Path, old: Path) -> None:
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        os.replace(place, old)
    os.replace(new, place)
    shutil.rmtree(old, ignore_errors=True)


def _describe(request: Request) -> dict:
    lesson, has_gpu = request.lesson, torch.cuda.is_available()
    # `choose_device` would open the GPU in this process, which only the kernel needs
    device = "cuda" if has_gpu else "mps" if torch.backends.mps.is_available() else "cpu"
    packages = ("torch", "torchvision", "numpy", "ipykernel", "papermill")
    return {
        "lesson": lesson.name,
        "title": lesson.title,
        "question": lesson.question,
        "document": lesson.document,
        "preset": _preset(request, has_gpu),
        "parameters": request.parameters,
        "device": device,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "msgan_lessons": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in packages},
        },
    }


def _preset(request: Request, has_gpu: bool) -> str:
    """Return what the lesson's own `start_lesson` will settle on."""
    asked = str(request.parameters.get("preset") or request.preset or "auto")
    if asked == request.preset == "auto":  # overrides this process's MSGAN_PRESET in the kernel
        return "gpu" if has_gpu else "class"
    return resolve_preset(asked, has_gpu=has_gpu)
