"""How a command refuses, and how it reads an option of several words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

WRONG_CALL = 2


class Refused(click.ClickException):
    """A wrong call, in one sentence."""

    exit_code = WRONG_CALL


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the checks' errors into one sentence and exit status 2."""
    try:
        yield
    except (TypeError, ValueError, OSError) as error:
        raise Refused(str(error)) from error


def echo_table(rows: Sequence[Sequence[str]]) -> None:
    """Print columns, each as wide as its widest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(f"    {'  '.join(cells)}".rstrip())


class GridCommand(click.Command):
    """A command whose --grid takes several words."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Read the command line."""
        return super().parse_args(context, with_grid_words(arguments))


def with_grid_words(arguments: Sequence[str]) -> list[str]:
    """Write --grid before each of the NAME=VALUES words that follow it."""
    spelled, inside = [], False
    for word in arguments:
        option = word.startswith("-")
        if inside and not option and "=" in word and spelled[-1] != "--grid":
            spelled.append("--grid")
        inside = word.startswith("--grid") if option else inside and "=" in word
        spelled.append(word)
    return spelled
