"""Generators of the applications that were trained longer and ship with the course (09 to 13)."""

from collections.abc import Callable

from torch import nn

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.family import Model
from msgan_lessons.runs.checkpoints import load_weights

__all__ = ["shipped_facts", "shipped_generator"]


def shipped_facts(name: str) -> dict:
    """Read how a shipped generator was made.

    Parameters
    ----------
    name : str
        The application, for instance 'super_resolution'.

    Returns
    -------
    dict
        Its entry in data/manifest.json: 'arguments', 'step', 'seed', 'data', 'run' (the lesson and
        its parameters) and the file's facts.

    Raises
    ------
    ValueError
        If there is none of that name, or the file is damaged.
    FileNotFoundError
        If the file is missing; the sentence says how to restore it.
    """
    return shipped.check(f"{name}_generator")


def shipped_generator(name: str, make: Callable[..., Model]) -> nn.Module:
    """Load the averaged G that ships for an application.

    Parameters
    ----------
    name : str
        The application.
    make : callable
        The function that builds its model, called with the arguments it was trained with.

    Returns
    -------
    nn.Module
        On the CPU, in eval mode, without gradients for its weights.

    Raises
    ------
    ValueError, FileNotFoundError
        As `shipped_facts`.
    """
    known = shipped_facts(name)
    generator = make(**known["arguments"]).generator
    load_weights(data_folder() / known["file"], generator)
    return generator.eval().requires_grad_(False)
