"""msgan doctor, lab, download, book, export and guesses: this machine and a class."""

from pathlib import Path

import click

from msgan_lessons.commands import Refused, echo_table, refusing
from msgan_lessons.editions import EDITIONS


@click.command()
@click.option("--try", "trial", is_flag=True, help="Start a kernel and train one step in it, too.")
def doctor(trial: bool) -> int:
    """Say what is installed, which device there is, and what mends what is missing."""
    from msgan_lessons.runs.doctor import all_ok, report, try_a_lesson

    findings = [*report(), *([try_a_lesson()] if trial else [])]
    echo_table([(f.part, f.state, f.found) for f in findings])
    well = all_ok(findings)
    for finding in findings:
        if finding.mend:
            click.echo(f"mend {finding.part} with: {finding.mend}")
    click.echo("All is well." if well else "Not all is well.")
    return 0 if well else 1


@click.command()
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
def lab(no_browser: bool) -> int:
    """Open the course in JupyterLab."""
    from msgan_lessons.runs.lab import start_lab

    with refusing():
        return start_lab(browser=not no_browser)


@click.command()
@click.argument("name")
def download(name: str) -> None:
    """Fetch through torchvision: fashion_mnist_full, cifar10, celeba, or the weights vgg19."""
    from msgan_lessons.base.places import download_folder
    from msgan_lessons.datasets import downloads
    from msgan_lessons.lessons.l09_super_resolution import content
    from msgan_lessons.runs.parameters import nearest

    if name == "fashion_mnist":
        raise Refused("fashion_mnist comes with the course; there is nothing to download.")
    known = (*downloads.NAMES, "vgg19")
    if name not in known:
        hint = nearest(name, known)
        known = ", ".join(known)
        raise Refused(f"NAME must be one of {known}, got {name!r}{hint}.")
    try:
        content.fetch() if name == "vgg19" else downloads.fetch(name)
    except (RuntimeError, OSError, ImportError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{name} could not be downloaded: {reason}.") from error
    click.echo(f"{name} is in {download_folder()}")


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


WHOLE = click.IntRange(1, 1000)
EXPORT = "\n".join(
    [
        f"Write an edition of the course: {', '.join(EDITIONS)}.\n",
        "DIR must be new, empty, or an earlier export that nobody has changed; it is replaced "
        "whole.\n\n\b",
        *(f"{name:10} {edition.about}" for name, edition in EDITIONS.items()),
    ]
)


@click.command(help=EXPORT)
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
    """Write an edition; its help comes from the table of editions."""
    from msgan_lessons.editions.source import fresh_folder
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
