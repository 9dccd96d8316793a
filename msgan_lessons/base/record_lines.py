"""The lines of record.jsonl: each ends with a digest of itself and of all lines before it."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["RecordLines", "read_lines"]

START = ""  # what the first line follows
CHAINED = re.compile(rb'(\{"kind": .*), "chain": "([0-9a-f]{16})"\}')


class RecordLines:
    """Append lines to a file, so that a line which is changed, lost or moved later is seen.

    Parameters
    ----------
    path : Path
        The file; what stands in it already is gone on with, without a last line that is cut off.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     RecordLines(Path(folder, "a")).append({"kind": "row", "step": 1})
    ...     read_lines(Path(folder, "a"))[0]
    [{'kind': 'row', 'step': 1}]
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._chain, self._size = START, 0

    def append(self, line: Mapping) -> None:
        """Write one line behind the others.

        Parameters
        ----------
        line : mapping
            Plain values; the first key is 'kind'.

        Raises
        ------
        ValueError
            If what stands there is damaged.
        OSError
            If the disk is full or the file cannot be written.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if size != self._size:  # another process wrote, or the run goes on after a stop
            self._chain, self._size = self._go_on()
        body = json.dumps(line)[:-1].encode()
        self._chain = _link(self._chain, body)
        written = body + f', "chain": "{self._chain}"}}\n'.encode()
        with self.path.open("ab") as file:
            file.write(written)
        self._size += len(written)

    def _go_on(self) -> tuple[str, int]:
        _, seal = read_lines(self.path)
        whole = self.path.read_bytes() if self.path.exists() else b""
        whole = whole[: whole.rfind(b"\n") + 1]
        with self.path.open("r+b" if self.path.exists() else "w+b") as file:
            file.truncate(len(whole))
        return seal.rpartition(" ")[2], len(whole)


def read_lines(path: Path, seal: str | None = None) -> tuple[list[dict], str]:
    """Read and verify all lines.

    Parameters
    ----------
    path : Path
        As `RecordLines` wrote it, or a version before 0.5, which had no digests.
    seal : str, optional
        What was returned when the run had ended; without it a last line that is cut off by a
        crash is left out.

    Returns
    -------
    tuple
        The lines as they were appended; the seal: how many they are, and the last digest.

    Raises
    ------
    ValueError
        If a line is damaged, missing or moved; the sentence names the file and the line.
    """
    *texts, rest = (path.read_bytes() if path.is_file() else b"").split(b"\n")
    if seal is None and not any(b'"chain": "' in text for text in texts):
        return _unchained(path, texts, rest), _seal([], START)
    chain, lines = START, []
    for number, text in enumerate(texts, start=1):
        match = CHAINED.fullmatch(text)
        chain = _link(chain, match[1]) if match else ""
        if not match or chain != match[2].decode():
            raise ValueError(_damaged(path, number))
        lines.append(json.loads(match[1] + b"}"))
    found = _seal(lines, chain)
    if seal is not None and (rest or found != seal):
        raise ValueError(
            f"{path} is damaged: it does not end where the run ended; run the lesson again."
        )
    return lines, found


def _seal(lines: list[dict], chain: str) -> str:
    return f"{len(lines)} lines, {chain}"


def _link(before: str, body: bytes) -> str:
    return hashlib.sha256(before.encode() + body).hexdigest()[:16]


def _unchained(path: Path, texts: list[bytes], rest: bytes) -> list[dict]:
    """Lines of an earlier version: whole JSON objects, each of a kind."""
    lines = []
    for number, text in enumerate([*texts, rest], start=1):
        try:
            lines.append(json.loads(text))
            lines[-1]["kind"]
        except (ValueError, KeyError, TypeError) as error:
            if number > len(texts):  # the machine went down in the middle of this line
                return lines[: len(texts)]
            raise ValueError(_damaged(path, number)) from error
    return lines


def _damaged(path: Path, number: int) -> str:
    return f"{path} is damaged in line {number}; run the lesson again."
