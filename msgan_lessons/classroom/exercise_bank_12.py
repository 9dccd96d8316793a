"""Exercises of lesson 12_video."""

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_12"]


def _speed(centres: Tensor) -> Tensor:
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean(1)


_noise = torch.Generator().manual_seed(12)
_cases = [(16 * torch.rand(n, t, 2, generator=_noise),) for n, t in ((3, 16), (2, 8), (1, 5))]

BANK_12: dict[str, Value | Function] = {
    "12.1": Value(
        "frame",
        "it judges one frame at a time, and the mean over frames does not know their order.",
        {
            "fast": "it sees 8 neighbours as channels, each with weights of its own.",
            "slow": "it sees every second frame as a channel: after shuffling, other frames.",
        },
    ),
    "12.2": Value(
        2,
        "at 8 frames, f and 8 - f cycles hit the same values: 6 comes back as 2.",
        {
            6: "8 frames can show 4 cycles at the most.",
            3: "the clip still lasts as long; only the frames between are gone.",
            12: "dropping frames adds no cycles.",
            4: "that is the fastest that 8 frames can show; 6 is folded back at it.",
            10: "16 - 6 folds at the old frame rate; the new one has 8 frames.",
        },
    ),
    "12.3": Function(
        _speed,
        _cases,
        {
            "take the length of every step, then the mean: a way there and back is no rest.": (
                lambda centres: (
                    (centres[:, -1] - centres[:, 0]).norm(dim=-1) / (len(centres[0]) - 1)
                )
            ),
            "take the mean over the T - 1 steps, not their sum.": lambda centres: (
                _speed(centres) * (centres.shape[1] - 1)
            ),
            "there are T - 1 steps between T frames.": lambda centres: (
                _speed(centres) * (centres.shape[1] - 1) / centres.shape[1]
            ),
            "the length of a step is the root of the sum of squares.": lambda centres: (
                centres.diff(dim=1).square().sum(-1).mean(1)
            ),
            "take the Euclidean length, not the sum of both parts.": lambda centres: (
                centres.diff(dim=1).abs().sum(-1).mean(1)
            ),
            "one speed a clip: the mean is over time, not over the batch.": lambda centres: _speed(
                centres
            ).mean(),
        },
    ),
}
