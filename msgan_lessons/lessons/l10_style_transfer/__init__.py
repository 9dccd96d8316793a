"""The room of lesson 10, style transfer: networks, game, scores, a bench, exercises."""

from msgan_lessons.runs.parameters import Parameter

SIDES = (32, 64)


def _check_sides(resolution: int, juries: str) -> None:
    if resolution not in SIDES:
        sides = " or ".join(map(str, SIDES))
        raise ValueError(f"resolution must be {sides} for the juries of styles, got {resolution}.")


PARAMETERS = {
    "cycle": Parameter(float, 0, 1000),
    "identity": Parameter(float, 0, 1000),
    "pool": Parameter(int, 0, 100_000),
    "head_start": Parameter(int, 0, 10_000_000),
    "juries": Parameter(str, choices=lambda: ("three scales", "one scale"), many=True),
}
RULES = ((("resolution", "juries"), _check_sides),)
