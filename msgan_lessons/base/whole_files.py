"""Files that are whole or not there: one way to write them, two to see later that they are whole.

What is written once has its hash in a JSON index, which has a seal of its own; what grows line by
line has in each line a digest of all that stands before it.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors import SafetensorError

if TYPE_CHECKING:  # what keeps records must load where torch does not: see `msgan doctor`
    from torch import Tensor

STAGED, READY = ".staged", ".ready"
SEAL = "seal"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name to write under; what is there at the end takes the place of `path` at once."""
    temporary = path.with_name(f".{path.name}.partial")
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all; an older one is replaced at once."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


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
    write_whole(path, text.encode())


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
NOTHING = f"0 lines, {START}"  # the seal of an empty file
CHAINED = re.compile(rb'(\{.*), "chain": "([0-9a-f]{16})"\}')


class ChainedLines:
    """JSON lines that are only added: one that is changed, lost or moved later is seen."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._chain, self._count, self._size = START, 0, 0
        self._held: list[bytes] = []

    def append(self, line: Mapping) -> None:
        """Write one line behind the others."""
        self.hold(line)
        self._write()

    def hold(self, line: Mapping) -> None:
        """Take a line, to be written with the next ones."""
        self._held.append(json.dumps(dict(line))[:-1].encode())

    def flush(self) -> str:
        """Have the disk hold all lines; return their seal, from which `go_on` can go on."""
        self._write()
        _flush(self.path)
        return _seal_line(self._count, self._chain)

    def go_on(self, seal: str | None = None) -> list[dict]:
        """Read the lines up to a seal, or all whole ones, and drop what is written behind them."""
        lines, found = read_lines(self.path, seal, beyond=True)
        whole = self.path.read_bytes() if self.path.exists() else b""
        ends = sum(len(text) + 1 for text in whole.split(b"\n")[: len(lines)])
        if ends < len(whole):
            os.truncate(self.path, ends)
        self._chain, self._count, self._size = found.rpartition(" ")[2], len(lines), ends
        return lines

    def _write(self) -> None:
        size = self.path.stat().st_size if self.path.exists() else 0
        if size != self._size:  # another process wrote, or the run goes on after a stop
            self.go_on()
        bodies, self._held = self._held, []
        with self.path.open("ab") as file:
            for body in bodies:
                self._chain = _link(self._chain, body)
                self._size += file.write(body + f', "chain": "{self._chain}"}}\n'.encode())
        self._count += len(bodies)


def read_lines(
    path: Path, seal: str | None = None, *, beyond: bool = False
) -> tuple[list[dict], str]:
    """Read and verify all lines, return their seal; `beyond`: leave out what it does not know."""
    *texts, rest = (path.read_bytes() if path.is_file() else b"").split(b"\n")
    if seal is not None and beyond:
        texts, rest = texts[: int(seal.split()[0])], b""
    if seal is None and not any(b'"chain": "' in text for text in texts):
        return _unchained(path, texts, rest), NOTHING
    chain, lines = START, []
    for number, text in enumerate(texts, start=1):
        match = CHAINED.fullmatch(text)
        chain = _link(chain, match[1]) if match else ""
        if not match or chain != match[2].decode():
            raise ValueError(_damaged(path, number))
        lines.append(json.loads(match[1] + b"}"))
    found = _seal_line(len(lines), chain)
    if seal is not None and (rest or found != seal):
        raise ValueError(
            f"{path} is damaged: it does not end where the run ended; run the lesson again."
        )
    return lines, found


def _seal_line(count: int, chain: str) -> str:
    return f"{count} lines, {chain}"


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
