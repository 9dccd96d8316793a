"""Before and after: what makes a step faster on this machine (lesson 14_efficiency)."""

import copy

import torch
from torch import Tensor

from msgan_lessons.family import Model
from msgan_lessons.lessons.l14_efficiency.stopwatch import Step, take_turns
from msgan_lessons.training import Game

__all__ = [
    "compare_formats",
    "fresh_game",
    "layouts",
    "precisions",
]


def layouts(model: Model, batch: Tensor) -> dict[str, Step]:
    """Steps with images in memory channel by channel, and with the channels of a pixel together.

    Parameters
    ----------
    model : Model
        Copies of its networks play.
    batch : Tensor
        Real images (B, C, R, R).

    Returns
    -------
    dict
        'contiguous' and 'channels_last', as for `stopwatch.take_turns`.
    """
    plain, last = fresh_game(model, batch), fresh_game(model, batch)
    for network in (plain.generator, plain.discriminator):
        network.to(memory_format=torch.contiguous_format)
    return {"contiguous": plain.step, "channels_last": last.step}


def precisions(model: Model, batch: Tensor) -> dict[str, Step]:
    """Steps in float32, and with autocast to bfloat16 (8 bits of precision, the same range).

    Parameters
    ----------
    model, batch
        As for `layouts`.

    Returns
    -------
    dict
        'float32' and 'bfloat16'.
    """
    full, half = fresh_game(model, batch), fresh_game(model, batch)
    full.dtype, half.dtype = torch.float32, torch.bfloat16
    return {"float32": full.step, "bfloat16": half.step}


def compare_formats(model: Model, batch: Tensor, **turns: int) -> dict[str, dict[str, list[float]]]:
    """Time steps before and after a change of memory layout, and of precision.

    Parameters
    ----------
    model, batch
        As for `layouts`; precision is compared on eight images, because bfloat16 may be slow.
    **turns
        'rounds' and 'calls' of `stopwatch.take_turns`.

    Returns
    -------
    dict
        What was changed to the rounds before and after, as `stopwatch.take_turns` gives them.
    """
    pairs = {
        "channels_last for contiguous": layouts(model, batch),
        "bfloat16 for float32": precisions(model, batch[:8]),
    }
    return {name: take_turns(pair, **turns) for name, pair in pairs.items()}


def fresh_game(model: Model, batch: Tensor) -> Game:
    """Make a game of copies that meets one batch again and again, to be timed.

    Parameters
    ----------
    model : Model
        Its own networks are not touched.
    batch : Tensor
        Real images (B, C, R, R).

    Returns
    -------
    Game
    """
    players = copy.deepcopy((model.generator, model.discriminator))
    config = model.config.with_(batch_size=len(batch))
    return Game(*players, iter(lambda: batch, None), config)
