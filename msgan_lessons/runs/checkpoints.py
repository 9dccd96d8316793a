"""Trained networks on disk: safetensors and JSON, whole or not there at all."""

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from msgan_lessons.base.record import Run
from msgan_lessons.base.whole_files import find, save_tensors


def save(folder: Path, networks: Mapping[str, nn.Module], description: Mapping) -> Path:
    """Write networks, each as NAME.safetensors, and plain values that say how to build them."""
    states = {name: network.state_dict() for name, network in networks.items()}
    return save_tensors(folder, states, description)


def save_model(run: Run, model, networks: Mapping[str, nn.Module], **facts: object) -> Path | None:
    """Write a trained member of the family into a run's folder, ready for `msgan sample`.

    Parameters
    ----------
    run : Run
        Without a folder nothing is written, and None returned in place of the checkpoint's path.
    model : family.Model
        Its name, arguments and settings are kept.
    networks : mapping
        Name to network; 'generator_ema' is the one that is sampled.
    **facts
        Plain values, for instance step, n_images, seed, data.
    """
    if run.folder is None:
        return None
    about = {"model": model.name, "arguments": model.arguments, "config": model.config.as_dict()}
    return save(run.folder / "checkpoint", networks, {**about, **facts})


def load(folder: Path, name: str, network: nn.Module) -> nn.Module:
    """Fill a network of the same architecture, in place, with those weights of a checkpoint."""
    return load_weights(find(folder, name), network)


def load_weights(path: Path, network: nn.Module) -> nn.Module:
    """Fill a network of the same architecture, in place, with the weights of a safetensors file."""
    try:
        network.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not fit this network.") from error
    return network
