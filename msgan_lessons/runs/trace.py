"""A trace: what a training looked like, moment by moment, in one small file that widgets replay."""

import hashlib
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from msgan_lessons.base.whole_files import write_whole

FILE = "trace.npz"
MAX_BYTES = 3_000_000
ROWS_KEPT = 1000
ROWS_SHARE = 0.2  # of the file, for the rows
DAMAGE = (  # what numpy, zipfile and json raise on damaged bytes; a bit may name a lost method
    ValueError, KeyError, AttributeError, TypeError, OSError, EOFError, NotImplementedError,
    RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip

Row = Mapping[str, float | None]  # None: not measured
Frame = Mapping[str, np.ndarray]  # what is to be seen: the same names, shapes and kinds each time


class Trace:
    """A recorded training."""

    def __init__(
        self,
        about: Mapping,  # what was trained, and how
        rows: Sequence[dict],  # of the whole training, thinned
        moments: Sequence[dict],  # the row of each frame
        frames: Mapping[str, np.ndarray],  # each (T, ...), one entry a moment
    ) -> None:
        self.about, self.rows, self._moments, self._frames = about, rows, moments, frames

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self._moments)

    def row(self, index: int) -> dict[str, float | None]:
        """Return the row of a moment."""
        return self._moments[index]

    def frame(self, index: int) -> dict[str, np.ndarray]:
        """Return what was seen at a moment; floats are float16."""
        return {name: array[index] for name, array in self._frames.items()}


def read_trace(path: Path) -> Trace:
    """Read a trace; no code in it is ever run."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; record one with: msgan run 08 --trace")
    try:
        with np.load(io.BytesIO(_unsealed(path.read_bytes())), allow_pickle=False) as arrays:
            parts = {name: arrays[name] for name in arrays.files}
        about = json.loads(parts.pop("about").tobytes())
        rows, moments = _table(parts, "rows/"), _table(parts, "moments/")
        frames = _part(parts, "frames/")
        if not moments or not frames or any(len(a) != len(moments) for a in frames.values()):
            raise ValueError("frames and moments differ in number")
    except DAMAGE as error:
        raise ValueError(f"{path} is damaged or not a trace: {error}.") from error
    return Trace(about, rows, moments, frames)


def _part(parts: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {n.removeprefix(prefix): a for n, a in parts.items() if n.startswith(prefix)}


def _table(parts: Mapping[str, np.ndarray], prefix: str) -> list[dict]:
    columns = _part(parts, prefix)
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, map(_value, line), strict=True)) for line in values]


def _value(number: float) -> float | int | None:
    if number != number:  # NaN
        return None
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


MARK = b"sha256 "
LENGTH = len(MARK) + 64
SIZE_OF_COMMENT = struct.Struct("<H")  # the last field of a zip file, APPNOTE 4.3.16


def _sealed(content: bytes) -> bytes:
    """Add the seal to a zip file, as its comment: a trace travels alone, without an index."""
    _check_end(content)
    body = content[:-2] + SIZE_OF_COMMENT.pack(LENGTH)
    return body + MARK + hashlib.sha256(body).hexdigest().encode()


def _unsealed(content: bytes) -> bytes:
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


class TraceWriter:
    """Keep frames of a training of any length in a bounded file, which when full drops half."""

    def __init__(
        self,
        path: Path,
        about: Mapping,  # plain values: what was trained, and how
        frame: Callable[[], Frame],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        if max_bytes < 10_000:
            raise ValueError(f"max_bytes must be at least 10,000, got {max_bytes}.")
        self.path, self.about, self.max_bytes = path, dict(about), max_bytes
        self._frame = frame
        self._moments: list[tuple[dict, dict[str, np.ndarray]]] = []
        self._rows: list[dict] = []
        self._since: dict = {}  # what has been measured since the last kept row
        self._interval = self._stride = 1
        self._count = 0

    def see(self, row: Row) -> None:
        """Take notice of a move; call it after each one."""
        self._last = dict(row)
        self._since = _filled(self._since, self._last)
        if self._count % self._stride == 0:
            self._rows.append(self._since)
            self._since = {}
            if len(self._rows) > ROWS_KEPT:
                self._rows, self._stride = _halved(self._rows), 2 * self._stride
        if self._count % self._interval == 0:
            self._take()
        self._count += 1

    def close(self) -> Path | None:
        """Add the last moment and write the file; nothing is written where nothing was seen."""
        if not self._count:
            return None
        if self._moments[-1][0] is not self._last:
            self._take()
        if self._since:
            self._rows.append(self._since)
        arrays = {"about": np.frombuffer(json.dumps(self.about).encode(), np.uint8)}
        for key in self._last:
            arrays[f"rows/{key}"] = _column(self._rows, key)
            arrays[f"moments/{key}"] = _column([row for row, _ in self._moments], key)
        for name in self._moments[0][1]:
            arrays[f"frames/{name}"] = np.stack([frame[name] for _, frame in self._moments])
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)
        write_whole(self.path, _sealed(packed.getvalue()))
        return self.path

    def _take(self) -> None:
        frame = {name: _small(array) for name, array in self._frame().items()}
        size = sum(array.nbytes for array in frame.values())
        room = int((1 - ROWS_SHARE) * self.max_bytes) // max(1, size)
        if room < 2:
            raise ValueError(
                f"a frame must be at most {self.max_bytes // 2} bytes for a trace of "
                f"{self.max_bytes}, got {size}."
            )
        while len(self._moments) >= room:
            self._moments, self._interval = self._moments[::2], 2 * self._interval
        self._moments.append((self._last, frame))


def trace_requested() -> bool:
    """Tell whether this process is to record a trace: MSGAN_TRACE=1, and a run's folder."""
    return os.environ.get("MSGAN_TRACE") == "1" and bool(os.environ.get("MSGAN_RUN_DIR"))


def traced(rows: Iterator[dict], frame: Callable[[], Frame], about: Mapping) -> Iterator[dict]:
    """Pass the rows of a training on, unchanged, and record it where a trace was asked for.

    `msgan run LESSON --trace` asks for it; the file is trace.npz in the run's folder.

    Parameters
    ----------
    rows : iterator of dict
        The training; None is a rest within a move, and passed on.
    frame : callable
        Returns what is to be seen now: name to array, the same names, shapes and kinds each time;
        a ValueError says that it is larger than the file may be.
    about : mapping
        Plain values: what was trained, and how.
    """
    if not trace_requested():
        yield from rows
        return
    writer = TraceWriter(Path(os.environ["MSGAN_RUN_DIR"]) / FILE, about, frame)
    try:
        for row in rows:
            if row is not None:
                writer.see(row)
            yield row
    finally:  # also where the caller stops asking
        writer.close()


def _filled(earlier: Row, row: Row) -> dict:
    """A row, with what was measured earlier where it measured nothing."""
    return {key: earlier.get(key) if value is None else value for key, value in row.items()}


def _halved(rows: Sequence[dict]) -> list[dict]:
    """The first of an odd number of rows, and every second one; none of their numbers is lost."""
    pairs = zip(rows[1::2], rows[2::2], strict=True)
    return [rows[0], *(_filled(*pair) for pair in pairs)]


def _small(array: np.ndarray) -> np.ndarray:
    """A copy that is no larger than what is seen needs."""
    array = np.asarray(array)
    return array.astype(np.float16) if array.dtype.kind == "f" else array.copy()


def _column(rows: Sequence[Row], key: str) -> np.ndarray:
    """One number a row; NaN where it was not measured."""
    return np.array([np.nan if row.get(key) is None else row[key] for row in rows], np.float64)
