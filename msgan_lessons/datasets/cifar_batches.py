"""CIFAR-10's batches, which are pickles, read without unpickling: no code in them is ever run."""

import pickletools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

__all__ = ["read_batch", "read_names"]

PIXELS = 3 * 32 * 32
INTS = ("BININT", "BININT1", "BININT2")
KEY_OF_LABELS, KEY_OF_NAMES = "labels", "label_names"


def read_batch(path: Path) -> tuple[np.ndarray, list[int]]:
    """Read the images and labels of one batch.

    Parameters
    ----------
    path : Path
        'data_batch_1' to 'data_batch_5' or 'test_batch'.

    Returns
    -------
    tuple
        uint8 (N, 32, 32, 3), and N labels.

    Raises
    ------
    ValueError
        If it is not such a batch.
    """
    pixels, labels, key = b"", [], ""
    for name, value in _opcodes(path):
        if isinstance(value, str | bytes | bytearray):
            content = value.encode("latin-1") if isinstance(value, str) else bytes(value)
            pixels = max(pixels, content, key=len)
            key = value if isinstance(value, str) else ""
        elif name in INTS and key == KEY_OF_LABELS:
            labels.append(value)
    if not labels or len(pixels) != PIXELS * len(labels):
        raise ValueError(f"{path} is damaged: it is not a batch of CIFAR-10.")
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 3, 32, 32)
    return images.transpose(0, 2, 3, 1), labels


def read_names(path: Path) -> tuple[str, ...]:
    """Read the names of the classes.

    Parameters
    ----------
    path : Path
        'batches.meta'.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If it holds none.
    """
    names, inside = [], False
    for name, value in _opcodes(path):
        if inside and isinstance(value, str):
            names.append(value)
        inside = (inside or value == KEY_OF_NAMES) and name != "APPENDS"
    if not names:
        raise ValueError(f"{path} is damaged: it holds no names of classes.")
    return tuple(names)


def _opcodes(path: Path) -> Iterator[tuple[str, object]]:
    """The instructions of a pickle, none of which is carried out."""
    try:
        for opcode, value, _ in pickletools.genops(path.read_bytes()):
            yield opcode.name, value
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not a batch of CIFAR-10.") from error
