"""The cases of the failure clinic: practice, cause, cure and health (lesson 15_stability)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgan_lessons.lessons.l15_stability.clinic_faults import ForgetfulGame, LeakyGame
from msgan_lessons.lessons.l15_stability.clinic_paths import (
    as_drawn,
    cut_off,
    halved,
    pooled,
    subsampled,
)
from msgan_lessons.lessons.l15_stability.clinic_patient import Practice
from msgan_lessons.lessons.l15_stability.clinic_signs import SIGNS
from msgan_lessons.lessons.l15_stability.clinic_symptoms import Symptoms
from msgan_lessons.training import Game

__all__ = ["CASES", "CAUSES", "CURES", "Case"]

CAUSES = tuple(SIGNS)


@dataclass(frozen=True)
class Case:
    """A patient: what it has is not shown when the case is printed.

    Parameters
    ----------
    letter : str
        Its name for the student.
    practice : Practice
        How it is trained, with the fault.
    steps : int
        D+G updates.
    cause, cure : str
        Names in `CAUSES` and in `CURES`.
    measure : callable
        Symptoms to the number by which its health is told.
    unit : str
        What that number is.
    ill, healthy : float
        Ill on one side of `ill`, healthy on the other side of `healthy`, in between neither; bands
        of five seeds lie outside (benchmarks/clinic.py measures them).
    """

    letter: str
    practice: Practice = field(repr=False)
    steps: int
    cause: str = field(repr=False)
    cure: str = field(repr=False)
    measure: Callable[[Symptoms], float] = field(repr=False)
    unit: str
    ill: float
    healthy: float

    def health(self, symptoms: Symptoms) -> str:
        """Tell whether the patient is well.

        Parameters
        ----------
        symptoms : Symptoms
            Measured on it.

        Returns
        -------
        str
            'healthy', 'ill' or 'better, not well'.
        """
        sign = 1 if self.healthy > self.ill else -1
        value = sign * self.measure(symptoms)
        if value >= sign * self.healthy:
            return "healthy"
        return "ill" if value <= sign * self.ill else "better, not well"


CURES: dict[str, Callable[[Practice], Practice]] = {
    "two time scales": lambda p: p.with_({"g_lr": 1e-3, "d_lr": 4e-3}),
    "non-saturating loss": lambda p: (
        p.with_({"loss": "non_saturating"}) if p.config().loss == "minimax" else p
    ),
    "R1 penalty on D": lambda p: p.with_({"r1_gamma": 0.1 if p.world == "plane" else 1.0}),
    "detach in D's step": lambda p: p.with_(game=Game) if p.game is LeakyGame else p,
    "zero_grad before backward": lambda p: p.with_(game=Game) if p.game is ForgetfulGame else p,
    "one filter for both": lambda p: p.with_(path=pooled) if p.path is subsampled else p,
    "one range for both": lambda p: p.with_(path=as_drawn) if p.path is halved else p,
    "reconnect the scale": lambda p: p.with_(path=as_drawn) if p.path is cut_off else p,
}


def _worst(s: Symptoms) -> float:
    return max(s.distances)


def _modes(s: Symptoms) -> float:
    return s.end("modes")


CASES: dict[str, Case] = {
    case.letter: case
    for case in (
        Case(
            "P", Practice("drawn", game=ForgetfulGame), 150,
            "forgotten zero_grad", "zero_grad before backward",
            _worst, "SWD, worst scale", 0.35, 0.28,
        ),
        Case(
            "Q", Practice("plane", {"loss": "minimax", "g_lr": 5e-3}, head_start=1600, epsilon=1.0),
            300, "saturated loss of G", "non-saturating loss", _modes, "modes of 8", 0.5, 1.5,
        ),
        Case(
            "R", Practice("pooled", path=subsampled), 150, "filter mismatch",
            "one filter for both", lambda s: max(s.path_gaps), "verdict by way", 0.05, 0.01,
        ),
        Case(
            "S", Practice("plane", {"g_lr": 4e-3, "d_lr": 1e-3}), 300, "mode collapse",
            "two time scales", _modes, "modes of 8", 3.0, 7.0,
        ),
        Case(
            "T", Practice("drawn", {"d_steps": 2}, game=LeakyGame), 150, "missing detach",
            "detach in D's step", _worst, "SWD, worst scale", 0.28, 0.2,
        ),
        Case(
            "U", Practice("drawn", path=halved), 150, "range mismatch", "one range for both",
            _worst, "SWD, worst scale", 0.35, 0.28,
        ),
        Case(
            "V", Practice("plane", {"d_steps": 3, "d_lr": 2e-2}), 300, "D too strong",
            "R1 penalty on D", _modes, "modes of 8", 6.5, 7.2,
        ),
        Case(
            "W", Practice("drawn", path=cut_off), 150, "dead scale", "reconnect the scale",
            _worst, "SWD, worst scale", 0.35, 0.28,
        ),
    )
}  # fmt: skip
