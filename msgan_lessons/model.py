"""A member of the family: two networks, and how to train them."""

from dataclasses import dataclass, replace

from torch import nn

from msgan_lessons.config import TrainConfig

__all__ = ["Model"]


@dataclass(frozen=True)
class Model:
    """Two networks and how to train them.

    Parameters
    ----------
    name : str
        Key in `MODELS`.
    arguments : dict
        What it was built with, so that a checkpoint can build it again.
    generator, discriminator : nn.Module
        On the CPU, freshly initialised.
    config : TrainConfig
        Settings that suit them.
    """

    name: str
    arguments: dict
    generator: nn.Module
    discriminator: nn.Module
    config: TrainConfig

    def with_(self, **changes: object) -> "Model":
        """Return the same networks with some settings changed.

        Parameters
        ----------
        **changes
            Fields of `TrainConfig`.

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            If a setting is out of its range.
        """
        return replace(self, config=self.config.with_(**changes))
