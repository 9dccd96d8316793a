"""The command line: `msgan` and its commands."""

import os
import sys
from collections.abc import Sequence

import click

from msgan_lessons import __version__
from msgan_lessons.commands import WRONG_CALL, classes, lessons, spread

__all__ = ["main"]

INTERRUPTED = 130
COMMANDS = (
    lessons.list_lessons, lessons.run, lessons.sample, lessons.evaluate,
    classes.doctor, classes.lab, classes.download, spread.sweep, spread.report,
    lessons.train, classes.book, classes.export, classes.guesses,
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="msgan")
@click.pass_context
def cli(context: click.Context) -> None:
    """Multi-scale GANs, from the formula to the picture."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        context.exit(WRONG_CALL)


for command in COMMANDS:
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those of this process where it is missing.

    Returns
    -------
    int
        0 done, 1 a lesson failed or something must be mended, 2 a wrong call, 130 interrupted.
    """
    try:
        return cli.main(arguments, prog_name="msgan", standalone_mode=False) or 0
    except click.ClickException as error:
        sentence = " ".join(error.format_message().replace("?.", "?").split())
        sentence = "".join(c if c.isprintable() else repr(c)[1:-1] for c in sentence)
        sentence = sentence if len(sentence) < 800 else f"{sentence[:300]} ... {sentence[-300:]}"
        click.echo(f"msgan: {sentence}", err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(
            "msgan: stopped; what had finished is kept, what had trained continues with --resume.",
            err=True,
        )
        return INTERRUPTED
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "msgan_lessons"):
            raise
        click.echo(
            f"msgan: {package} is missing; install it with: python -m pip install {package}; "
            "'msgan doctor' says what else is missing.",
            err=True,
        )
        return 1
    except BrokenPipeError:  # `msgan list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
