"""The rows of a kept training: appended, never rewritten, and checked up to a known place."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["KeptRows"]

FILE = "rows.jsonl"


class KeptRows:
    """Rows on disk up to the last checkpoint, and those since then in memory.

    Parameters
    ----------
    folder : Path
        Of the training; the file is made by the first `flush`.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._digest, self._size, self._count = hashlib.sha256(), 0, 0
        self._new: list[bytes] = []

    def add(self, row: Mapping) -> None:
        """Take a row.

        Parameters
        ----------
        row : mapping
            Plain values.
        """
        self._new.append(json.dumps(dict(row)).encode() + b"\n")

    def flush(self) -> dict:
        """Write what is new behind what is known to be whole.

        Returns
        -------
        dict
            'count', 'bytes' and 'sha256' of all rows, for `read`.
        """
        new, self._new, added = b"".join(self._new), [], len(self._new)
        with self.path.open("r+b" if self.path.exists() else "w+b") as file:
            file.seek(self._size)
            file.write(new)
            file.truncate()  # rows that a killed run wrote after its last checkpoint
            file.flush()
            os.fsync(file.fileno())
        self._digest.update(new)
        self._size, self._count = self._size + len(new), self._count + added
        return {"count": self._count, "bytes": self._size, "sha256": self._digest.hexdigest()}

    def read(self, known: Mapping) -> list[dict]:
        """Read the rows up to a checkpoint, and go on from there.

        Parameters
        ----------
        known : mapping
            As `flush` returned it.

        Returns
        -------
        list of dict

        Raises
        ------
        ValueError
            If the file is damaged.
        """
        content = self.path.read_bytes()[: known["bytes"]] if self.path.is_file() else b""
        digest = hashlib.sha256(content)
        if digest.hexdigest() != known["sha256"]:
            raise ValueError(f"{self.path} is damaged: its sha256 is not {known['sha256']}.")
        self._digest, self._size, self._count = digest, known["bytes"], known["count"]
        return [json.loads(line) for line in content.splitlines()]
