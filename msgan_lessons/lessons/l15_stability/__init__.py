"""The room of lesson 15, stability: faults, the failure clinic and its bench, modes, exercises."""

from collections.abc import Iterable

from msgan_lessons.runs.parameters import Parameter


def _cures() -> Iterable[str]:
    from msgan_lessons.lessons.l15_stability.modes import CURES

    return CURES


PARAMETERS = {"cure": Parameter(str, choices=_cures)}
