"""Trained networks on disk: safetensors and JSON, whole or not there at all."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from msgan_lessons.base.record import Run
from msgan_lessons.base.whole_files import INDEX, describe, find, save_tensors

__all__ = ["INDEX", "describe", "load", "load_weights", "save", "save_model"]


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
    states = {name: network.state_dict() for name, network in networks.items()}
    return save_tensors(folder, states, description)


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
    return load_weights(find(folder, name), network)


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
