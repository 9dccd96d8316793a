"""Trained networks on disk: safetensors and JSON, whole or not there at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from msgan_lessons.runs.record import Run, write_json

__all__ = ["describe", "load", "load_weights", "save", "save_model"]

FORMAT = 1
INDEX = "checkpoint.json"


def save(folder: Path, networks: Mapping[str, nn.Module], description: Mapping) -> Path:
    """Write networks and what is needed to build them again.

    Parameters
    ----------
    folder : Path
        The checkpoint; an older one there is replaced only after the new one is complete.
    networks : mapping
        Name to network; each becomes NAME.safetensors.
    description : mapping
        Plain values, for instance the model's name and arguments.

    Returns
    -------
    Path
        `folder`.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; an older checkpoint stays whole.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    hashes = {}
    for name, network in networks.items():
        path = partial / f"{name}.safetensors"
        tensors = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
        save_file(tensors, path)
        hashes[path.name] = _sha256(path)
    write_json(partial / INDEX, {"format": FORMAT, "sha256": hashes, **description})
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(partial, folder)
    shutil.rmtree(old, ignore_errors=True)
    return folder


def save_model(run: Run, model, networks: Mapping[str, nn.Module], **facts: object) -> Path | None:
    """Write a trained member of the family into a run's folder, ready for `msgan sample`.

    Parameters
    ----------
    run : Run
        Without a folder nothing is written.
    model : presets.Model
        Its name, arguments and settings are kept.
    networks : mapping
        Name to network; 'generator_ema' is the one that is sampled.
    **facts
        Plain values, for instance step, n_images, seed, data.

    Returns
    -------
    Path or None
        The checkpoint.
    """
    if run.folder is None:
        return None
    about = {"model": model.name, "arguments": model.arguments, "config": model.config.as_dict()}
    return save(run.folder / "checkpoint", networks, {**about, **facts})


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
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(f"{folder} holds no checkpoint ({INDEX} is missing).")
    try:
        description = json.loads((folder / INDEX).read_text())
        version, hashes = description["format"], description["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / INDEX} is damaged: it is not a checkpoint's JSON.") from error
    if version != FORMAT:
        raise ValueError(f"{folder} has checkpoint format {version}, expected {FORMAT}.")
    for name, expected in hashes.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != expected:
            raise ValueError(f"{path} is damaged: its sha256 is not {expected}.")
    return description


def load(folder: Path, name: str, network: nn.Module) -> nn.Module:
    """Fill a network with the weights of a checkpoint.

    Parameters
    ----------
    folder : Path
        As given to `save`.
    name : str
        The network's name there, for instance 'generator_ema'.
    network : nn.Module
        Of the same architecture; changed in place.

    Returns
    -------
    nn.Module
        `network`.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If it is damaged, lacks that network, or the architecture differs.
    """
    hashes = describe(folder)["sha256"]
    if f"{name}.safetensors" not in hashes:
        known = ", ".join(sorted(Path(n).stem for n in hashes))
        raise ValueError(f"{folder} holds {known}, but no {name!r}.")
    return load_weights(folder / f"{name}.safetensors", network)


def load_weights(path: Path, network: nn.Module) -> nn.Module:
    """Fill a network with the weights of one file.

    Parameters
    ----------
    path : Path
        Safetensors.
    network : nn.Module
        Of the same architecture; changed in place.

    Returns
    -------
    nn.Module
        `network`.

    Raises
    ------
    ValueError
        If the architecture differs.
    """
    try:
        network.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not fit this network.") from error
    return network


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
