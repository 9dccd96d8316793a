"""The run's folder of `msgan train`: taken, or taken up again, by process 0 for all of them."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from msgan_lessons.base import keeping
from msgan_lessons.base.record import PARAMS, write_json
from msgan_lessons.runs.description import difference
from msgan_lessons.runs.run_folder import RunFolder
from msgan_lessons.runs.slots import Slot

__all__ = ["enter"]


def enter(out: Path, about: Mapping, resume: bool, processes: object | None) -> RunFolder | Path:
    """Take the folder of a training; all processes learn alike where it is or why it is refused.

    Parameters
    ----------
    out : Path
        The run's final place, absolute.
    about : mapping
        As `describe_training` returns it.
    resume : bool
        Whether an unfinished run is continued and a finished one left as it is.
    processes : processes.Processes, optional
        Those that call this.

    Returns
    -------
    RunFolder or Path
        Where to work; or the finished run.

    Raises
    ------
    ValueError
        If something else lies there, it is taken, what lies there cannot be resumed, or not all
        processes see it.
    OSError
        If it cannot be written.
    """
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
    """Find the run to work on, or make one."""
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
    for left in slot.unfinished():
        shutil.rmtree(left, ignore_errors=True)
    folder = RunFolder(slot, slot.new_partial())
    folder.partial.mkdir()
    write_json(folder.partial / PARAMS, about)
    return folder


def _found(slot: Slot, about: Mapping) -> Path | None:
    """The run to be continued, the unfinished before the finished one; checked, not changed."""
    for left in (*reversed(slot.unfinished()), slot.failed, slot.final):
        if not (left / PARAMS).is_file():
            continue
        try:
            found = dict(json.loads((left / PARAMS).read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{left / PARAMS} is damaged: it does not say what ran.") from error
        if differs := difference(found, about, versions=left != slot.final):
            raise ValueError(
                f"{slot.final} cannot be resumed: {differs}; ask for the same, or give another "
                "--out."
            )
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
