"""The folder of a run: worked on under another name, moved when complete, found by --resume."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgan_lessons.base import keeping
from msgan_lessons.base.keeping import FOLDER, KEPT
from msgan_lessons.base.record import PARAMS, read_record, seal_record, write_json
from msgan_lessons.runs.request import Request, describe_run, first_difference
from msgan_lessons.runs.slots import Slot, slots, used_slots


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
