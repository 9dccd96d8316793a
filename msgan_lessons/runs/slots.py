"""Where runs of one lesson lie in the folder of all runs: a place for each, also at one time.

The first is LESSON; runs that start while it is taken get LESSON.2, LESSON.3, ... A place is held
by a lock that the system frees when its process ends, however it ends.
"""

import os
import re
import secrets
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

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
        """Return a name for a working folder that no process has ever used.

        A kernel that outlives its killed runner still knows the old name, and finds nothing there.
        """
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
