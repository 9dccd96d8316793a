"""Whether two networks can do what a training asks of them."""

from torch import nn

from msgan_lessons.config import TrainConfig

__all__ = ["check_abilities"]


def check_abilities(generator: nn.Module, discriminator: nn.Module, config: TrainConfig) -> None:
    """Refuse settings that need a G that grows or a D that shows its features, without one.

    Parameters
    ----------
    generator, discriminator : nn.Module
        The players.
    config : TrainConfig
        What is asked.

    Raises
    ------
    ValueError
        In one sentence, for the first that cannot be done.
    """
    grows = hasattr(generator, "grow_to") and getattr(generator, "emit", "") == "fading"
    if config.growth_images and not grows:
        raise ValueError(
            f"growth_images must be 0 for a G that does not grow (emit='fading'), "
            f"got {config.growth_images}."
        )
    if config.feature_matching and not hasattr(discriminator, "judge"):
        raise ValueError(
            f"feature_matching must be 0 for a D without the method judge, "
            f"got {config.feature_matching}."
        )
