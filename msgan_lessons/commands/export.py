"""msgan export: the course for students, for instructors, for a class."""

from pathlib import Path

import click

from msgan_lessons.commands.refusal import Refused, refusing

__all__ = ["export"]

WHOLE = click.IntRange(1, 1000)


@click.command()
@click.argument("edition", metavar="EDITION")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("lessons", nargs=-1, metavar="[LESSON]...")
@click.option(
    "--install-from", default="", metavar="SPEC",
    help="colab: what pip installs: an https address of a wheel, git+https://..., or a name.",
)  # fmt: skip
@click.option(
    "--exercises-only", is_flag=True,
    help="nbgrader: without the lesson's experiments, so that grading takes seconds.",
)  # fmt: skip
@click.option("--weeks", type=WHOLE, metavar="N", help="pack: sessions of the semester; 14.")
@click.option("--session-minutes", type=WHOLE, metavar="N", help="pack: without a break; 90.")
@click.option("--day-minutes", type=WHOLE, metavar="N", help="pack: teaching in the day; 360.")
def export(edition: str, folder: Path, lessons: tuple[str, ...], **given: object) -> None:
    """Write an edition of the course: student, solutions, slides, colab, nbgrader or pack.

    DIR must be new, empty, or an earlier export that nobody has changed; it is replaced whole.
    """
    from msgan_lessons.editions.source import fresh_folder
    from msgan_lessons.editions.table import EDITIONS
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons
    from msgan_lessons.runs.parameters import nearest

    if edition not in EDITIONS:
        hint = nearest(edition, EDITIONS)
        raise Refused(f"EDITION must be one of {', '.join(EDITIONS)}, got {edition!r}{hint}.")
    for name, value in given.items():
        if value and name not in EDITIONS[edition].options:
            option = name.replace("_", "-")
            raise Refused(f"--{option} is not an option of the edition {edition}.")
    with refusing():
        chosen = choose_lessons(lessons or ["all"], find_lessons())
        with fresh_folder(folder, edition) as place:
            written = EDITIONS[edition].write(chosen, place, given)
    for line in written:
        click.echo(line)
    click.echo(f"{folder} holds the edition {edition}: {EDITIONS[edition].about}.")
