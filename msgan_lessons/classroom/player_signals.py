"""What a player is asked for from outside its loop: flags and values, read between two moves."""

import asyncio
import contextlib
import math
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator

__all__ = ["Signals", "interrupts"]


class Signals:
    """Play, pause, one move, reset, stop, speed, a control's value: noted, and not yet done.

    Every method may be called from any thread, such as the one that brings a message of the
    browser: it sets flags and wakes the loop, which does the rest. The loop is `player.Player`.
    """

    def __init__(self) -> None:
        self.playing, self.stopped = False, False
        self._singles, self._reset_asked, self._speed = 0, False, math.inf
        self._changes: deque[tuple[str, object]] = deque()
        self._stale, self._watched_at = True, time.monotonic()  # stale: a picture is wanted
        self._lock, self._loop, self._wake = threading.Lock(), None, None

    def play(self) -> None:
        """Go on, until paused, stopped or at the limit."""
        self.playing, self._stale, self._watched_at = True, True, time.monotonic()
        self._notify()

    def pause(self) -> None:
        """Stand still after the move that is being played."""
        self.playing, self._stale = False, True  # the button is drawn, too
        self._notify()

    def step(self, count: int = 1) -> None:
        """Play some moves, and stand still.

        Parameters
        ----------
        count : int
            How many, at least 1.
        """
        with self._lock:
            self.playing, self._singles = False, self._singles + count
        self._notify()

    def reset(self) -> None:
        """Start the training again, from the same seed."""
        self._reset_asked = True
        self._notify()

    def stop(self) -> None:
        """End the loop for good."""
        self.playing, self.stopped = False, True
        self._notify()

    def set_speed(self, moves_a_second: float) -> None:
        """Limit the pace.

        Parameters
        ----------
        moves_a_second : float
            > 0; infinity: as fast as it goes.
        """
        self._speed = moves_a_second
        self._notify()

    def change(self, name: str, value: object) -> None:
        """Hand on a control's value, to be taken between two moves.

        Parameters
        ----------
        name : str
            The control.
        value : object
            Its value.
        """
        self._changes.append((name, value))
        self._notify()

    def watched(self) -> None:
        """Note that someone is looking; without it for a minute, playing pauses."""
        self._watched_at = time.monotonic()

    def _take_single(self) -> bool:
        with self._lock:
            wanted = self._singles > 0
            self._singles -= wanted
        return wanted

    def _rest(self) -> float:
        """Seconds to the next move, 0 where the pace has no limit."""
        return min(1.0, 1 / self._speed) if self.playing else 0.0

    def _listen(self) -> None:
        """Wake the loop that runs here from now on."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

    def _notify(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _wait(self, seconds: float | None) -> None:
        """Sleep until woken by a wish, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)


@contextlib.contextmanager
def interrupts() -> Iterator[list]:
    """Collect Ctrl-C instead of raising it: inside a generator it would end the generator.

    Yields
    ------
    list
        Not empty once it was pressed; always empty in a thread that is not the main one.
    """
    found: list = []
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = signal.signal(signal.SIGINT, lambda *_: found.append(True))
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)
