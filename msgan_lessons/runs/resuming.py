"""Which run `--resume` means: the one that was asked for in the same words and did not end."""

import json
from collections.abc import Iterator
from pathlib import Path

from msgan_lessons.base import keeping
from msgan_lessons.base.record import PARAMS
from msgan_lessons.runs.description import describe_run, difference
from msgan_lessons.runs.plan import Request
from msgan_lessons.runs.run_folder import RunFolder
from msgan_lessons.runs.slots import Slot, used_slots

__all__ = ["find_run"]


def find_run(out: Path, request: Request) -> RunFolder | Path:
    """Find the run that is to be continued; nothing is changed where it cannot be.

    Parameters
    ----------
    out : Path
        The folder of all runs, absolute.
    request : Request
        The lesson and its parameters.

    Returns
    -------
    RunFolder or Path
        The run to work on, a fresh one where there was none; or the finished run.

    Raises
    ------
    ValueError
        If a run is there with other parameters, of another version, damaged, or still running.
    """
    asked, refusal = describe_run(request), ""
    for slot in used_slots(out, request.lesson.name):
        if not slot.take():
            refusal = refusal or f"{slot.final} is being run by another process."
            continue
        for left, found in _described(slot):
            finished = left == slot.final
            differs = difference(found, asked, versions=not finished)
            if not differs and finished:
                slot.free()
                return left
            if not differs:
                keeping.verify(left)
                return RunFolder.resume(slot, left)
            refusal = refusal or (
                f"{slot.final} cannot be resumed: {differs}; ask for the same, or give another "
                "--out."
            )
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
