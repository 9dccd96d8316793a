"""msgan guesses: what a student guessed, and what a class did."""

from pathlib import Path

import click

from msgan_lessons.commands.refusal import Refused, echo_table, refusing

__all__ = ["guesses"]


@click.group(invoke_without_command=True)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the guesses into one file, to hand in yourself.",
)  # fmt: skip
@click.pass_context
def guesses(context: click.Context, out: Path | None) -> None:
    """Show the guesses that are locked on this machine; nothing is ever sent.

    With --out they go into one small file: lesson, question and guess, and a random token by which
    a file that is handed in twice counts once. `msgan guesses show` reads the files of a class.
    """
    if context.invoked_subcommand:
        if out is not None:
            raise Refused("--out FILE must stand alone, or after 'show' as --out PAGE.")
        return
    from msgan_lessons.classroom.guesses import guess_folder, hand_in, kept_guesses

    if out is not None:
        with refusing():
            n = len(hand_in(out))
        click.echo(f"written: {out}, {n} guess{'' if n == 1 else 'es'}; hand it in yourself.")
        return
    kept, damaged = kept_guesses()
    if kept:
        echo_table(
            [("lesson", "guess", "question"), *((g.lesson, g.guess, g.question) for g in kept)]
        )
    for name in damaged:
        click.echo(f"{name} is damaged; that guess can be locked anew.")
    click.echo(f"{len(kept)} locked, kept in {guess_folder()}; nothing is sent.")


@guesses.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out", default="class_guesses.html", show_default=True, type=click.Path(path_type=Path),
    metavar="PAGE", help="The page with a histogram for each lesson.",
)  # fmt: skip
def show(folder: Path, out: Path) -> None:
    """Gather the files that a class handed in, and draw what it guessed."""
    from msgan_lessons.classroom.guesses import gather, offered_guesses, write_class_page

    with refusing():
        found = gather(folder, offered_guesses())
        write_class_page(found, out)
    for sentence in found.left_out:
        click.echo(sentence, err=True)
    click.echo(f"written: {out}, {found.size}.")
