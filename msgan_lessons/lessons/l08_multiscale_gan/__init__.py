"""The room of lesson 08, the multi-scale GAN: lab, duel, pictures, exercises."""

from collections.abc import Iterable

from msgan_lessons.runs.parameters import Parameter, models


def _units() -> Iterable[str]:
    from msgan_lessons.metrics.contest import UNITS

    return UNITS


PARAMETERS = {
    "unit": Parameter(str, choices=_units),
    "amount": Parameter(float, 0, 1e18),
    "lab_model": Parameter(str, choices=models),
    "lab_steps": Parameter(int, 0, 10_000_000),
    "lab_judge": Parameter(int, 0, 10_000_000),
}
