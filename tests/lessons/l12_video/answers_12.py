"""Right and wrong answers to the exercises of lesson 12."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch


def steps(centres):
    return torch.diff(centres, dim=1)


def as_in_the_lesson(centres):
    return (centres[:, 1:] - centres[:, :-1]).norm(dim=-1).mean(1)


def by_loop(centres):
    lengths = [(b - a).square().sum(-1).sqrt() for a, b in pairwise(centres.unbind(1))]
    return sum(lengths) / len(lengths)


def by_floats(centres):
    speeds = []
    for clip in centres.tolist():
        lengths = [((c - a) ** 2 + (d - b) ** 2) ** 0.5 for (a, b), (c, d) in pairwise(clip)]
        speeds.append(sum(lengths) / len(lengths))
    return torch.tensor(speeds)


RIGHT = {
    "12.1": ["frame", " Frame", "FRAME", "the judge of frames", "'frame'"],
    "12.2": [2, 2.0, 8 - 6, torch.tensor(2), np.int64(2), Fraction(2)],
    "12.3": [
        as_in_the_lesson,
        by_loop,
        lambda centres: torch.linalg.vector_norm(steps(centres), dim=2).mean(dim=1),
        lambda centres: np.linalg.norm(np.diff(centres.numpy(), axis=1), axis=-1).mean(1),
        by_floats,
    ],
}
WRONG = {
    "12.1": [
        ("Slow", "every second frame"),
        ("both", "one name"),
        ("fast and slow", "both take frames as channels"),
        (1, "write one of 'frame', 'fast', 'slow'"),
        ("D", "write one of 'frame', 'fast', 'slow'"),
    ],
    "12.2": [
        (6 / 2, "lasts as long"),
        (2 * 6, "adds no cycles"),
        (16 - 6, "old frame rate"),
        (6 - 8, "no sign"),
        (8 + 6, "the slowest that does"),
        (2.5, "not it"),
        ("two", "without quotes"),
    ],
    "12.3": [
        (lambda centres: steps(centres).mean(1).norm(dim=-1), "there and back is no rest"),
        (lambda centres: steps(centres).norm(dim=2).sum(dim=1), "not their sum"),
        (lambda centres: steps(centres).norm(dim=2).sum(1) / centres.shape[1], "T - 1 steps"),
        (lambda centres: steps(centres).square().sum(2).mean(1), "the root of the sum"),
        (lambda centres: steps(centres).square().sum(2).mean(1).sqrt(), "before the mean"),
        (lambda centres: steps(centres).norm(p=1, dim=-1).mean(1), "not the sum of both parts"),
        (lambda centres: steps(centres).abs().mean((1, 2)), "not the mean of both parts"),
        (lambda centres: steps(centres).norm(dim=-1).mean(), "not over the batch"),
        (lambda centres: steps(centres).norm(dim=-1), "the speed of every step"),
        (lambda centres: centres.norm(dim=-1).mean(1), "difference of neighbouring centres"),
        (lambda centres: steps(centres).norm(dim=-1).max(dim=1).values, "not the largest"),
        (lambda centres: steps(centres).norm(dim=-1).median(1).values, "case 1 gives a tensor"),
        (lambda centres: steps(centres).norm(dim=-1).mean(0), "one speed a clip: the result"),
        (lambda centres: torch.diff(centres, dim=0).norm(dim=-1).mean(1), "one speed a clip"),
        (lambda centres: (centres.roll(-1, 1) - centres).norm(dim=-1).mean(1), "have length 5"),
        (lambda centres: (centres[:, 2:] - centres[:, :-2]).norm(dim=-1).mean(1), "length 5"),
        (lambda centres: steps(centres).sum(-1).mean(1), "runs backwards"),
        (lambda centres: as_in_the_lesson(centres).squeeze(), "for a single clip as well"),
        (lambda centres: by_loop(centres) / by_loop(centres).mean(), "a speed of its own"),
        (lambda centres: by_loop(centres) / centres.norm(dim=-1).mean(1), "where a clip begins"),
    ],
}
