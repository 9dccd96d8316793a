"""Tensors on disk with what belongs to them: safetensors and JSON, whole or not there at all."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from msgan_lessons.base.durable import commit, forward, read_sealed, sha256_of, write_sealed

__all__ = ["FORMAT", "INDEX", "describe", "find", "save_tensors", "tensors"]

FORMAT = 2
INDEX = "checkpoint.json"


def save_tensors(
    folder: Path, named: Mapping[str, Mapping[str, Tensor]], description: Mapping
) -> Path:
    """Write tensors and what belongs to them; other things in the folder stay.

    Parameters
    ----------
    folder : Path
        The checkpoint; an older one there is replaced only after the new one is complete.
    named : mapping
        Name to tensors by name; each becomes NAME.safetensors.
    description : mapping
        Plain values.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; an older checkpoint stays whole.
    """

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
    """Read and verify a checkpoint's description.

    Parameters
    ----------
    folder : Path
        As given to `save`.

    Returns
    -------
    dict
        'format', 'sha256', and the description.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If it is damaged or of another format.
    """
    forward(folder, last=INDEX)
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


def tensors(folder: Path, name: str) -> dict[str, Tensor]:
    """Read the tensors of one name, verified.

    Parameters
    ----------
    folder : Path
        As given to `save_tensors`.
    name : str
        As there.

    Returns
    -------
    dict
        Name to tensor, on the CPU.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If it is damaged or lacks that name.
    """
    return load_file(find(folder, name))


def find(folder: Path, name: str) -> Path:
    """Return the file of one name, verified.

    Parameters
    ----------
    folder, name
        As for `tensors`.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError, ValueError
        As for `tensors`.
    """
    hashes = describe(folder)["sha256"]
    if f"{name}.safetensors" not in hashes:
        known = ", ".join(sorted(Path(n).stem for n in hashes))
        raise ValueError(f"{folder} holds {known}, but no {name!r}.")
    return folder / f"{name}.safetensors"
