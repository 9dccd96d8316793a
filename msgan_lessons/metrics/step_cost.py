"""What one D+G step costs: seconds, real images or floating-point operations (lesson 08)."""

import copy
import time
from collections.abc import Iterator

from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from msgan_lessons.family import Model
from msgan_lessons.training import Game

__all__ = ["UNITS", "step_costs", "step_flops", "step_seconds"]

UNITS = ("seconds", "images", "flops")
TRIES = 4  # steps that are timed; the first of them warms up
LONG = 2**40  # real images in a phase of growth that does not end


def step_costs(model: Model, batch: Tensor, unit: str, device: str = "cpu") -> list[float]:
    """Cost of one step of a model; the model itself is not changed.

    Parameters
    ----------
    model : Model
        Copies of its networks play.
    batch : Tensor
        Real images (B, C, R, R) in [-1, 1].
    unit : str
        One of `UNITS`.
    device : str
        As for `training.train`.

    Returns
    -------
    list of float
        One figure; for a growing model one for each depth, the last for all scales.
    """
    if unit == "images":
        return [float(len(batch))] * (len(model.generator.sizes) if _grows(model) else 1)
    cost = step_flops if unit == "flops" else step_seconds
    return [cost(game) for game in _games(model, batch, device)]


def step_flops(game: Game) -> float:
    """Floating-point operations of one D+G step, forward and backward; plays that step.

    Parameters
    ----------
    game : Game
        Ready to play.

    Returns
    -------
    float
        As torch's counter has it: convolutions and matrix products, 2 for each multiply-add.

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.family import dcgan
    >>> pair, batch = dcgan(resolution=8, width=1), torch.zeros(4, 1, 8, 8)
    >>> players = (pair.generator, pair.discriminator)
    >>> step_flops(Game(*players, iter(lambda: batch, None), device="cpu"))
    97408.0
    """
    with FlopCounterMode(display=False) as counter:
        game.step()
    return float(counter.get_total_flops())


def step_seconds(game: Game) -> float:
    """Time one D+G step; plays a few.

    Parameters
    ----------
    game : Game
        Ready to play.

    Returns
    -------
    float
        Seconds of the fastest of them, the first left out.
    """
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        game.step()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def _games(model: Model, batch: Tensor, device: str) -> Iterator[Game]:
    """Copies of the pair, at each depth where it grows, else as it is."""
    for depth in range(1, len(model.generator.sizes) + 1) if _grows(model) else [None]:
        config = model.config if depth is None else model.config.with_(growth_images=LONG)
        players = copy.deepcopy((model.generator, model.discriminator))
        game = Game(*players, iter(lambda: batch, None), config, device=device)
        if depth is not None:
            game.n_images = (2 * depth - 2) * LONG  # the phase in which this depth holds
        yield game


def _grows(model: Model) -> bool:
    return model.config.growth_images > 0
