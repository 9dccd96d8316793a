"""How a file comes to ship with the course: described in the manifest, and the manifest sealed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from msgan_lessons.datasets.shipped_data import MANIFEST, SEAL, seal

__all__ = ["described", "enter"]


def described(path: Path, *, licence: str = "MIT, as the course", **facts: object) -> dict:
    """Describe a file for the manifest.

    Parameters
    ----------
    path : Path
        The file, already written.
    licence : str
        Its licence, and who holds it where that is not the course.
    **facts
        What else there is to say of it: plain values.

    Returns
    -------
    dict
        'file', 'sha256', 'bytes', the facts, 'licence', and 'restore', the command that does.
    """
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        **facts,
        "licence": licence,
        "restore": f"git checkout -- data/{path.name}",
    }


def enter(folder: Path, entries: Mapping[str, dict]) -> None:
    """Put entries into the manifest of a folder, seal it, and say what was entered.

    Parameters
    ----------
    folder : Path
        Where the files lie; a manifest is made where there is none.
    entries : mapping
        Name to entry, as `described` returns it; one of the same name is replaced.
    """
    index = folder / MANIFEST
    manifest = json.loads(index.read_text()) if index.exists() else {}
    index.write_text(json.dumps(manifest | dict(entries), indent=2) + "\n")
    (folder / SEAL).write_text(seal(index.read_bytes()))
    for name, entry in entries.items():
        print(f"{name}: {folder / entry['file']}, {entry['bytes']:,} bytes, {entry['sha256']}")
