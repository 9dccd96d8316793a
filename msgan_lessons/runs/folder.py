"""The folders of runs: what each says of itself, its place among them, how it is found again.

The first place of a lesson is LESSON; runs that start while it is taken get LESSON.2, LESSON.3,
... A place is held by a lock that the system frees when its process ends, however it ends. A run
is worked on under another name, and moved when it is complete.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from msgan_lessons import __version__
from msgan_lessons.base import keeping
from msgan_lessons.base.keeping import FOLDER, KEPT
from msgan_lessons.base.pages import is_ours
from msgan_lessons.base.places import training_threads
from msgan_lessons.base.record import PARAMS, read_record, seal_record, write_json
from msgan_lessons.runs.lessons import Lesson, Request
from msgan_lessons.runs.parameters import resolve_preset

INDEX = "index.html"  # of the gallery


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
    if os.path.lexists(folder / INDEX) and not is_ours(folder / INDEX):
        raise ValueError(
            f"{folder / INDEX} is there and is not a gallery of runs; give another --out."
        )
    return folder.absolute()


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
    decides = {name: about[name] for name in (*SAME, "parameters", "versions")}
    digest = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
    return {**about, "hash": digest}


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


def _preset(request: Request, has_gpu: bool) -> str:
    """Return what the lesson's own `start_lesson` will settle on."""
    asked = str(request.parameters.get("preset") or request.preset or "auto")
    if asked == request.preset == "auto":  # overrides this process's MSGAN_PRESET in the kernel
        return "gpu" if has_gpu else "class"
    return resolve_preset(asked, has_gpu=has_gpu)


LOCKS = ".locks"


class Slot:
    """One place for a run: its final name, and the names that it has on the way."""

    def __init__(self, out: Path, name: str) -> None:
        self.out, self.name = out, name
        self.final, self.failed = out / name, out / f"{name}.failed"
        self.old = out / f".{name}.old"
        self._lock = locked(out, name)

    def take(self) -> bool:
        """Hold the place for this process; False where another one holds it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        if self.old.exists() and not self.final.exists():  # killed between two moves
            os.replace(self.old, self.final)
        return True

    def free(self) -> None:
        """Let others have the place."""
        self._lock.release()

    def unfinished(self) -> list[Path]:
        """Return working folders that were left behind, the latest last."""
        pattern = re.compile(rf"\.{re.escape(self.name)}\.[0-9a-f]{{8}}\.partial")
        found = [p for p in self.out.iterdir() if pattern.fullmatch(p.name)]
        return sorted(found, key=lambda p: p.stat().st_mtime)

    def new_partial(self) -> Path:
        """Return a name for a working folder that no process, not even an orphan, has ever used."""
        return self.out / f".{self.name}.{secrets.token_hex(4)}.partial"


def slots(out: Path, lesson: str) -> Iterator[Slot]:
    """Yield the places of a lesson in their order, without end."""
    yield Slot(out, lesson)
    for number in count(2):
        yield Slot(out, f"{lesson}.{number}")


def used_slots(out: Path, lesson: str) -> list[Slot]:
    """Return the places of a lesson where something lies, in their order."""
    pattern = re.compile(
        rf"\.?({re.escape(lesson)}(?:\.(\d+))?)(?:\.failed|\.[0-9a-f]{{8}}\.partial|\.old)?"
    )
    found = {m[1]: int(m[2] or 1) for p in out.iterdir() if (m := pattern.fullmatch(p.name))}
    return [Slot(out, name) for name in sorted(found, key=found.get)]


def locked(out: Path, name: str) -> FileLock:
    """Return the lock of a name in a folder of runs; its file stays there, empty."""
    (out / LOCKS).mkdir(exist_ok=True)
    return FileLock(out / LOCKS / f"{name}.lock")


class RunFolder:
    """Where a run is made, `partial`, and where it ends up, `slot`, which this process holds."""

    def __init__(self, slot: Slot, partial: Path) -> None:
        self.slot, self.partial = slot, partial

    @classmethod
    def begin(cls, out: Path, request: Request) -> "RunFolder":
        """Take the first free place of the lesson, and note what is about to run."""
        free = (s for s in slots(out, request.lesson.name) if _is_ours(s) and s.take())
        return cls.fresh(next(free), describe_run(request))

    @classmethod
    def fresh(cls, slot: Slot, about: Mapping) -> "RunFolder":
        """Start anew in a place that is held; an unfinished run there is gone, a finished stays."""
        for left in slot.unfinished():
            shutil.rmtree(left, ignore_errors=True)
        folder = cls(slot, slot.new_partial())
        folder.partial.mkdir()
        write_json(folder.partial / PARAMS, about)
        return folder

    @classmethod
    def resume(cls, slot: Slot, left: Path) -> "RunFolder":
        """Work on in the folder of a run that did not end; all but its kept trainings is gone."""
        folder = cls(slot, slot.new_partial())
        os.replace(left, folder.partial)
        for path in folder.partial.iterdir():
            if path.name not in (PARAMS, FOLDER):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return folder

    def finish(self, seconds: float) -> Path:
        """Move a complete run to its name, in place of an older one and of an older failure."""
        sealed = seal_record(self.partial)
        self._add_metrics(**sealed, status="done", wall_seconds=round(seconds, 2))
        place, old = self.slot.final, self.slot.old
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            os.replace(place, old)
        os.replace(self.partial, place)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self.slot.failed, ignore_errors=True)
        return place

    def fail(self, seconds: float, failure: dict) -> Path:
        """Keep what there is of a failed run beside the last finished one."""
        self._add_metrics(status="failed", wall_seconds=round(seconds, 2), failure=failure)
        shutil.rmtree(self.slot.failed, ignore_errors=True)
        os.replace(self.partial, self.slot.failed)
        return self.slot.failed

    def stop(self) -> None:
        """Leave a run that was interrupted: for --resume where it had trained, else gone."""
        if not any((self.partial / FOLDER).glob(f"*/{KEPT}")):
            shutil.rmtree(self.partial, ignore_errors=True)

    def _add_metrics(self, **values: object) -> None:
        path = self.partial / "metrics.json"
        recorded = json.loads(path.read_text()) if path.exists() else {}
        checks = read_record(self.partial, "check")
        counted = {"checks": len(checks), "checks_held": sum(c["holds"] for c in checks)}
        write_json(path, {**recorded, **counted, **values})


def _is_ours(slot: Slot) -> bool:
    """Whether nothing but runs lies there."""
    places = (slot.final, slot.failed)
    return all((p / PARAMS).is_file() for p in places if os.path.lexists(p))


def find_run(out: Path, request: Request) -> RunFolder | Path:
    """Find the run to go on with, or begin one; a Path is a finished run. Nothing else changes."""
    asked, refusal = describe_run(request), ""
    for slot in used_slots(out, request.lesson.name):
        if not slot.take():
            refusal = refusal or f"{slot.final} is being run by another process."
            continue
        for left, found in _described(slot):
            differs = _refusal(slot, left, found, asked)
            if not differs and left == slot.final:
                slot.free()
                return left
            if not differs:
                keeping.verify(left)
                return RunFolder.resume(slot, left)
            refusal = refusal or differs
        slot.free()
    if refusal:
        raise ValueError(refusal)
    return RunFolder.begin(out, request)


def _described(slot: Slot) -> Iterator[tuple[Path, dict]]:
    """The runs of a place, the unfinished first, with what they say of themselves."""
    for left in (*reversed(slot.unfinished()), slot.failed, slot.final):
        if (left / PARAMS).is_file():
            try:
                yield left, dict(json.loads((left / PARAMS).read_text("utf-8")))
            except (ValueError, TypeError) as error:
                slot.free()
                raise ValueError(
                    f"{left / PARAMS} is damaged: it does not say what ran."
                ) from error


def _refusal(slot: Slot, left: Path, found: Mapping, asked: Mapping) -> str:
    """Why a run cannot be resumed; empty where it can."""
    if differs := first_difference(found, asked, versions=left != slot.final):
        advice = "ask for the same, or give another --out."
        return f"{slot.final} cannot be resumed: {differs}; {advice}"
    return ""


def open_training_folder(
    out: Path, about: Mapping, resume: bool, processes: object | None
) -> RunFolder | Path:
    """Take the folder of a training; all processes learn alike where it is or why it is refused."""
    if processes is None:
        return _open(out, about, resume)
    folder, refusal = None, None
    if processes.is_main:
        try:
            folder = _open(out, about, resume)
        except (ValueError, OSError) as error:
            refusal = error
    if processes.agree(refusal is not None):
        raise refusal or ValueError("process 0 refused the run.")
    if processes.agree(isinstance(folder, Path)):
        return out
    folder = folder or _seen(out)
    seen = folder is not None and (folder.partial / PARAMS).is_file()
    if processes.mean({"seen": float(seen)})["seen"] < 1:
        raise ValueError(f"--out must be on a disk that all processes see, got {out}.")
    return folder


def _open(out: Path, about: Mapping, resume: bool) -> RunFolder | Path:
    """Find the run to work on, or make one; a Path is a finished run."""
    out.parent.mkdir(parents=True, exist_ok=True)
    slot = Slot(out.parent, out.name)
    if not slot.take():
        raise ValueError(f"--out {out} is being written by another process.")
    try:
        for place in (slot.final, slot.failed):
            if os.path.lexists(place) and not (place / PARAMS).is_file():
                raise ValueError(f"{place} is there and is not a run; give another --out.")
        found = _found(slot, about) if resume else None
    except (ValueError, OSError):
        slot.free()
        raise
    if found == slot.final:
        slot.free()
        return found
    if found is not None:
        return RunFolder.resume(slot, found)
    return RunFolder.fresh(slot, about)


def _found(slot: Slot, about: Mapping) -> Path | None:
    """The run to be continued, the unfinished before the finished one; checked, not changed."""
    for left, found in _described(slot):
        if refusal := _refusal(slot, left, found, about):
            raise ValueError(refusal)
        if left != slot.final:
            keeping.verify(left)
        return left
    return None


def _seen(out: Path) -> RunFolder | None:
    """The folder that process 0 has taken, as the others see it."""
    try:
        slot = Slot(out.parent, out.name)
        return RunFolder(slot, slot.unfinished()[-1])
    except (OSError, IndexError):
        return None
