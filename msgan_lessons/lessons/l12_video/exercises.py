"""Exercises of lesson 12_video."""

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import agrees, answers_agree, gives_shape
from msgan_lessons.classroom.exercises import Function, Value


def _speed(centres: Tensor) -> Tensor:
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean(1)


_noise = torch.Generator().manual_seed(12)
_cases = [(16 * torch.rand(n, t, 2, generator=_noise),) for n, t in ((3, 16), (2, 8), (1, 5))]
_tracks = _cases[0][0]

BANK: dict[str, Value | Function] = {
    "12.1": Value(
        "frame",
        "it judges one frame at a time, and the mean over frames does not know their order.",
        {
            "fast": "it sees 8 neighbours as channels, each with weights of its own.",
            "slow": "it sees every second frame as a channel: after shuffling, other frames.",
            "all": "two of the three take frames as channels, so their order counts.",
            "none": "one of them never sees two frames at once.",
            "both": "one name is asked for: two of the three see several frames at once.",
            "fast and slow": "both take frames as channels, so their order counts.",
            "scales": "it is not among the three, and takes all frames at once, as channels.",
        },
        clues=(
            "The second table below 'Symbols' says what each judge sees at once.",
            "A mean does not know an order; which judge's logits are only put in another order?",
        ),
        also=("frames", "the frame", "the judge of frames", "judge of frames"),
        choices=("frame", "fast", "slow"),
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
            8: "that is the number of frames; a cycle takes at least two of them.",
            1: "that is what becomes of 7 cycles; here are 6.",
            0: "6 cycles do not stand still at 8 frames: dropping makes them slower, no more.",
            -2: "a swing has no sign: give a number above 0.",
            14: "8 + 6 hits the same values, but 8 frames show the slowest that does.",
        },
        clues=(
            "In 'Check', dropping turns 7 cycles of 16 frames into another number.",
            "The Nyquist limit of 8 frames is 4 cycles; what lies above is mirrored there.",
        ),
        solution="8 - 6",
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
            "take the root of each step's squares before the mean over time, not after it.": (
                lambda centres: centres.diff(dim=1).square().sum(-1).mean(1).sqrt()
            ),
            "take the Euclidean length, not the sum of both parts.": lambda centres: (
                centres.diff(dim=1).abs().sum(-1).mean(1)
            ),
            "take the Euclidean length, not the mean of both parts.": lambda centres: (
                centres.diff(dim=1).abs().mean((1, 2))
            ),
            "one speed a clip: the mean is over time, not over the batch.": lambda centres: _speed(
                centres
            ).mean(),
            "take the mean over time: that is the speed of every step.": lambda centres: (
                centres.diff(dim=1).norm(dim=-1)
            ),
            "a step is the difference of neighbouring centres: that is how far from 0 they lie.": (
                lambda centres: centres.norm(dim=-1).mean(1)
            ),
            "take the mean over the steps, not the largest.": lambda centres: (
                centres.diff(dim=1).norm(dim=-1).amax(1)
            ),
        },
        clues=(
            "'In code' has the speed of (34) already; say to yourself what each part does.",
            "Neighbouring centres: subtract. Length of each step: over the last dimension. Mean: "
            "over time.",
        ),
        laws={
            "one speed a clip: the result is (N,), for a single clip as well.": gives_shape(
                (1,), _tracks[:1]
            ),
            "each clip has a speed of its own, whatever else is in the batch.": lambda answer: (
                answers_agree(answer(_tracks)[1:2], answer(_tracks[1:2]))
            ),
            "where a clip begins makes it no faster.": agrees((_tracks,), (_tracks + 3,)),
            "a clip that runs backwards is as fast.": agrees((_tracks,), (_tracks.flip(1),)),
            "steps of 3 to the right and 4 down have length 5.": lambda answer: answers_agree(
                answer(torch.arange(6.0)[None, :, None] * torch.tensor([3.0, 4.0])), [5.0]
            ),
        },
        solution="""\
def my_speed(centres):
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean(1)
""",
    ),
}
