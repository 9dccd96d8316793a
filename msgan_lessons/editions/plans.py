"""A semester and a day of teaching, computed from the minutes and the prerequisites of lessons."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

from msgan_lessons.classroom.teaching import TeachingNotes, check_circles


def in_order(notes: Iterable[TeachingNotes]) -> list[TeachingNotes]:
    """Sort lessons: each after its prerequisites among them, and else by number."""
    by_name = {one.lesson: one for one in notes}
    sorter = TopologicalSorter({n: set(by_name) & {*o.prerequisites} for n, o in by_name.items()})
    sorter.prepare()
    ready, ordered = [], []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        ordered.append(by_name[ready[0]])
        sorter.done(ready.pop(0))
    return ordered


def prerequisites_of(one: TeachingNotes, notes: Sequence[TeachingNotes]) -> set[str]:
    """Return all lessons of a set that one of them builds on, directly or through others."""
    by_name = {other.lesson: other for other in notes}
    found, waiting = set(), [one.lesson]
    while waiting:
        new = [p for p in by_name[waiting.pop()].prerequisites if p in by_name and p not in found]
        found.update(new)
        waiting += new
    return found


@dataclass(frozen=True)
class Slot:
    """A section of a lesson in class."""

    lesson: str
    section: str
    minutes: int  # how long it takes


@dataclass(frozen=True)
class Session:
    """A stretch of teaching without a break."""

    slots: tuple[Slot, ...]  # in order
    minutes: int  # how long it lasts

    @property
    def used(self) -> int:
        """Minutes that are planned."""
        return sum(slot.minutes for slot in self.slots)


@dataclass(frozen=True)
class Plan:
    """What is taught when, and what is not."""

    sessions: tuple[Session, ...]  # in order
    homework: tuple[Slot, ...] = ()  # sections that are done at home
    told: tuple[str, ...] = ()  # lessons that are told in two sentences instead
    left_out: tuple[str, ...] = ()  # lessons for which there is no time

    def at_home(self, session: int) -> list[Slot]:
        """Return the homework of the lessons that end in a session."""
        last = {s.lesson: i for i, one in enumerate(self.sessions) for s in one.slots}
        return [slot for slot in self.homework if last.get(slot.lesson) == session]


def arrange(slots: Sequence[Slot], rooms: Sequence[int]) -> list[Session] | None:
    """Lay sections into sessions in order: fewest split lessons, fewest sessions, even filling."""
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


CORE = ("Guess first", "Formula", "Experiment", "What we saw")
EXPLORE = "Explore"
HOMEWORK = ("Exercises", "Symbols", "Check: on any machine", "In code", "Check", EXPLORE)


def semester_plan(notes: Sequence[TeachingNotes], weeks: int = 14, minutes: int = 90) -> Plan:
    """Lay all lessons out over weekly sessions, by the rule in templates/pack_plans.md.j2."""
    _numbers(weeks=weeks, minutes=minutes)
    rooms = [minutes] * weeks
    ordered = in_order(_checked(notes))
    left_out: list[str] = []
    while ordered:
        for n_home in range(len(HOMEWORK) + 1):
            home = {s for s in _slots(ordered) if s.section in HOMEWORK[:n_home]}
            if arrange(_without(ordered, home), rooms) is not None:
                home = _taken_back(ordered, home, rooms)
                sessions = arrange(_without(ordered, home), rooms) or ()
                homework = tuple(s for s in _slots(ordered) if s in home)
                return Plan(tuple(sessions), homework, left_out=tuple(sorted(left_out)))
        built_on = {name for one in ordered for name in one.prerequisites}
        ends = [one for one in ordered if one.lesson not in built_on]
        left_out.append(max(one.lesson for one in ends))
        ordered = [one for one in ordered if one.lesson != left_out[-1]]
    raise ValueError(
        f"weeks and minutes must leave room for a lesson, got weeks {weeks} and minutes {minutes}."
    )


def day_plan(
    notes: Sequence[TeachingNotes], minutes: int = 360, block: int = 90, goal: str = ""
) -> Plan:
    """Lay out one day that leads to a goal, by the rule in templates/pack_plans.md.j2."""
    _numbers(minutes=minutes, block=block)
    whole, rest = divmod(minutes, block)
    rooms = [block] * whole + [rest] * (rest > 0)
    by_name = {one.lesson: one for one in _checked(notes)}
    goal = goal or _goal(notes)
    if goal not in by_name:
        raise ValueError(f"goal must be one of the lessons, got {goal!r}.")
    chosen, told, waiting = [], [], [goal]
    while waiting:
        name = waiting.pop(0)
        fits = arrange(_slots(in_order([*chosen, by_name[name]]), CORE), rooms) is not None
        if not fits and name == goal:
            raise ValueError(f"the core of {goal} does not fit into a day of {minutes} minutes.")
        (chosen if fits else told).append(by_name[name])
        if fits:
            met = {one.lesson for one in (*chosen, *told)} | set(waiting)
            waiting += [p for p in by_name[name].prerequisites if p in by_name and p not in met]
    ordered, explored = in_order(chosen), []
    for one in ordered:
        more = [*explored, one.lesson]
        explored = more if arrange(_slots(ordered, CORE, more), rooms) is not None else explored
    sessions = arrange(_slots(ordered, CORE, explored), rooms)
    return Plan(tuple(sessions or ()), told=tuple(sorted(one.lesson for one in told)))


def _goal(notes: Sequence[TeachingNotes]) -> str:
    built_on = {name for one in notes for name in one.prerequisites}
    inner = [one for one in notes if one.lesson in built_on] or list(notes)
    return min(inner, key=lambda one: (-len(prerequisites_of(one, notes)), one.lesson)).lesson


def _taken_back(
    ordered: Sequence[TeachingNotes], home: Collection[Slot], rooms: Sequence[int]
) -> set[Slot]:
    """Return the homework that is left when sections have come back where there is time."""
    left = set(home)
    most = _splits(arrange(_without(ordered, left), rooms))
    for section in reversed(HOMEWORK):
        for slot in [s for s in _slots(ordered) if s in home and s.section == section]:
            sessions = arrange(_without(ordered, left - {slot}), rooms)
            if sessions is not None and _splits(sessions) <= most:
                left.remove(slot)
    return left


def _splits(sessions: Sequence[Session]) -> int:
    """Count the places where a lesson goes on in the next session."""
    return sum(a.slots[-1].lesson == b.slots[0].lesson for a, b in pairwise(sessions))


def _without(ordered: Iterable[TeachingNotes], home: Collection[Slot]) -> list[Slot]:
    return [slot for slot in _slots(ordered) if slot not in home]


def _slots(
    ordered: Iterable[TeachingNotes], only: Collection[str] = (), explored: Collection[str] = ()
) -> list[Slot]:
    """Return the sections of lessons, in order."""
    return [
        Slot(one.lesson, section, minutes)
        for one in ordered
        for section, minutes in one.minutes.items()
        if not only or section in only or (section == EXPLORE and one.lesson in explored)
    ]


def _checked(notes: Sequence[TeachingNotes]) -> Sequence[TeachingNotes]:
    if not notes:
        raise ValueError("a plan must have at least one lesson, got none.")
    check_circles(notes)
    return notes


def _numbers(**numbers: int) -> None:
    for name, value in numbers.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")
