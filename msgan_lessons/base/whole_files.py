"""Files that are whole or not there: written in one moment, and checked byte for byte when read."""

import hashlib
import io
import json
import os
import re
import shutil
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

if TYPE_CHECKING:  # what keeps records must load where torch does not: see `msgan doctor`
    from torch import Tensor

STAGED, READY = ".staged", ".ready"
SEAL = "seal"


def commit(folder: Path, write: Callable[[Path], None], last: str) -> Path:
    """Replace files of a folder together, all or none; `last` names the others and goes last."""
    folder.mkdir(parents=True, exist_ok=True)
    finish_commit(folder, last)
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
    finish_commit(folder, last)
    return folder


def finish_commit(folder: Path, last: str) -> None:
    """Finish a `commit` that was interrupted after the moment from which its files count."""
    ready = folder / READY
    if not ready.is_dir():
        return
    for path in sorted(ready.iterdir(), key=lambda p: p.name == last):
        os.replace(path, folder / path.name)
    ready.rmdir()
    _flush(folder)


def write_sealed(path: Path, content: Mapping) -> None:
    """Write JSON that says of itself whether it is whole; an older file is replaced at once."""
    text = json.dumps({**content, SEAL: _seal(content)}, indent=2) + "\n"
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(text)
    _flush(temporary)
    os.replace(temporary, path)


def read_sealed(path: Path) -> dict:
    """Read what `write_sealed` wrote, and return it without its seal."""
    try:
        content = json.loads(path.read_bytes())
        seal = content.pop(SEAL)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is damaged: it is not what a run wrote.") from error
    if seal != _seal(content):
        raise ValueError(f"{path} is damaged: its seal is not that of its content.")
    return content


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, 64 hexadecimal digits."""
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


START = ""  # what the first line follows
CHAINED = re.compile(rb'(\{"kind": .*), "chain": "([0-9a-f]{16})"\}')


class RecordLines:
    """Append lines to a file, so that a line which is changed, lost or moved later is seen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._chain, self._size = START, 0

    def append(self, line: Mapping) -> None:
        """Write one line behind the others; its first key is 'kind'."""
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
    """Read and verify all lines; return them and their seal: their number and the last digest."""
    *texts, rest = (path.read_bytes() if path.is_file() else b"").split(b"\n")
    if seal is None and not any(b'"chain": "' in text for text in texts):
        return _unchained(path, texts, rest), _seal_line([], START)
    chain, lines = START, []
    for number, text in enumerate(texts, start=1):
        match = CHAINED.fullmatch(text)
        chain = _link(chain, match[1]) if match else ""
        if not match or chain != match[2].decode():
            raise ValueError(_damaged(path, number))
        lines.append(json.loads(match[1] + b"}"))
    found = _seal_line(lines, chain)
    if seal is not None and (rest or found != seal):
        raise ValueError(
            f"{path} is damaged: it does not end where the run ended; run the lesson again."
        )
    return lines, found


def _seal_line(lines: list[dict], chain: str) -> str:
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


FILE = "rows.jsonl"


class RowLog:
    """Rows on disk up to the last checkpoint, and those since then in memory."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._digest, self._size, self._count = hashlib.sha256(), 0, 0
        self._new: list[bytes] = []

    def add(self, row: Mapping) -> None:
        """Take a row of plain values."""
        self._new.append(json.dumps(dict(row)).encode() + b"\n")

    def flush(self) -> dict:
        """Write what is new behind what is known to be whole; return what `read` has to know."""
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
        """Read the rows up to a checkpoint, and go on from there."""
        content = self.path.read_bytes()[: known["bytes"]] if self.path.is_file() else b""
        digest = hashlib.sha256(content)
        if digest.hexdigest() != known["sha256"]:
            raise ValueError(f"{self.path} is damaged: its sha256 is not {known['sha256']}.")
        self._digest, self._size, self._count = digest, known["bytes"], known["count"]
        return [json.loads(line) for line in content.splitlines()]


MARK = b"sha256 "
LENGTH = len(MARK) + 64
SIZE_OF_COMMENT = struct.Struct("<H")  # the last field of a zip file, APPNOTE 4.3.16


def sealed(content: bytes) -> bytes:
    """Add the seal to a zip file that has no comment yet, as its comment: it stays a zip file."""
    _check_end(content)
    body = content[:-2] + SIZE_OF_COMMENT.pack(LENGTH)
    return body + MARK + hashlib.sha256(body).hexdigest().encode()


def unsealed(content: bytes) -> bytes:
    """Verify a file and return it without its seal; before 0.5 by the zip file's own checksums."""
    body, mark, seal = content[:-LENGTH], content[-LENGTH:-64], content[-64:]
    if mark == MARK:
        if hashlib.sha256(body).hexdigest().encode() != seal:
            raise ValueError("its sha256 is another")
        return body[:-2] + SIZE_OF_COMMENT.pack(0)
    _check_end(content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        if wrong := file.testzip():
            raise ValueError(f"the checksum of {wrong} is another")
    return content


def _check_end(content: bytes) -> None:
    if content[-22:-18] != b"PK\5\6" or content[-2:] != SIZE_OF_COMMENT.pack(0):
        raise ValueError("it does not end as it was written")


FORMAT = 2
INDEX = "checkpoint.json"


def save_tensors(
    folder: Path, named: Mapping[str, Mapping[str, "Tensor"]], description: Mapping
) -> Path:
    """Write tensors, NAME.safetensors, and their description; other things in the folder stay."""
    from safetensors.torch import save_file

    def write(staged: Path) -> None:
        hashes = {}
        for name, members in named.items():
            path = staged / f"{name}.safetensors"
            try:
                save_file({k: v.detach().cpu().contiguous() for k, v in members.items()}, path)
            except SafetensorError as error:
                raise OSError(f"{path} could not be written: {error}") from error
            hashes[path.name] = sha256_of(path)
        write_sealed(staged / INDEX, {"format": FORMAT, "sha256": hashes, **description})

    return commit(folder, write, last=INDEX)


def describe(folder: Path) -> dict:
    """Verify a checkpoint and read its description, with its 'format' and 'sha256'."""
    finish_commit(folder, last=INDEX)
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(f"{folder} holds no checkpoint ({INDEX} is missing).")
    description = _index(folder)
    for name, expected in description["sha256"].items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != expected:
            raise ValueError(f"{path} is damaged: its sha256 is not {expected}.")
    return description


def _index(folder: Path) -> dict:
    """The description, without a look at the files that it names."""
    path = folder / INDEX
    try:
        version = json.loads(path.read_bytes())["format"]
        if version not in (1, FORMAT):
            raise ValueError(f"{folder} has checkpoint format {version}, expected {FORMAT}.")
        description = read_sealed(path) if version == FORMAT else json.loads(path.read_bytes())
        dict(description["sha256"])
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: it is not a checkpoint's JSON.") from error
    return description


def tensors(folder: Path, name: str) -> "dict[str, Tensor]":
    """Read the tensors of one name, verified, onto the CPU."""
    from safetensors.torch import load_file

    return load_file(find(folder, name))


def find(folder: Path, name: str) -> Path:
    """Return the file of one name, verified."""
    hashes = describe(folder)["sha256"]
    if f"{name}.safetensors" not in hashes:
        known = ", ".join(sorted(Path(n).stem for n in hashes))
        raise ValueError(f"{folder} holds {known}, but no {name!r}.")
    return folder / f"{name}.safetensors"
