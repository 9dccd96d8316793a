"""An option of a command that takes several words: --grid a=1,2 b=0:3."""

from collections.abc import Sequence

import click

__all__ = ["GridCommand", "with_grid_words"]


class GridCommand(click.Command):
    """A command whose --grid takes several words; as for `click.Command`."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Read the command line.

        Parameters
        ----------
        context : click.Context
            As for `click.Command`.
        arguments : list of str
            As typed.

        Returns
        -------
        list of str
            What is left over.
        """
        return super().parse_args(context, with_grid_words(arguments))


def with_grid_words(arguments: Sequence[str]) -> list[str]:
    """Write --grid before each of the NAME=VALUES words that follow it.

    Parameters
    ----------
    arguments : sequence of str
        As typed.

    Returns
    -------
    list of str

    Examples
    --------
    >>> with_grid_words(["07", "--grid", "a=1", "b=2", "--out", "c=3"])
    ['07', '--grid', 'a=1', '--grid', 'b=2', '--out', 'c=3']
    """
    spelled, inside = [], False
    for word in arguments:
        option = word.startswith("-")
        if inside and not option and "=" in word and spelled[-1] != "--grid":
            spelled.append("--grid")
        inside = word.startswith("--grid") if option else inside and "=" in word
        spelled.append(word)
    return spelled
