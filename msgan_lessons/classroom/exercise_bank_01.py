"""Exercises of lesson 01_the_game."""

import torch

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_01"]

MODES = torch.tensor([[-0.8, 0.0], [0.8, 0.0], [0.0, 0.8]])


def _near(points, modes, reach):
    return torch.cdist(points, modes) <= reach


BANK_01: dict[str, Value | Function] = {
    "01.1": Value(
        0.75,
        "p / (p + q) = 3 / (3 + 1): of four points seen there, three are real.",
        {
            0.25: "that is 1 - D*, the probability of 'fake'.",
            3.0: "that is p / q; D* is a probability, p / (p + q).",
            0.5: "that is D* where both are equally dense.",
        },
    ),
    "01.2": Value(
        "curve",
        "G turns an interval of numbers into a curve, however it bends; it cannot fill the plane.",
        {
            "sheet": "that is what two numbers give: z then lies in a plane.",
            "point": "a point is G(z) for a single z; let z run through its values.",
        },
    ),
    "01.3": Function(
        lambda points, modes, std: _near(points, modes, 3 * std).any(0).sum(),
        [
            (torch.tensor([[-0.8, 0.1], [-0.8, -0.1], [0.8, 0.0], [0.1, 0.1]]), MODES, 0.05),
            (torch.tensor([[0.0, 0.0], [0.0, 0.4], [0.0, 0.95]]), MODES, 0.06),
            (torch.tensor([[-0.7, 0.0], [0.7, 0.0], [0.0, 0.7], [0.02, 0.8]]), MODES, 0.04),
        ],
        {
            "count modes, not points: a mode with two points counts once.": lambda x, m, s: (
                _near(x, m, 3 * s).any(1).sum()
            ),
            "a mode reaches three standard deviations far, not one.": lambda x, m, s: (
                _near(x, m, s).any(0).sum()
            ),
            "the nearest mode of a point may still be far from it: compare the distance.": (
                lambda x, m, s: torch.tensor(len(torch.cdist(x, m).argmin(1).unique()))
            ),
            "you count the modes that were missed.": lambda x, m, s: (
                ~_near(x, m, 3 * s).any(0)
            ).sum(),
        },
    ),
}
