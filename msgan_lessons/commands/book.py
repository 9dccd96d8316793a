"""msgan book: the course as a static site."""

from pathlib import Path

import click

from msgan_lessons.commands.refusal import Refused, refusing

__all__ = ["book"]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("lessons", nargs=-1, metavar="[LESSON]...")
def book(folder: Path, lessons: tuple[str, ...]) -> None:
    """Write the lessons as a static site that is read without a kernel and without a network.

    DIR must be new, empty or an earlier export. Nothing is executed: pages show the outputs that
    the notebooks hold, and recorded trainings play in them.
    """
    from msgan_lessons.runs.lessons import choose_lessons, find_lessons

    with refusing():
        known = find_lessons()
        chosen = [x for x in known if x in choose_lessons(lessons or ["all"], known)]
        from msgan_lessons.editions.book import write_book

        try:
            size = write_book(folder, chosen)
        except ModuleNotFoundError as error:
            raise Refused(str(error)) from error
    trainings = f"{size.players} recorded training{'' if size.players == 1 else 's'}"
    click.echo(
        f"{folder / 'index.html'}: {size.pages} pages, {trainings}, {size.size / 1e6:.1f} MB"
    )
