"""A training to play, live or replayed from a trace."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from msgan_lessons.base.pictures import Picture
from msgan_lessons.classroom.panel import Control, Curves, Slider, View
from msgan_lessons.classroom.player import Player
from msgan_lessons.classroom.widgets.panel import Panel, Shown, has_front_end
from msgan_lessons.runs.trace import Trace, trace_requested

ROWS_KEPT = 4000
POINTS = 200  # of a curve
CURVES_EVERY = 0.4  # s
FPS = 9.0  # pictures a second, at most
UNSEEN = 1 / 3600  # pictures a second where no one looks
FASTEST = 2.5  # exponent of the speed slider's end, where nothing is held back
SPEED = Slider(
    "__speed", "speed, moves/s (right end: no limit)", "Steps and speed", 0, FASTEST, 0.1,
    10**FASTEST, log=True,
)  # fmt: skip


class _Live(Shown):
    """A subject that is played: in a panel where someone is there, at once where no one is."""

    autoplay = True  # starts by itself when it is shown

    def __init__(self, subject, steps: int, caption: str) -> None:
        self.subject = subject
        self.rows: list[dict] = []
        self._stride, self._curves_at = 1, -math.inf
        controls = [*subject.controls, SPEED]
        self.panel = Panel(subject.name, subject.views, controls, caption=caption)
        self.panel.listeners.append(self._hear)
        self.player = Player(
            subject.name, self._play, see=self._see, change=self._change,
            fps=FPS if has_front_end() else UNSEEN,
            complain=self.panel.complain,
        )  # fmt: skip
        if not has_front_end():
            self.player.play_to(steps)
            if trace_requested():
                self.player.end()  # so that the trace is written

    def play_to(self, moves: int) -> None:
        """Play on to at least so many moves since the start; raise what the training raised."""
        self.player.play_to(moves)

    def _play(self) -> Iterator[dict]:
        """Start a training at once, so that its first picture can be drawn before a move."""
        self.rows.clear()
        self._stride, self._curves_at = 1, -math.inf
        return self._kept(self.subject.rows())

    def _kept(self, rows: Iterator[dict]) -> Iterator[dict]:
        """Pass rows on and keep them; of many, every second, every fourth, ..."""
        count = 0
        for row in rows:
            if row is not None:
                if count % self._stride == 0:
                    self.rows.append(row)
                count += 1
            if len(self.rows) > ROWS_KEPT:
                self.rows[:], self._stride = self.rows[::2], 2 * self._stride
            yield row

    def _see(self, row: dict | None, playing: bool) -> None:
        if playing and self.panel.is_behind:
            return
        frame, now = dict(self.subject.frame()), time.monotonic()
        if not playing or now - self._curves_at > CURVES_EVERY:
            frame |= curve_points(self.subject.views, self._past())
            self._curves_at = now
        status = self.subject.status(row) if row else "step 0"
        self.panel.show(frame, status, playing=playing, moved=self._moved())

    def _past(self) -> Sequence[Mapping]:
        """Rows that the curves show."""
        return self.rows

    def _moved(self) -> dict[str, float]:
        """Sliders that have moved by themselves."""
        return {}

    def _change(self, name: str, value: object) -> bool:
        try:
            restart = self.subject.set(name, value)
        except ValueError:
            self.panel.undo(name)
            raise
        self.panel.taken(name)
        for control, there in getattr(self.subject, "moved", {}).items():
            self.panel.move(control, there)
        return restart

    def _hear(self, name: str, value: object) -> None:
        """Take what the page says: flags alone, it may be another thread."""
        player = self.player
        if name == "__seen":
            player.watched()
        elif name == "__speed":
            player.set_speed(value if value < 10**FASTEST * 0.99 else math.inf)
            self.panel.taken(name)
        elif name in ("__play", "__pause", "__step", "__reset"):
            self.panel.taken("__play" if name == "__pause" else name)
            getattr(player, name[2:])()
        else:
            player.change(name, value)
            if name in getattr(self.subject, "moves", ()):
                player.step()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        if has_front_end():
            self.player.start()
            if self.autoplay and not self.player.moves:
                self.player.play()
        return super()._repr_mimebundle_()


def curve_points(views: Sequence[View], rows: Sequence[Mapping]) -> dict[str, np.ndarray]:
    """Take all curves out of the rows of a training: VIEW.KEY to (n, 2), step and value."""
    points = {}
    for view in views:
        for series in getattr(view, "series", ()) if isinstance(view, Curves) else ():
            known = [(r["step"], r[series.key]) for r in rows if r.get(series.key) is not None]
            known = known[:-1][:: max(1, len(known) // POINTS)] + known[-1:]
            points[f"{view.name}.{series.key}"] = np.array(known, np.float32).reshape(-1, 2)
    return points


def live(subject, *, steps: int, caption: str = "") -> _Live:
    """Play a training in a panel; where there is no front end, leave a static picture.

    Parameters
    ----------
    subject : object
        Has `name`, `views`, `controls`, and the methods `rows`, `set`, `frame`, `status` and
        `picture` (see `l01_the_game.game.PlaneGame` for one).
    steps : int
        Moves that are played where there is no front end, at least 1.
    caption : str
        What to look for.

    Returns
    -------
    object
        To be shown; `rows` holds the rows so far, and `play_to(moves)` plays on at once to so many
        moves and raises what the training raised.
    """
    return _Live(subject, steps, caption)


FILM_SPEED = 8.0  # moments a second


@dataclass
class _Recorded:
    """A recorded training as a subject: scrubbed with a slider, or played as a film."""

    trace: Trace
    views: Sequence[View]
    status: Callable[[Mapping], str]
    drawn: Callable[[Trace], Picture]
    name: str
    index: int = 0

    @property
    def controls(self) -> list[Control]:
        """The slider over its moments."""
        return [Slider("moment", "moment", "", 0, max(1, len(self.trace) - 1), 1, 0)]

    def rows(self) -> Iterator[dict]:
        """Go from moment to moment, and from the last to the first again."""
        self.index = -1
        while True:
            self.index = (self.index + 1) % len(self.trace)
            yield self.trace.row(self.index)

    def set(self, name: str, value: int) -> bool:
        """Go to a moment."""
        self.index = min(int(value), len(self.trace) - 1)
        return False

    def frame(self) -> dict[str, np.ndarray]:
        """Return what was seen at this moment."""
        return self.trace.frame(max(0, self.index))

    def picture(self) -> Picture:
        """Return the static twin."""
        return self.drawn(self.trace)


class _Replay(_Live):
    """A panel whose slider goes through a trace; curves and status are those of the moment."""

    autoplay = False

    def _past(self) -> Sequence[Mapping]:
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
    trace: Trace,
    *,
    views: Sequence[View],
    status: Callable[[Mapping], str],
    picture: Callable[[Trace], Picture],
    name: str,
    caption: str = "",
) -> _Replay:
    """Scrub through a recorded training; where there is no front end, leave a static picture.

    Parameters
    ----------
    trace : runs.trace.Trace
        What was recorded.
    views : sequence of View
        Those of the subject that recorded it.
    status, picture : callable
        A row to one line; the trace to its static picture.
    name, caption : str
        Of the panel; what to look for.
    """
    film = _Replay(_Recorded(trace, views, status, picture, name), 1, caption)
    film.player.set_speed(FILM_SPEED)
    return film
