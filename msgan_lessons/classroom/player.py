"""The player of a live panel: a training that plays, steps, waits, and never blocks the kernel."""

import asyncio
import contextlib
import math
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator


class PlayerCommands:
    """Play, pause, step, reset, stop, speed, values: noted from any thread, done by `Player`."""

    def __init__(self) -> None:
        self.playing, self.stopped = False, False
        self._singles, self._reset_asked, self._speed = 0, False, math.inf
        self._changes: deque[tuple[str, object]] = deque()
        self._stale, self._watched_at = True, time.monotonic()  # stale: a picture is wanted
        self._lock, self._loop, self._wake = threading.Lock(), None, None

    def play(self) -> None:
        """Go on, until paused or stopped."""
        self.playing, self._stale, self._watched_at = True, True, time.monotonic()
        self._notify()

    def pause(self) -> None:
        """Stand still after the move that is being played."""
        self.playing, self._stale = False, True  # the button is drawn, too
        self._notify()

    def step(self, count: int = 1) -> None:
        """Play some moves, and stand still."""
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
        """Limit the pace; infinity: as fast as it goes."""
        self._speed = moves_a_second
        self._notify()

    def change(self, name: str, value: object) -> None:
        """Hand on a control's value, to be taken between two moves."""
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

    def _notify(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _wait(self, seconds: float | None) -> None:
        """Sleep until woken by a wish, or so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)


@contextlib.contextmanager
def interrupts() -> Iterator[list]:
    """Collect Ctrl-C in the main thread instead of raising it: it would end a generator."""
    found: list = []
    if threading.current_thread() is not threading.main_thread():
        yield found
        return
    before = signal.signal(signal.SIGINT, lambda *_: found.append(True))
    try:
        yield found
    finally:
        signal.signal(signal.SIGINT, before)


YIELD_TURNS = 8  # of the kernel's loop in a row: a message from the browser needs several
YIELD_SECONDS = 0.02  # s between two times that the kernel's other work gets its turns
UNWATCHED_SECONDS = 60.0
DRAWING_SHARE = 0.15  # of the time, at the most

Row = dict[str, float | None]

_alive: dict[str, "Player"] = {}


class Player(PlayerCommands):
    """Pulls rows out of a training, in the one loop that acts on commands, at most a move late."""

    def __init__(
        self,
        name: str,
        rows: Callable[[], Iterator[Row]],  # starts a training; None: a rest within a move
        *,
        see: Callable[[Row | None, bool], None],  # draws the last row; True: while playing
        change: Callable[[str, object], bool] | None = None,  # takes a control; True: reset
        fps: float = 8.0,  # pictures a second, at most
        complain: Callable[[str], None] | None = None,  # told in a sentence what went wrong
    ) -> None:
        if not fps > 0:
            raise ValueError(f"fps must be > 0, got {fps!r}.")
        super().__init__()
        self.name, self.fps = name, fps
        self.error: BaseException | None = None
        self.last: Row | None = None
        self.moves = 0
        self._make, self._see, self._change = rows, see, change or (lambda name, value: False)
        self._complain = complain or (lambda sentence: None)
        self._rows: Iterator[Row] = rows()
        self._task: asyncio.Task | None = None
        self._drawn_at, self._draw_seconds = -math.inf, 0.0
        self._breathed, self._resting = -math.inf, False  # resting: within a move
        older = _alive.pop(name, None)
        if older is not None:
            older.stop()
        _alive[name] = self

    def start(self) -> None:
        """Run the loop in the background of the kernel, once; call it from a cell."""
        if self._task is None or self._task.done():
            self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
            self._task = self._loop.create_task(self._forever(), name=f"player of {self.name}")

    def end(self) -> None:
        """End the training, so that what records it can write its file; a reset starts another."""
        self._rows.close()

    def play_to(self, moves: int) -> None:
        """Play to so many moves since the last reset, at once; raise what the training raised."""
        self.playing, self._stale = False, True
        self._take_changes()
        with interrupts() as interrupted:
            while self.moves < moves and not self.stopped and self._advance():
                if self._is_due():  # a picture leaves at once, also in the middle of a cell
                    self._draw()
                if interrupted:
                    break
        self.playing = False
        self._draw()
        if interrupted:
            raise KeyboardInterrupt
        if self.error is not None:
            raise self.error

    async def _forever(self) -> None:
        """Advance while playing; wait for the next wish otherwise."""
        while not self.stopped:
            try:
                moved = self._turn()
            except KeyboardInterrupt:
                self.playing, moved = False, False
            if moved:
                await self._breathe()  # before the picture, too: a message waits for one of them
            if self._is_due() or (self._stale and not self.playing):
                self._draw()
                await self._breathe()
            pause = self._rest() if moved else None
            if pause != 0:
                await self._wait(pause)

    def _turn(self) -> bool:
        """Take what was asked for and draw it at once; then play at most one move."""
        self._wake.clear()
        if not self._resting and self._take_changes():
            self._draw()
        if self.playing and time.monotonic() - self._watched_at > UNWATCHED_SECONDS:
            self.playing, self._stale = False, True
        wanted = self._resting or self.playing or self._take_single()
        if wanted:
            self._advance()
        return wanted and not self.stopped

    async def _breathe(self) -> None:
        """Let the kernel's other work have its turns, if it has waited for a while."""
        if time.monotonic() - self._breathed > YIELD_SECONDS:
            for _ in range(YIELD_TURNS):
                await asyncio.sleep(0)
            self._breathed = time.monotonic()

    def _advance(self) -> bool:
        """Play one move; a training that ends or fails stops playing."""
        try:
            row = next(self._rows)
        except StopIteration:
            self.playing, self._stale, self._resting = False, True, False
            return False
        except Exception as error:  # it would be shown nowhere else
            self._fail(error)
            return False
        self._resting = row is None
        if self._resting:
            return True
        self.last, self.moves = row, self.moves + 1
        self._stale = True
        return True

    def _take_changes(self) -> bool:
        """Hand over what was moved, and start again if asked to; tells whether there was any."""
        taken = bool(self._changes) or self._reset_asked
        while self._changes:
            name, value = self._changes.popleft()
            try:
                self._reset_asked |= bool(self._change(name, value))
            except ValueError as error:  # refused: the game goes on
                self._complain(str(error))
            except Exception as error:
                self._fail(error)
        if self._reset_asked:
            self._reset_asked, self._singles = False, 0
            self.error, self.last, self.moves, self._resting = None, None, 0, False
            self._rows = self._make()
        return taken

    def _is_due(self) -> bool:
        wait = max(1 / self.fps, self._draw_seconds / DRAWING_SHARE)
        return self._stale and time.monotonic() - self._drawn_at >= wait

    def _draw(self) -> None:
        start = time.monotonic()
        try:
            self._see(self.last, self.playing)
        except Exception as error:
            self._fail(error)
        self._stale, self._drawn_at = False, time.monotonic()
        self._draw_seconds = self._drawn_at - start

    def _fail(self, error: Exception) -> None:
        self.error, self.playing, self._singles, self._resting = error, False, 0, False
        self._complain(f"{type(error).__name__}: {error}")
