"""A recorded training in the same panel as a live one: scrubbed, or played as a film."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from msgan_lessons.base.pictures import Picture
from msgan_lessons.classroom.panel_controls import Control, Slider
from msgan_lessons.classroom.panel_views import View
from msgan_lessons.classroom.widgets.live_view import Live

__all__ = ["Recorded", "Replay", "replay"]

FILM_SPEED = 8.0  # moments a second


class Recorded:
    """A recorded training as a subject: scrubbed with a slider, or played as a film.

    Parameters
    ----------
    trace : runs.trace.Trace
        What was recorded.
    views : sequence of View
        Those of the subject that recorded it.
    status : callable
        A row to one line.
    picture : callable
        The trace to its static picture.
    name : str
        Of the panel.
    """

    def __init__(
        self,
        trace,
        views: Sequence[View],
        status: Callable[[Mapping], str],
        picture: Callable[[object], Picture],
        name: str,
    ) -> None:
        self.trace, self.views, self.status, self.name = trace, views, status, name
        self._picture, self.index = picture, 0
        last = max(1, len(trace) - 1)
        self.controls: list[Control] = [Slider("moment", "moment", "", 0, last, 1, 0)]

    def rows(self) -> Iterator[dict]:
        """Go from moment to moment, and from the last to the first again.

        Yields
        ------
        dict
            The row of the moment.
        """
        self.index = -1
        while True:
            self.index = (self.index + 1) % len(self.trace)
            yield self.trace.row(self.index)

    def set(self, name: str, value: int) -> bool:
        """Go to a moment.

        Parameters
        ----------
        name : str
            'moment'.
        value : int
            Its number.

        Returns
        -------
        bool
            False: nothing is started again.
        """
        self.index = min(int(value), len(self.trace) - 1)
        return False

    def frame(self) -> dict[str, np.ndarray]:
        """Return what was seen at this moment.

        Returns
        -------
        dict
        """
        return self.trace.frame(max(0, self.index))

    def picture(self) -> Picture:
        """Return the static twin.

        Returns
        -------
        Picture
        """
        return self._picture(self.trace)


class Replay(Live):
    """A panel whose slider goes through a trace; curves and status are those of the moment.

    Parameters
    ----------
    recorded : Recorded
        What is shown.
    caption : str
        What to look for.
    """

    def __init__(self, recorded: Recorded, *, caption: str = "") -> None:
        super().__init__(recorded, steps=1, autoplay=False, caption=caption)
        self.player.set_speed(FILM_SPEED)

    def _past(self, row: dict | None) -> Sequence[Mapping]:
        step = self._now()["step"]
        return [past for past in self.subject.trace.rows if past["step"] <= step]

    def _moved(self) -> dict[str, float]:
        return {"moment": max(0, self.subject.index)}

    def _see(self, row: dict | None, playing: bool) -> None:
        super()._see(self._now(), playing)

    def _now(self) -> dict:
        """The row of the moment that the slider shows."""
        return self.subject.trace.row(max(0, self.subject.index))


def replay(
    trace,
    *,
    views: Sequence[View],
    status: Callable[[Mapping], str],
    picture: Callable[[object], Picture],
    name: str,
    caption: str = "",
) -> Replay:
    """Scrub through a recorded training; see `Recorded` and `Replay`.

    Parameters
    ----------
    trace, views, status, picture, name
        As for `Recorded`.
    caption : str
        What to look for.

    Returns
    -------
    Replay
        Shown by the notebook; a static picture where there is no front end.
    """
    return Replay(Recorded(trace, views, status, picture, name), caption=caption)
