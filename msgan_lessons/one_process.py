"""One process that trains alone, seen as `processes.Processes` are (lessons 07 and 14)."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from msgan_lessons.reduction import Loss

__all__ = ["OneProcess"]

Numbers = Mapping[str, Tensor | float | None]


class OneProcess:
    """The only process of a training: it keeps every batch, every loss and every number whole.

    It answers what a game asks of several processes, so a game need not know how many there are.

    Examples
    --------
    >>> OneProcess().count, OneProcess().share([0, 1, 2])
    (1, [0, 1, 2])
    """

    def __init__(self) -> None:
        self.count = 1  # how many there are
        self.is_main = True  # whether it shows and writes
        self.device = "auto"  # where it computes: wherever a game is told

    def share(self, batch: Tensor | Sequence) -> Tensor | Sequence:
        """Return a batch as it is.

        Parameters
        ----------
        batch : Tensor, list or tuple
            Any.

        Returns
        -------
        Tensor, list or tuple
            `batch`.
        """
        return batch

    def prepare(self, game) -> None:
        """Leave a game as it is.

        Parameters
        ----------
        game : Game
            Newly made.
        """

    def mean(self, numbers: Numbers) -> Numbers:
        """Return numbers as they are.

        Parameters
        ----------
        numbers : mapping
            Name to scalar.

        Returns
        -------
        mapping
            `numbers`.
        """
        return numbers

    def loss(self, loss: Loss) -> Loss:
        """Return a loss as it is.

        Parameters
        ----------
        loss : Loss
            An entry of `losses.LOSSES`.

        Returns
        -------
        Loss
            `loss`.
        """
        return loss

    def agree(self, flag: bool) -> bool:
        """Return its own opinion, there being no other.

        Parameters
        ----------
        flag : bool
            Any.

        Returns
        -------
        bool
            `flag`.
        """
        return flag
