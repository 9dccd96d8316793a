"""Trainings and comparisons that were recorded once and ship with the course."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.family import Model, build
from msgan_lessons.runs.checkpoints import load_weights
from msgan_lessons.runs.trace import Trace, read_trace

CONTESTS = ("family", "connections")


@dataclass(frozen=True)
class Recording:
    """One contest, as data/build_duel.py wrote it."""

    rows: list[dict]  # as `metrics.duel` yields them, with 'seed' and without 'scales'
    floor: dict  # the judge's scores of real training images: what a perfect G would get
    settings: dict  # unit, amount, resolution, width, batch_size, count of judged images
    machine: dict  # processor, threads, versions, date: where and with what it was made

    @property
    def seeds(self) -> list[int]:
        """The seeds that were played, in order."""
        return sorted({row["seed"] for row in self.rows})

    @property
    def title(self) -> str:
        """What was played, where, with what and when."""
        spent = f"{self.settings['amount']:,.0f} {self.settings['unit']} each"
        seeds = ", ".join(map(str, self.seeds))
        where = ", ".join(f"{key} {value}" for key, value in self.machine.items())
        return f"{spent}, seeds {seeds}\n{where}"

    def last(self) -> list[dict]:
        """Return the last row of each model and seed: the score at the end of the allowance."""
        return list({(row["model"], row["seed"]): row for row in self.rows}.values())


def recorded_duel(contest: str) -> Recording:
    """Read the numbers of a recorded contest.

    Parameters
    ----------
    contest : str
        'family': the five models, each with the same seconds. 'connections': MSG-GAN with images
        passing from G to D at no, some or all scales below the finest, each with the same images.

    Raises
    ------
    ValueError, FileNotFoundError
        If the contest is unknown or was not recorded, or the file is damaged or missing; the
        sentence says how to restore it.
    """
    check_choice("contest", contest, CONTESTS)
    found = shipped.content("duel")
    if contest not in found:
        raise ValueError(f"contest must be recorded ({', '.join(found)}), got {contest!r}.")
    entry = found[contest]
    rows = [_by_resolution(row) for row in entry["rows"]]
    return Recording(rows, _by_resolution(entry["floor"]), entry["settings"], entry["machine"])


def recorded_samples(contest: str) -> dict[str, list[Tensor]]:
    """Read what each G drew at the end of a recorded contest (seed 0), model by model.

    One tensor (8, C, R, R) a scale, coarse to fine, in [-1, 1], rounded to 256 levels: eight
    latents that nobody has chosen.

    Parameters
    ----------
    contest : str
        As for `recorded_duel`, with its errors.
    """
    check_choice("contest", contest, CONTESTS)
    shipped.check("duel_samples")
    samples: dict[str, list[Tensor]] = {}
    with np.load(data_folder() / "duel_samples.npz", allow_pickle=False) as arrays:
        for key in arrays.files:  # as they were written: models in order, scales coarse to fine
            where, model, _ = key.split(".")
            if where == contest:
                images = torch.from_numpy(arrays[key]).float() / 127.5 - 1
                samples.setdefault(model, []).append(images)
    return samples


def _by_resolution(row: Mapping) -> dict:
    """JSON has no numbers for keys: turn the resolutions back."""
    return {**row, "swd": {int(size): value for size, value in row["swd"].items()}}


def shipped_facts(name: str) -> dict:
    """Read how a shipped generator was made: its entry in data/manifest.json.

    It holds 'arguments', 'step', 'seed', 'data', 'run' (the lesson and its parameters) and the
    file's facts.

    Parameters
    ----------
    name : str
        The application, for instance 'super_resolution'.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is none of that name, or the file is damaged or missing; the sentence says how to
        restore it.
    """
    return shipped.check(f"{name}_generator")


def shipped_generator(name: str, make: Callable[..., Model]) -> nn.Module:
    """Load an application's averaged G: on the CPU, in eval mode, its weights without gradients.

    Parameters
    ----------
    name : str
        As for `shipped_facts`, with its errors.
    make : callable
        The function that builds its model, called with the arguments it was trained with.
    """
    known = shipped_facts(name)
    generator = make(**known["arguments"]).generator
    load_weights(data_folder() / known["file"], generator)
    return generator.eval().requires_grad_(False)


TRACES = ("long_training", "collapse")


def recorded_trace(name: str) -> Trace:
    """Read a trace that ships with the course.

    Parameters
    ----------
    name : str
        'long_training': the multi-scale lab of lesson 08. 'collapse': the 2-D game of lesson 01,
        with a G that loses its modes.

    Raises
    ------
    ValueError, FileNotFoundError
        If the name is unknown, or the file damaged or missing; the sentence says how to restore it.
    """
    check_choice("name", name, TRACES)
    shipped.check(f"{name}_trace")
    return read_trace(data_folder() / f"{name}_trace.npz")


def recorded_generator(name: str = "long_training") -> nn.Module:
    """Load the averaged G that a recorded training ended with: on the CPU, in eval mode.

    Parameters
    ----------
    name : str
        'long_training', as for `recorded_trace`.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is none of that name, or the file is damaged or missing; the sentence says how to
        restore it.
    """
    if name != "long_training":
        raise ValueError(f"name must be 'long_training', got {name!r}.")
    known = shipped.check(f"{name}_generator")
    generator = build(known["model"], **known["arguments"]).generator
    return load_weights(data_folder() / known["file"], generator).eval()
