"""The page with the plans in the instructor's pack."""

from collections.abc import Mapping, Sequence

from msgan_lessons.classroom.teaching import TeachingNotes
from msgan_lessons.editions.pack_words import table
from msgan_lessons.editions.plans import CORE, EXPLORE, HOMEWORK, day_plan, semester_plan
from msgan_lessons.editions.sessions import Plan, Slot

__all__ = ["plans_page"]


def plans_page(
    notes: Sequence[TeachingNotes],
    titles: Mapping[str, str],
    points: Mapping[str, Sequence[str]],
    weeks: int,
    minutes: int,
    day_minutes: int,
) -> str:
    """Write the plan of a semester and that of a day, with the rules by which they were made.

    Parameters
    ----------
    notes : sequence of TeachingNotes
        The lessons.
    titles, points : mapping
        Name of a lesson to its title, and to the points of its summary.
    weeks, minutes, day_minutes : int
        Weekly sessions, minutes of each, minutes of teaching in the day.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    ValueError
        If a number does not fit.
    """
    semester = semester_plan(notes, weeks, minutes)
    day = day_plan(notes, day_minutes, minutes)
    parts = [
        "# Plans",
        "Both plans are computed from the minutes and the prerequisites in the teaching notes; "
        "change those, and the plans follow.",
        _known(notes, titles),
        f"## A semester: {weeks} weekly sessions of {minutes} minutes",
        "Rule: lessons follow by number, each after those that it builds on, and may be split at "
        "headings. Where not everything fits, sections become homework in all lessons at once, in "
        f"this order: {_names(HOMEWORK)}. What time is then left takes sections back into class, "
        "in the reverse order, lesson by lesson, where no more lessons are split by it. Where "
        "homework is not enough, a lesson on which no other of the plan builds is left out, the "
        "one with the highest number first. The exercises check themselves, in class and at home.",
        _sessions(semester, "week", titles),
        _spare(semester, weeks),
        _left_out(semester, titles),
        f"## A day: {day_minutes} minutes of teaching, a break after {minutes} minutes at most",
        "Rule: the day leads to one lesson, the one that builds on most others among those on "
        f"which others build in turn. It is taught by its core ({_names(CORE)}), and so is what it "
        "builds on, the nearest first, while it fits; what does not fit is told in two sentences. "
        f"The time that is left goes to '{EXPLORE}', from the first lesson on.",
        _sessions(day, "block", titles),
        _told(day, titles, points),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _known(notes: Sequence[TeachingNotes], titles: Mapping[str, str]) -> str:
    """Name what these lessons build on and what is not among them."""
    here = {one.lesson for one in notes}
    missing = sorted({name for one in notes for name in one.prerequisites} - here)
    named = "; ".join(f"{name[:2]} {titles.get(name, name)}" for name in missing)
    return f"Taken as known, because it is not part of this pack: {named}." if named else ""


def _sessions(plan: Plan, kind: str, titles: Mapping[str, str]) -> str:
    last = {s.lesson: i for i, session in enumerate(plan.sessions) for s in session.slots}
    rows = []
    for i, session in enumerate(plan.sessions):
        home = [slot for slot in plan.homework if last.get(slot.lesson) == i]
        used = f"{session.used} of {session.minutes}"
        rows.append([str(i + 1), _by_lesson(session.slots, titles), used, _by_lesson(home, titles)])
    heading = [kind, "in class, with minutes", "minutes", "at home afterwards"]
    if not plan.homework:
        heading, rows = heading[:3], [row[:3] for row in rows]
    return table(heading, rows)


def _by_lesson(slots: Sequence[Slot], titles: Mapping[str, str]) -> str:
    lessons: dict[str, list[str]] = {}
    for slot in slots:
        lessons.setdefault(slot.lesson, []).append(f"{slot.section} {slot.minutes}")
    return "; ".join(
        f"**{name[:2]} {titles.get(name, name)}**: {', '.join(sections)}"
        for name, sections in lessons.items()
    )


def _spare(plan: Plan, weeks: int) -> str:
    spare = weeks - len(plan.sessions)
    if not spare:
        return ""
    return f"{spare} week{'' if spare == 1 else 's'} to spare, for projects or an examination."


def _left_out(plan: Plan, titles: Mapping[str, str]) -> str:
    named = [f"{name[:2]} {titles.get(name, name)}" for name in plan.left_out]
    return f"No time is left for: {'; '.join(named)}." if named else ""


def _told(plan: Plan, titles: Mapping[str, str], points: Mapping[str, Sequence[str]]) -> str:
    if not plan.told:
        return "No lesson that is needed had to be left out."
    items = [
        f"- **{name[:2]} {titles.get(name, name)}**: {' '.join(list(points.get(name, ()))[:2])}"
        for name in plan.told
    ]
    return "Told in two sentences, before the lesson that needs it:\n\n" + "\n".join(items)


def _names(sections: Sequence[str]) -> str:
    return ", ".join(f"'{section}'" for section in sections)
