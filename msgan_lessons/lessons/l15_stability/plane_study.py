"""Modes captured on the papers' ring of 8 and grid of 25, cure by cure (lesson 15_stability)."""

import copy
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.lessons.l15_stability.plane_cures import CURES, find_cure
from msgan_lessons.lessons.l15_stability.side_by_side import SeedStreams, SideBySide
from msgan_lessons.lessons.l15_stability.study_targets import (
    SAMPLES,
    TARGETS,
    measure,
    paper_target,
)
from msgan_lessons.training import Game, played

__all__ = ["STEPS", "Study", "StudyGame", "measure", "paper_target", "play", "read_study"]

STEPS = 800
CHANGE_EVERY = 25  # steps between changes of learning rates and penalty weights
MEASURED = ("modes", "fair_modes", "high_quality", "kl")


class StudyGame:
    """A game of the study: one cure, one target, one or several seeds side by side.

    Learning rates stay for half of the steps, or as long as the cure says, then fall on a straight
    line to a hundredth.

    Parameters
    ----------
    cure : str
        Key in `plane_cures.CURES`.
    target : str
        Key in `study_targets.TARGETS`.
    seeds : sequence of int
        One network each; several share the computation, not the randomness.
    steps : int, optional
        After which the learning rates have fallen, at least 1; `STEPS`, or as many times that as
        the cure says.

    Raises
    ------
    ValueError
        If a name is unknown, or the cure can only be played one seed at a time.
    """

    def __init__(
        self, cure: str, target: str, seeds: Sequence[int] = (0,), *, steps: int | None = None
    ) -> None:
        self.cure, self.mixture = find_cure(cure), paper_target(target)
        self.planned = STEPS * self.cure.longer if steps is None else steps
        self.streams, settings = SeedStreams(seeds), self.cure.settings
        if len(seeds) > 1 and self.cure.discriminator.get("spectral_norm"):
            raise ValueError(f"seeds must be one for {cure!r}, got {len(seeds)}.")
        pairs = [self.cure.networks(streams) for streams in self.streams.each]
        generator, discriminator = (
            side[0] if len(seeds) == 1 else SideBySide(side) for side in zip(*pairs, strict=True)
        )
        self.average = copy.deepcopy(generator)
        self.game = Game(
            generator, discriminator, self._batches(settings.batch_size), settings,
            generator_ema=self.average, streams=self.streams, device="cpu",
        )  # fmt: skip

    def step(self) -> dict[str, float | None]:
        """Play one step of all seeds, as `Game.step`; losses are means over the seeds.

        Returns
        -------
        dict
        """
        if self.game.steps % CHANGE_EVERY == 0:
            self.game.change(**self.cure.settings_at(self.game.steps / self.planned))
        return self.game.step()

    @torch.no_grad()
    def points(self, count: int = SAMPLES, averaged: bool | None = None) -> list[Tensor]:
        """Draw what is measured; takes nothing from the training's streams.

        Parameters
        ----------
        count : int
            Points for each seed.
        averaged : bool, optional
            Whether of G's running average; as the cure says where it is missing.

        Returns
        -------
        list of Tensor
            One a seed, shape (count, 2).
        """
        averaged = self.cure.averaged if averaged is None else averaged
        generator = self.average if averaged else self.game.generator
        each, dim = self.streams.each, generator.latent_dim
        z = torch.cat([streams.fixed_latents(count, dim) for streams in each])
        return list(generator(z).split(count))

    def _batches(self, batch_size: int) -> Iterator[Tensor]:
        while True:
            each = (streams["data"] for streams in self.streams.each)
            yield torch.cat([self.mixture.sample(batch_size, stream) for stream in each])


def play(
    cure: str,
    target: str,
    seed: int = 0,
    *,
    steps: int | None = None,
    max_seconds: float = math.inf,
    score_interval: int = 200,
) -> Iterator[dict]:
    """Play one run of the study.

    Parameters
    ----------
    cure, target : str
        As for `StudyGame`.
    seed : int
        Of weights, data and latents.
    steps : int, optional
        At least 1; as for `StudyGame`.
    max_seconds : float
        Stop after that much wall time, > 0.
    score_interval : int
        Steps between two counts, at least 1; the last step is always counted.

    Yields
    ------
    dict
        As `rows.played`, with what `measure` returns: None between two counts.

    Raises
    ------
    ValueError
        If a name is unknown or a limit out of range.
    """
    game, limits = StudyGame(cure, target, [seed], steps=steps), {"max_seconds": max_seconds}
    for row in played(game, steps=game.planned, score_interval=score_interval, **limits):
        last = row["step"] == game.planned or row["seconds"] >= max_seconds
        counted = last or row["step"] % score_interval == 0
        score = measure(game.mixture, game.points()[0]) if counted else {}
        yield row | dict.fromkeys(MEASURED) | score


@dataclass(frozen=True)
class Study:
    """The recorded study, as data/build_modes_study.py wrote it.

    Parameters
    ----------
    rows : list of dict
        'target', 'cure', 'seed', 'step', what `measure` returns, and 'cpu_seconds'.
    samples : dict
        'target/cure' to 250 points of the first seed, shape (250, 2), in the order of `CURES`.
    settings, machine : dict
        What all runs share; where, with what and when they were made.
    """

    rows: list[dict]
    samples: dict[str, Tensor]
    settings: dict
    machine: dict

    def runs(self, target: str) -> dict[str, list[dict]]:
        """Return the rows of a target by cure, in the order of `CURES`; one row a seed.

        Parameters
        ----------
        target : str
            Key in `study_targets.TARGETS`.

        Returns
        -------
        dict
        """
        found = {
            cure: [r for r in self.rows if (r["target"], r["cure"]) == (target, cure)]
            for cure in CURES
        }
        return {cure: rows for cure, rows in found.items() if rows}


def read_study() -> Study:
    """Read the recorded study.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        If the file is damaged; the sentence says how to restore it.
    FileNotFoundError
        If it is missing.
    """
    entry = shipped.check("modes_study")
    found = json.loads((data_folder() / entry["file"]).read_text())
    names = (f"{target}/{cure}" for target in TARGETS for cure in CURES)
    kept = {name: found["samples"][name] for name in names if name in found["samples"]}
    samples = {name: torch.tensor(points) for name, points in kept.items()}
    for row in found["rows"]:
        modes = len(paper_target(row["target"]).modes)
        whole = row["cure"] in CURES and 0 <= row["modes"] <= modes
        if not (whole and 0 <= row["high_quality"] <= 1):
            raise ValueError(
                f"{entry['file']} holds a row that cannot be: {row}; restore it with: "
                f"{entry['restore']}"
            )
    return Study(found["rows"], samples, found["settings"], found["machine"])
