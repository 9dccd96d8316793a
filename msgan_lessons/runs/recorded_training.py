"""Trainings that were recorded once and ship with the course: their traces, and a trained G."""

from torch import nn

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.family import build
from msgan_lessons.runs.checkpoints import load_weights
from msgan_lessons.runs.trace import Trace, read_trace

__all__ = ["TRACES", "recorded_generator", "recorded_trace"]

TRACES = ("long_training", "collapse")


def recorded_trace(name: str) -> Trace:
    """Read a trace that ships with the course.

    Parameters
    ----------
    name : str
        'long_training': the multi-scale lab of lesson 08. 'collapse': the 2-D game of lesson 01,
        with a G that loses its modes.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        If the name is unknown or the file damaged.
    FileNotFoundError
        If the file is missing; the sentence says how to restore it.
    """
    if name not in TRACES:
        raise ValueError(f"name must be one of {', '.join(TRACES)}, got {name!r}.")
    shipped.check(f"{name}_trace")
    return read_trace(data_folder() / f"{name}_trace.npz")


def recorded_generator(name: str = "long_training") -> nn.Module:
    """Load the averaged G that a recorded training ended with.

    Parameters
    ----------
    name : str
        'long_training'.

    Returns
    -------
    nn.Module
        On the CPU, in eval mode.

    Raises
    ------
    ValueError
        If there is none of that name, or the file is damaged.
    FileNotFoundError
        If the file is missing; the sentence says how to restore it.
    """
    if name != "long_training":
        raise ValueError(f"name must be 'long_training', got {name!r}.")
    known = shipped.check(f"{name}_generator")
    generator = build(known["model"], **known["arguments"]).generator
    return load_weights(data_folder() / known["file"], generator).eval()
