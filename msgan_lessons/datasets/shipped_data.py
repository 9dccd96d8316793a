"""The images that ship with the course, checked against their manifest."""

import hashlib
import json

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.base.places import data_folder

__all__ = ["NAMES", "check", "listed", "read", "seal"]

NAMES = ("fashion_mnist",)
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
RESTORE = f"restore it with: git checkout -- data/{MANIFEST} data/{SEAL}"


def check(name: str) -> dict:
    """Refuse a shipped file that is missing or damaged.

    Parameters
    ----------
    name : str
        An entry of data/manifest.json.

    Returns
    -------
    dict
        The entry.

    Raises
    ------
    FileNotFoundError
        If the file or the manifest is missing.
    ValueError
        If its sha256 is not the expected one; the sentence says how to restore it.
    """
    entry = _manifest(name)
    path = data_folder() / entry["file"]
    restore = f"restore it with: {entry['restore']}"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; {restore}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != entry["sha256"]:
        raise ValueError(
            f"{path} is damaged: its sha256 is {found}, expected {entry['sha256']}; {restore}"
        )
    return entry


def listed() -> list[str]:
    """Return the names of all files that ship with the course.

    Returns
    -------
    list of str
        The entries of data/manifest.json.

    Raises
    ------
    FileNotFoundError, ValueError
        If the manifest is missing or damaged.

    Examples
    --------
    >>> "fashion_mnist" in listed()
    True
    """
    return list(_whole_manifest("any file"))


def seal(content: bytes) -> str:
    """Return what data/manifest.sha256 must hold: a line that `sha256sum -c` reads.

    Parameters
    ----------
    content : bytes
        The manifest.

    Returns
    -------
    str

    Examples
    --------
    >>> seal(b"{}").split()[1]
    'manifest.json'
    """
    lines = content.replace(b"\r\n", b"\n")  # as git on Windows may write them
    return f"{hashlib.sha256(lines).hexdigest()}  {MANIFEST}\n"


def read(name: str, split: str) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Read one split, as it lies in the file.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    split : str
        'train' or 'test'.

    Returns
    -------
    tuple
        Pixels uint8 (N, 1, 28, 28), labels int64 (N,), names of the classes.
    """
    entry = _manifest(name)
    with np.load(data_folder() / entry["file"], allow_pickle=False) as arrays:
        pixels = torch.from_numpy(arrays[f"{split}_images"])[:, None]  # (N, 1, 28, 28)
        labels = torch.from_numpy(arrays[f"{split}_labels"]).long()
    return pixels, labels, tuple(entry["classes"])


def _manifest(name: str) -> dict:
    entry = _whole_manifest(name).get(name)
    if not isinstance(entry, dict):
        raise ValueError(_damaged(name))
    return entry


def _whole_manifest(wanted: str) -> dict[str, dict]:
    path = data_folder() / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; {RESTORE}")
    content, sealed = path.read_bytes(), data_folder() / SEAL
    if sealed.is_file() and sealed.read_text("latin-1").split() != seal(content).split():
        raise ValueError(f"{path} is damaged: its sha256 is not that in {SEAL}; {RESTORE}")
    try:
        return dict(json.loads(content))
    except (ValueError, TypeError) as error:
        raise ValueError(_damaged(wanted)) from error


def _damaged(name: str) -> str:
    path = data_folder() / MANIFEST
    return f"{path} is damaged: it does not describe {name}; {RESTORE}"
