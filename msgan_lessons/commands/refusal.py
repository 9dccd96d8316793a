"""How a command refuses: one sentence and exit status 2; and how it prints a table."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

__all__ = ["WRONG_CALL", "Refused", "echo_table", "refusing"]

WRONG_CALL = 2


class Refused(click.ClickException):
    """A wrong call, in one sentence; arguments as for click's ClickException."""

    exit_code = WRONG_CALL


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the checks' errors into one sentence and exit status 2.

    Yields
    ------
    None

    Raises
    ------
    Refused
        In place of a TypeError, ValueError or OSError.
    """
    try:
        yield
    except (TypeError, ValueError, OSError) as error:
        raise Refused(str(error)) from error


def echo_table(rows: Sequence[Sequence[str]]) -> None:
    """Print columns, each as wide as its widest entry.

    Parameters
    ----------
    rows : sequence of sequence of str
        All of one length.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(f"    {'  '.join(cells)}".rstrip())
