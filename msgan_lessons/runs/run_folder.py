"""The folder of a run: worked on under another name, moved to its own only when complete."""

import json
import os
import shutil
from pathlib import Path

from msgan_lessons.base.keeping import FOLDER, KEPT
from msgan_lessons.base.record import PARAMS, read_record, seal_record, write_json
from msgan_lessons.runs.description import describe_run
from msgan_lessons.runs.plan import Request
from msgan_lessons.runs.slots import Slot, slots

__all__ = ["RunFolder"]


class RunFolder:
    """Where one lesson's run is made, and where it ends up.

    Parameters
    ----------
    slot : Slot
        Held by this process.
    partial : Path
        The working folder, with its params.json.
    """

    def __init__(self, slot: Slot, partial: Path) -> None:
        self.slot, self.partial = slot, partial

    @classmethod
    def begin(cls, out: Path, request: Request) -> "RunFolder":
        """Take the first free place of the lesson, and note what is about to run.

        Parameters
        ----------
        out : Path
            The folder of all runs, absolute.
        request : Request
            The lesson and its parameters.

        Returns
        -------
        RunFolder
            An unfinished run that lay there is gone; a finished one stays until this one is.
        """
        free = (s for s in slots(out, request.lesson.name) if _is_ours(s) and s.take())
        slot = next(free)
        for left in slot.unfinished():
            shutil.rmtree(left, ignore_errors=True)
        folder = cls(slot, slot.new_partial())
        folder.partial.mkdir()
        write_json(folder.partial / PARAMS, describe_run(request))
        return folder

    @classmethod
    def resume(cls, slot: Slot, left: Path) -> "RunFolder":
        """Work on in the folder of a run that did not end.

        Parameters
        ----------
        slot : Slot
            Held by this process.
        left : Path
            The unfinished or failed run; it is moved, and loses all but what is kept of its
            trainings: the lesson runs from its first cell, and the trainings go on.

        Returns
        -------
        RunFolder
        """
        folder = cls(slot, slot.new_partial())
        os.replace(left, folder.partial)
        for path in folder.partial.iterdir():
            if path.name not in (PARAMS, FOLDER):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        return folder

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
