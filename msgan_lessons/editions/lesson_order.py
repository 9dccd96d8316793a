"""The order of lessons: each after those that it builds on, else by number."""

import heapq
from collections.abc import Iterable, Sequence

from msgan_lessons.classroom.teaching import TeachingNotes

__all__ = ["in_order", "prerequisites_of"]


def in_order(notes: Iterable[TeachingNotes]) -> list[TeachingNotes]:
    """Sort lessons: each after its prerequisites among them, and else by number.

    Parameters
    ----------
    notes : iterable of TeachingNotes
        Without circles.

    Returns
    -------
    list of TeachingNotes
    """
    by_name = {one.lesson: one for one in notes}
    open_ = {name: set(one.prerequisites) & set(by_name) for name, one in by_name.items()}
    ready = sorted(name for name, needs in open_.items() if not needs)
    ordered = []
    while ready:
        name = heapq.heappop(ready)
        ordered.append(by_name[name])
        for other, needs in open_.items():
            if name in needs:
                needs.remove(name)
                if not needs:
                    heapq.heappush(ready, other)
    return ordered


def prerequisites_of(one: TeachingNotes, notes: Sequence[TeachingNotes]) -> set[str]:
    """Return all lessons of a set that one of them builds on, directly or through others.

    Parameters
    ----------
    one : TeachingNotes
        The lesson.
    notes : sequence of TeachingNotes
        The set.

    Returns
    -------
    set of str
    """
    by_name = {other.lesson: other for other in notes}
    found, waiting = set(), [one.lesson]
    while waiting:
        new = [p for p in by_name[waiting.pop()].prerequisites if p in by_name and p not in found]
        found.update(new)
        waiting += new
    return found
