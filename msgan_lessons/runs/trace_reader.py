"""Reading a trace: every byte of it is checked, and no code in it is ever run."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from msgan_lessons.base.whole_files import unsealed

__all__ = ["Trace", "read_trace"]

DAMAGE = (  # what numpy, zipfile and json raise on damaged bytes; a bit may name a lost method
    ValueError, KeyError, AttributeError, TypeError, OSError, EOFError, NotImplementedError,
    RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class Trace:
    """A recorded training.

    Parameters
    ----------
    about : mapping
        What was trained, and how.
    rows : sequence of dict
        Of the whole training, thinned; None where a value was not measured.
    moments : sequence of dict
        The row of each frame.
    frames : mapping
        Name to array (T, ...), one entry a moment.
    """

    def __init__(
        self,
        about: Mapping,
        rows: Sequence[dict],
        moments: Sequence[dict],
        frames: Mapping[str, np.ndarray],
    ) -> None:
        self.about, self.rows, self._moments, self._frames = about, rows, moments, frames

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self._moments)

    def row(self, index: int) -> dict[str, float | None]:
        """Return the row of a moment.

        Parameters
        ----------
        index : int
            From 0; negative from the end.

        Returns
        -------
        dict
        """
        return self._moments[index]

    def frame(self, index: int) -> dict[str, np.ndarray]:
        """Return what was seen at a moment.

        Parameters
        ----------
        index : int
            From 0; negative from the end.

        Returns
        -------
        dict
            Name to array, as the frame that was recorded; float16 where it was a float.
        """
        return {name: array[index] for name, array in self._frames.items()}


def read_trace(path: Path) -> Trace:
    """Read a trace; no code in it is ever run.

    Parameters
    ----------
    path : Path
        As `trace.TraceWriter` wrote it, in this version or an earlier one.

    Returns
    -------
    Trace

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged or no trace.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; record one with: msgan run 08 --trace")
    try:
        with np.load(io.BytesIO(unsealed(path.read_bytes())), allow_pickle=False) as arrays:
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
