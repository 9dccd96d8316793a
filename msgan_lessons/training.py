"""The loop that alternates the two players (lesson 07_training); their game is in `game`."""

from collections.abc import Iterable, Iterator

from torch import Tensor, nn

from msgan_lessons.game import Game
from msgan_lessons.rows import played
from msgan_lessons.runs.config import TrainConfig
from msgan_lessons.runs.repro import Streams
from msgan_lessons.steps import discriminator_step, generator_step

__all__ = ["Game", "discriminator_step", "generator_step", "train"]


def train(
    generator: nn.Module,
    discriminator: nn.Module,
    real_batches: Iterable[Tensor],
    config: TrainConfig | None = None,
    *,
    steps: int,
    max_seconds: float = float("inf"),
    generator_ema: nn.Module | None = None,
    streams: Streams | None = None,
    device: str = "auto",
) -> Iterator[dict[str, float | None]]:
    r"""Play the game of formula (3): a Python generator that yields one row a step.

    Nothing happens until the first row is asked for; between two rows the caller may draw, change
    nothing, or `break`.

    Parameters
    ----------
    generator : nn.Module
        Has `latent_dim`; z (B, latent_dim) to an image, or to a list of images coarse to fine.
    discriminator : nn.Module
        Images to logits. Both networks are moved to the device.
    real_batches : iterable of Tensor
        Yields (B, C, H, W) in [-1, 1] for as long as it is asked; see `datasets.ImageData.batches`.
    config : TrainConfig, optional
        Loss, learning rates, penalties, averaging.
    steps : int
        D+G updates, at least 1.
    max_seconds : float
        Stop after that much wall time, in seconds, counted from the first row asked for.
    generator_ema : nn.Module, optional
        A copy of G that receives its running average.
    streams : Streams, optional
        Randomness; `Streams(0)` where it is missing.
    device : str
        'auto' or a torch device.

    Yields
    ------
    dict
        'step' (from 1), 'n_images' (real images shown to D), 'seconds', 'd_loss', 'g_loss',
        'd_penalty', 'd_real_before', 'd_fake_before', 'g_matching', 'd_fake_after', and
        'd_real_after' (None except at step 1 and every `probe_interval` steps; always there for a
        relativistic loss and with feature matching).

    Raises
    ------
    ValueError
        If `steps` is below 1, `max_seconds` not positive, or the loss unknown.
    FloatingPointError
        If a loss is not finite: training has diverged, and the row is not yielded.

    References
    ----------
    Goodfellow et al. 2014, algorithm 1. One difference: the last fakes of D's updates serve in
    G's update too. G has not changed in between, so its own forward would give the same images.
    """
    game = Game(
        generator,
        discriminator,
        real_batches,
        config,
        generator_ema=generator_ema,
        streams=streams,
        device=device,
    )
    return played(game, steps=steps, max_seconds=max_seconds)
