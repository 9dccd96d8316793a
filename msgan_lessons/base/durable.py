"""Files that are whole or not there: staged, flushed to the disk, moved into place at one moment.

A power cut or a kill leaves either the old files or the new ones. A full disk leaves the old ones.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["commit", "forward", "read_sealed", "sha256_of", "write_sealed"]

STAGED, READY = ".staged", ".ready"
SEAL = "seal"


def commit(folder: Path, write: Callable[[Path], None], last: str) -> Path:
    """Replace files of a folder together: all of them, or none.

    Parameters
    ----------
    folder : Path
        Made where it is missing; files of it that are not written anew stay.
    write : callable
        Writes the new files, whatever their number, into the folder that it is given.
    last : str
        The file that names the others; it is moved into place after them.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; the old files stay whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forward(folder, last)
    staged = folder / STAGED
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    try:
        write(staged)
        for path in (*staged.iterdir(), staged):
            _flush(path)
    except OSError:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    os.replace(staged, folder / READY)  # from here on the new files count
    forward(folder, last)
    return folder


def forward(folder: Path, last: str) -> None:
    """Finish a `commit` that was interrupted after the moment from which its files count.

    Parameters
    ----------
    folder : Path
        As for `commit`.
    last : str
        As for `commit`.
    """
    ready = folder / READY
    if not ready.is_dir():
        return
    for path in sorted(ready.iterdir(), key=lambda p: p.name == last):
        os.replace(path, folder / path.name)
    ready.rmdir()
    _flush(folder)


def write_sealed(path: Path, content: Mapping) -> None:
    """Write JSON that says of itself whether it is whole; an older file is replaced at once.

    Parameters
    ----------
    path : Path
        Where to.
    content : mapping
        Plain values, without the key 'seal'.
    """
    text = json.dumps({**content, SEAL: _seal(content)}, indent=2) + "\n"
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(text)
    _flush(temporary)
    os.replace(temporary, path)


def read_sealed(path: Path) -> dict:
    """Read what `write_sealed` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        The content, without its seal.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    ValueError
        If it is damaged.
    """
    try:
        content = json.loads(path.read_bytes())
        seal = content.pop(SEAL)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: it is not what a run wrote.") from error
    if seal != _seal(content):
        raise ValueError(f"{path} is damaged: its seal is not that of its content.")
    return content


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _seal(content: Mapping) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _flush(path: Path) -> None:
    """Have the disk hold what was written; folders cannot be flushed on Windows."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
