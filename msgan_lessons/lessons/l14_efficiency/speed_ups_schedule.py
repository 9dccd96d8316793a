"""Before and after, by what a step is asked to do: its batch, and how often R1 (lesson 14)."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.family import Model, build
from msgan_lessons.lessons.l14_efficiency.costs_step import predict_step
from msgan_lessons.lessons.l14_efficiency.roofline import Roof
from msgan_lessons.lessons.l14_efficiency.speed_ups import fresh_game
from msgan_lessons.lessons.l14_efficiency.stopwatch import Step
from msgan_lessons.pyramid import box_downsample
from msgan_lessons.training import Game

__all__ = ["batch_sizes", "contestants_by_scale", "lazy", "shortest_steps"]


def batch_sizes(model: Model, images: Tensor, sizes: Sequence[int]) -> dict[str, Step]:
    """Steps with batches of several sizes.

    Parameters
    ----------
    model : Model
        Copies of its networks play.
    images : Tensor
        Real images (N, C, R, R), at least as many as the largest batch.
    sizes : sequence of int
        Images a batch.

    Returns
    -------
    dict
        The size, as text, to a step.

    Raises
    ------
    ValueError
        If there are fewer images than the largest batch takes.
    """
    if max(sizes) > len(images):
        raise ValueError(f"images must hold at least {max(sizes)}, got {len(images)}.")
    return {str(n): fresh_game(model, images[:n]).step for n in sizes}


def lazy(
    model: Model, batch: Tensor, intervals: Sequence[int], gamma: float = 1.0
) -> dict[str, Step]:
    """Rows of steps without R1, and with R1 every k steps: as many steps in a row as the largest k.

    Parameters
    ----------
    model, batch
        As for `layouts`.
    intervals : sequence of int
        Values of k, each a divisor of the largest.
    gamma : float
        Weight of R1, > 0.

    Returns
    -------
    dict
        'none' and each k, as text. One call plays a whole row.

    Raises
    ------
    ValueError
        If a k does not divide the largest.
    """
    longest = max(intervals)
    if odd := [k for k in intervals if longest % k]:
        raise ValueError(f"intervals must divide the largest, {longest}, got {odd[0]}.")
    never = {"none": fresh_game(model, batch)}
    games = never | {
        str(k): fresh_game(model.with_(r1_gamma=gamma, reg_interval=k), batch) for k in intervals
    }
    return {name: _row(game, longest) for name, game in games.items()}


def contestants_by_scale(
    model: str, resolution: int, width: int, batch_size: int, seed: int
) -> dict[str, Model]:
    """Build a model with two scales fewer, with one fewer, with all; and with two other batches.

    Parameters
    ----------
    model : str
        Key in `presets.MODELS`.
    resolution, width : int
        As for `presets.build`; scales below 8x8 are left out.
    batch_size : int
        Real images in one update of D; the other two take a quarter and four times as many.
    seed : int
        Of the weights.

    Returns
    -------
    dict
        Name to model.

    Examples
    --------
    >>> list(contestants_by_scale("dcgan", 16, 1, 8, 0))
    ['8x8, batch 8', '16x16, batch 8', '16x16, batch 2', '16x16, batch 32']
    """
    kinds = [(resolution // 4, 4), (resolution // 2, 4), *((resolution, n) for n in (4, 1, 16))]
    found = {}
    for size, quarters in kinds:
        if size >= 8:
            Streams(seed).seed_weights()
            images = max(2, quarters * batch_size // 4)
            pair = build(model, resolution=size, width=width).with_(batch_size=images)
            found[f"{size}x{size}, batch {images}"] = pair
    return found


def shortest_steps(models: Mapping[str, Model], images: Tensor, roof: Roof) -> dict[str, float]:
    """Predict the shortest time of a step: all its operations at the peak of the machine.

    Parameters
    ----------
    models : mapping
        Name to model.
    images : Tensor
        Some real images (N, C, R, R), of at least the resolution of each model; operations grow
        with the batch as a straight line.
    roof : Roof
        Of this machine.

    Returns
    -------
    dict
        Name to seconds.
    """
    found = {}
    for name, model in models.items():
        batch = images
        while batch.shape[-1] > model.arguments["resolution"]:
            batch = box_downsample(batch)
        an_image = predict_step(model, batch).step / len(batch)
        found[name] = model.config.batch_size * an_image / roof.peak
    return found


def _row(game: Game, count: int) -> Step:
    return lambda: [game.step() for _ in range(count)]
