"""The pace of a game: whole steps, one player alone, or line by line (lesson 01_the_game)."""

from collections.abc import Iterator

from msgan_lessons.lessons.l01_the_game.slow_motion import slow_step
from msgan_lessons.training import MEASURED, Game

__all__ = ["Pace"]


class Pace:
    """Plays a game's next move as it is asked for; what was begun slowly is finished first.

    Parameters
    ----------
    game : Game
        As for `slow_motion.slow_step`.

    Attributes
    ----------
    line : int
        Index in `slow_motion.LINES` of the line that was just played; -1 after a whole step.
    """

    def __init__(self, game: Game) -> None:
        self.game, self.line = game, -1
        self._walk: Iterator[tuple[int, dict | None]] | None = None  # a step that was begun slowly

    def move(self, players: str = "both", *, slow: bool = False) -> dict:
        """Play one step; in slow motion one sub-step.

        Parameters
        ----------
        players : str
            As for `Game.step`. One player alone plays a whole step, in slow motion too.
        slow : bool
            Whether to stop after the next line; if not, all lines that are left are played.

        Returns
        -------
        dict
            As `Game.step`, with 'sub_step': from 1 in slow motion, None after a whole step. What
            the step measures comes with its last line, and is None until then.

        Raises
        ------
        ValueError, FloatingPointError
            As `Game.step`.
        """
        if players == "both" and (slow or self._walk):
            return self._sub_step(slow)
        for _ in self._walk or ():
            pass
        self._walk, self.line = None, -1
        return {**self.game.step(players), "sub_step": None}

    def _sub_step(self, slow: bool) -> dict:
        """The next line; all lines that are left where slow motion has been switched off."""
        walk, self._walk = self._walk or slow_step(self.game), None  # one that fails is given up
        for line, row in walk:
            self.line, sub_step = line, line + 1
            if row is not None:
                if not slow:
                    self.line, sub_step = -1, None
                return {**row, "sub_step": sub_step}
            if slow:
                self._walk = walk  # the next move goes on here
                break
        counts = {"step": self.game.steps, "n_images": self.game.n_images}
        return {**counts, **dict.fromkeys(MEASURED), "sub_step": sub_step}
