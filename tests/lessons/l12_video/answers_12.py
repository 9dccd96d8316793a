"""Right and wrong answers to the exercises of lesson 12."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch


def as_in_the_lesson(centres):
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean(1)


def by_loop(centres):
    steps = [(b - a).square().sum(-1).sqrt() for a, b in pairwise(centres.unbind(1))]
    return sum(steps) / len(steps)


def by_diff(centres):
    return torch.linalg.vector_norm(torch.diff(centres, dim=1), dim=2).mean(dim=1)


def by_hypot(centres):
    x, y = centres.unbind(-1)
    return torch.hypot(x.diff(dim=1), y.diff(dim=1)).sum(1) / (centres.shape[1] - 1)


def by_numpy(centres):
    return np.linalg.norm(np.diff(centres.numpy(), axis=1), axis=-1).mean(1)


def by_floats(centres):
    speeds = []
    for clip in centres.tolist():
        lengths = [((c - a) ** 2 + (d - b) ** 2) ** 0.5 for (a, b), (c, d) in pairwise(clip)]
        speeds.append(sum(lengths) / len(lengths))
    return torch.tensor(speeds)


def first_to_last(centres):
    return (centres[:, 1:] - centres[:, :-1]).mean(1).norm(dim=-1)


def over_frames(centres):
    return torch.diff(centres, dim=1).norm(dim=2).sum(dim=1) / centres.shape[1]


def squared(centres):
    steps = centres[:, 1:] - centres[:, :-1]
    return (steps**2).sum(2).mean(1)


def root_of_mean(centres):
    steps = centres[:, 1:] - centres[:, :-1]
    return torch.sqrt((steps**2).sum(2).mean(1))


def city_blocks(centres):
    return (centres[:, 1:] - centres[:, :-1]).norm(p=1, dim=-1).mean(1)


def mean_of_parts(centres):
    return torch.abs(centres[:, 1:] - centres[:, :-1]).mean(2).mean(1)


def over_the_batch(centres):
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean()


def each_step(centres):
    return torch.linalg.norm(centres[:, 1:] - centres[:, :-1], dim=-1)


def distance_from_zero(centres):
    return torch.linalg.norm(centres, dim=-1).mean(dim=1)


def fastest(centres):
    return torch.diff(centres, dim=1).norm(dim=-1).max(dim=1).values


def middle(centres):
    return torch.diff(centres, dim=1).norm(dim=-1).median(dim=1).values


def mean_over_clips(centres):
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean(0)


def between_clips(centres):
    return torch.diff(centres, dim=0).norm(dim=-1).mean(1)


def every_second(centres):
    return (centres[:, 2:] - centres[:, :-2]).norm(dim=-1).mean(1)


def squeezed(centres):
    return torch.diff(centres, dim=1).norm(dim=-1).mean(1).squeeze()


def column(centres):
    return torch.diff(centres, dim=1).norm(dim=-1).mean(1, keepdim=True)


def against_its_place(centres):
    return as_in_the_lesson(centres) / centres.norm(dim=-1).mean(1)


def against_the_mean(centres):
    speeds = as_in_the_lesson(centres)
    return speeds / speeds.mean()


RIGHT = {
    "12.1": ["frame", " Frame", "FRAME", "the judge of frames", "'frame'"],
    "12.2": [2, 2.0, 8 - 6, torch.tensor(2), np.int64(2), Fraction(2)],
    "12.3": [as_in_the_lesson, by_loop, by_diff, by_hypot, by_numpy, by_floats],
}
WRONG = {
    "12.1": [
        ("fast", "8 neighbours"),
        ("Slow", "every second frame"),
        ("all", "their order counts"),
        ("none", "never sees two frames"),
        ("both", "one name"),
        ("fast and slow", "both take frames as channels"),
        ("scales", "not among the three"),
        (1, "write one of 'frame', 'fast', 'slow'"),
        ("D", "write one of 'frame', 'fast', 'slow'"),
    ],
    "12.2": [
        (6, "4 cycles at the most"),
        (6 / 2, "lasts as long"),
        (2 * 6, "adds no cycles"),
        (4, "folded back"),
        (16 - 6, "old frame rate"),
        (8, "the number of frames"),
        (1, "7 cycles"),
        (0, "do not stand still"),
        (6 - 8, "no sign"),
        (8 + 6, "the slowest that does"),
        (2.5, "not it"),
        ("two", "without quotes"),
    ],
    "12.3": [
        (first_to_last, "there and back is no rest"),
        (lambda centres: torch.diff(centres, dim=1).norm(dim=2).sum(dim=1), "not their sum"),
        (over_frames, "T - 1 steps between T frames"),
        (squared, "the root of the sum"),
        (root_of_mean, "before the mean over time"),
        (city_blocks, "not the sum of both parts"),
        (mean_of_parts, "not the mean of both parts"),
        (over_the_batch, "not over the batch"),
        (each_step, "the speed of every step"),
        (distance_from_zero, "difference of neighbouring centres"),
        (fastest, "not the largest"),
        (middle, "case 1 gives a tensor"),
        (mean_over_clips, "one speed a clip: the result is (N,)"),
        (between_clips, "one speed a clip: the result is (N,)"),
        (lambda centres: (centres.roll(-1, 1) - centres).norm(dim=-1).mean(1), "have length 5"),
        (every_second, "have length 5"),
        (lambda centres: torch.diff(centres, dim=1).sum(-1).mean(1), "runs backwards"),
        (squeezed, "for a single clip as well"),
        (column, "one speed a clip"),
        (against_the_mean, "a speed of its own"),
        (against_its_place, "where a clip begins"),
    ],
}
