"""The images that ship with the course, checked against their manifest."""

import hashlib
import json

import numpy as np
import torch
from torch import Tensor

from msgan_lessons.runs.places import data_folder

__all__ = ["NAMES", "check", "listed", "read"]

NAMES = ("fashion_mnist",)
RESTORE = "restore it with: git checkout -- data/manifest.json"


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
    path = data_folder() / "manifest.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; {RESTORE}")
    try:
        return dict(json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise ValueError(_damaged(wanted)) from error


def _damaged(name: str) -> str:
    path = data_folder() / "manifest.json"
    return f"{path} is damaged: it does not describe {name}; {RESTORE}"
