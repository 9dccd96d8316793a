"""The room of lesson 01, the game in the plane: points, the game, pictures, exercises."""

from collections.abc import Iterable

from msgan_lessons.runs.parameters import Parameter


def _targets() -> Iterable[str]:
    from msgan_lessons.lessons.l01_the_game.plane import TARGETS

    return TARGETS


PARAMETERS = {"target": Parameter(str, choices=_targets)}
