"""A folder that an export fills: whole or not there, and never at the cost of someone's work."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgan_lessons import __version__

__all__ = ["MARKER", "check_target", "fresh_folder"]

MARKER = ".msgan_export"
IGNORED = {".ipynb_checkpoints", "__pycache__", ".DS_Store"}


@contextmanager
def fresh_folder(target: Path, edition: str) -> Iterator[Path]:
    """Give an empty folder to write into, which becomes `target` when all is written.

    Parameters
    ----------
    target : Path
        Missing, empty, or an earlier export that nobody has changed since.
    edition : str
        Written into the marker.

    Yields
    ------
    Path
        A sibling of the target.

    Raises
    ------
    ValueError
        If `check_target` refuses the target.
    OSError
        If it cannot be written; an earlier export stays as it was.
    """
    target = target.absolute()
    partial, old = (target.with_name(f".{target.name}.{word}") for word in ("partial", "old"))
    _sweep(target, partial, old)
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
    except OSError as error:
        raise ValueError(
            f"DIR must be where a folder can be made, got {target} ({error.strerror})."
        ) from error
    try:
        (partial / MARKER).touch()
        yield partial
        _seal(partial, edition)
        if target.is_dir():
            os.replace(target, old)
        os.replace(partial, target)
    finally:
        _sweep(target, partial, old)


def check_target(target: Path) -> None:
    """Refuse a folder in which an export would destroy something.

    Parameters
    ----------
    target : Path
        Where an export would go.

    Raises
    ------
    ValueError
        If it is a file, the current folder or one above it, or holds anything but an unchanged
        export.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ValueError(f"DIR must be a folder or a new name, got {target}.")
    resolved, here = target.resolve(), Path.cwd().resolve()
    if resolved == here or resolved in here.parents:
        raise ValueError(f"DIR must not be the folder you are in or one above it, got {target}.")
    if not target.is_dir() or not any(target.iterdir()):
        return
    written = _read_marker(target)
    if written is None:
        raise ValueError(f"DIR must be empty, new or an earlier export, got {target}.")
    found = _hashes(target)
    changed = sorted(name for name in found if found[name] != written.get(name))
    if changed:
        raise ValueError(
            f"DIR must be an export as it was written, but {target} holds {changed[0]}, "
            f"which was added or changed since; choose another folder."
        )


def _sweep(target: Path, partial: Path, old: Path) -> None:
    """Drop what is half written, and the old export once the new one is in its place."""
    if old.is_dir() and not target.exists():
        os.replace(old, target)
    for left in (partial, old):
        if (left / MARKER).is_file():
            shutil.rmtree(left)
    if old.is_dir() and not any(old.iterdir()):  # the folder had been empty
        old.rmdir()


def _seal(folder: Path, edition: str) -> None:
    files = _hashes(folder)
    content = {"edition": edition, "version": __version__, "files": files}
    (folder / MARKER).write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def _read_marker(folder: Path) -> dict | None:
    """Return name to hash of what the export wrote; None where there is no whole marker."""
    try:
        return dict(json.loads((folder / MARKER).read_text("utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _hashes(folder: Path) -> dict[str, str]:
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.name != MARKER and path.is_file() and not IGNORED & set(path.parts)
    ]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }
