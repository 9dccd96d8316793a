"""The loop that alternates the two players (lesson 07_training); their game is in `game`."""

from collections.abc import Callable, Iterable, Iterator

from torch import Tensor, nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.config import TrainConfig
from msgan_lessons.game import Game
from msgan_lessons.rows import played
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
    processes: object | None = None,
    score: Callable[[], float] | None = None,
    score_interval: int = 200,
) -> Iterator[dict[str, float | None]]:
    r"""Play the game of formula (3): a Python generator that yields one row a step.

    Nothing happens until the first row is asked for; between two rows the caller may draw, change
    nothing, or `break`. In the folder of a run the game is kept while it goes on (`rows.played`).

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
    processes : processes.Processes, optional
        Several processes play one game, each with its share of every batch; all of them must call
        this alike, with the same seed. 'auto' is then the device that Accelerate chose.
    score, score_interval
        How good G is now, and every so many steps: as for `rows.played`.

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
        If `steps` is below 1, `max_seconds` not positive, the loss unknown, or the batch cannot
        be shared by the processes.
    FloatingPointError
        If a loss is not finite: training has diverged, and the row is not yielded; the sentence
        names the likely cause and, in a run's folder, the last good checkpoint.

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
        processes=processes,
    )
    return played(
        game, steps=steps, max_seconds=max_seconds, score=score, score_interval=score_interval
    )
