"""Sections laid into sessions, in order: none over its time, as few lessons split as can be."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Plan", "Session", "Slot", "arrange"]


@dataclass(frozen=True)
class Slot:
    """A section of a lesson in class.

    Parameters
    ----------
    lesson, section : str
        The lesson's name and the heading.
    minutes : int
        How long it takes.
    """

    lesson: str
    section: str
    minutes: int


@dataclass(frozen=True)
class Session:
    """A stretch of teaching without a break.

    Parameters
    ----------
    slots : tuple of Slot
        In order.
    minutes : int
        How long it lasts.
    """

    slots: tuple[Slot, ...]
    minutes: int

    @property
    def used(self) -> int:
        """Minutes that are planned."""
        return sum(slot.minutes for slot in self.slots)


@dataclass(frozen=True)
class Plan:
    """What is taught when, and what is not.

    Parameters
    ----------
    sessions : tuple of Session
        In order.
    homework : tuple of Slot
        Sections that are done at home.
    told : tuple of str
        Lessons that are told in two sentences instead.
    left_out : tuple of str
        Lessons for which there is no time.
    """

    sessions: tuple[Session, ...]
    homework: tuple[Slot, ...] = ()
    told: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def arrange(slots: Sequence[Slot], rooms: Sequence[int]) -> list[Session] | None:
    """Lay sections into sessions without changing their order.

    Parameters
    ----------
    slots : sequence of Slot
        In the order in which they are taught.
    rooms : sequence of int
        Minutes of each session that there may be.

    Returns
    -------
    list of Session or None
        Those that are used, from the first on: with as few split lessons as can be, then as few
        sessions, then evenly filled. None where the sections do not fit.

    Examples
    --------
    >>> slots = [Slot("a", "Formula", 50), Slot("b", "Formula", 30), Slot("b", "Check", 30)]
    >>> [session.used for session in arrange(slots, [90, 90])]
    [50, 60]
    """
    # best[j]: (cost, starts) of the first j sections in exactly k sessions, for k = 0, 1, ...
    best: dict[int, tuple] = {0: ((0, 0), ())}
    ends = [best[0]] if not slots else []
    for room in rooms:
        best = _one_more(best, slots, room)
        ends += [best[len(slots)]] if len(slots) in best else []
    if not ends:
        return None
    (_, starts) = min(ends, key=lambda end: (end[0][0], len(end[1]), end[0][1]))
    pairs = zip(starts, (*starts[1:], len(slots)), strict=True) if starts else ()
    return [Session(tuple(slots[i:j]), room) for (i, j), room in zip(pairs, rooms, strict=False)]


def _one_more(best: dict[int, tuple], slots: Sequence[Slot], room: int) -> dict[int, tuple]:
    """Add one session to every best beginning."""
    longer: dict[int, tuple] = {}
    for i, ((splits, idle), starts) in best.items():
        used = 0
        split = 0 < i < len(slots) and slots[i - 1].lesson == slots[i].lesson
        for j in range(i, len(slots)):
            used += slots[j].minutes
            if used > room:
                break
            cost = (splits + split, idle + (room - used) ** 2)
            if j + 1 not in longer or cost < longer[j + 1][0]:
                longer[j + 1] = (cost, (*starts, i))
    return longer
