"""Exercises of lesson 11_class_conditional."""

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_11"]


def _projected(psi: Tensor, table: Tensor, maps: Tensor, labels: Tensor) -> Tensor:
    """Formula (28), with the sum over places."""
    return psi + (table[labels] * maps.sum((2, 3))).sum(1)


_noise = torch.Generator().manual_seed(11)
_cases = [
    (
        torch.randn(4, generator=_noise),
        torch.randn(3, 4, generator=_noise),
        torch.randn(4, 4, side, side, generator=_noise),
        torch.tensor(labels),
    )
    for side, labels in ((2, [0, 2, 1, 1]), (3, [2, 2, 0, 1]))
]

BANK_11: dict[str, Value | Function] = {
    "11.1": Value(
        320,
        "ten classes times 16 channels times two numbers, a gain and a bias.",
        {
            160: "each class has a bias beside its gain.",
            32: "that is a batch norm without classes; the table has a row for each of the ten.",
            20: "every channel has its own gain and bias.",
            352: "the mean and the variance of the batch are measured, not learned.",
            1024: "that is the package's way, two maps from 32 numbers; the table has no e_y.",
        },
    ),
    "11.2": Value(
        0.77,
        "1 - 2 t phi(t) / (2 Phi(t) - 1) at t = 2 is 0.774.",
        {
            0.29: "that is the variance at t = 1.",
            0.88: "that is the standard deviation; square it.",
            1.0: "that would be the variance without a cut.",
            0.95: "that is the share of entries that lie within 2, not their variance.",
        },
    ),
    "11.3": Function(
        _projected,
        _cases,
        {
            "take the sum over places, not the mean.": lambda psi, table, maps, labels: (
                psi + (table[labels] * maps.mean((2, 3))).sum(1)
            ),
            "psi is missing: the logit also says whether the image looks real.": (
                lambda psi, table, maps, labels: _projected(0 * psi, table, maps, labels)
            ),
            "take the row of V that belongs to the label, not the rows in their order.": (
                lambda psi, table, maps, labels: _projected(
                    psi, table, maps, torch.arange(len(psi)) % len(table)
                )
            ),
            "sum the products over channels: one logit an image.": (
                lambda psi, table, maps, labels: psi + (table[labels] * maps.sum((2, 3))).mean(1)
            ),
            "add only the image's own class, not all classes.": lambda psi, table, maps, labels: (
                psi + (maps.sum((2, 3)) @ table.T).sum(1)
            ),
            "the projection is added, not subtracted.": lambda psi, table, maps, labels: (
                2 * psi - _projected(psi, table, maps, labels)
            ),
        },
    ),
}
