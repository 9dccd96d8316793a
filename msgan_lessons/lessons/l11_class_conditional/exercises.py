"""Exercises of lesson 11_class_conditional."""

import math

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import answers_agree, gives_shape, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value


def _projected(psi: Tensor, table: Tensor, maps: Tensor, labels: Tensor) -> Tensor:
    """Formula (28), with the sum over places."""
    return psi + (table[labels] * maps.sum((2, 3))).sum(1)


def _learns(answer) -> bool:
    psi, table, maps, labels = _cases[1]
    return gradient_reaches(psi, table, maps)(lambda p, v, m: answer(p, v, m, labels))


def _reads_the_label(answer) -> bool:
    """Rows 0, 1 and 2 of V hold their own number, and the features add up to 1."""
    rows, labels = torch.arange(3.0)[:, None], torch.tensor([2, 0, 1, 1])
    logits = answer(torch.zeros(4), rows, torch.full((4, 1, 2, 2), 0.25), labels)
    return answers_agree(logits, labels)


def _keeps_psi(answer) -> bool:
    psi, table, maps, labels = _cases[0]
    return answers_agree(answer(psi, table, 0 * maps, labels), psi)


def _alone(answer) -> bool:
    psi, table, maps, labels = _cases[0]
    one = answer(psi[1:2], table, maps[1:2], labels[1:2])
    return answers_agree(one, answer(psi, table, maps, labels)[1:2])


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
_density, _within = math.exp(-2) / math.sqrt(2 * math.pi), math.erf(math.sqrt(2))  # at t = 2
_variance = 1 - 4 * _density / _within

BANK: dict[str, Value | Function] = {
    "11.1": Value(
        320,
        "ten classes times 16 channels times two numbers, a gain and a bias.",
        {
            160: "each class has a bias beside its gain.",
            32: "that is a batch norm without classes; the table has a row for each of the ten.",
            20: "every channel has its own gain and bias.",
            16: "each channel has a gain and a bias, and that for each of the ten classes.",
            10: "each class has a gain and a bias for each of the 16 channels.",
            352: "the mean and the variance of the batch are measured, not learned.",
            640: "the mean and the variance are measured, and shared by all classes.",
            1024: "that is the package's way, two maps from 32 numbers; the table has no e_y.",
            1344: "that is the package's way with its ten e_y; the table has none.",
        },
        clues=(
            "(27) multiplies each channel by a gain and adds a bias.",
            "Count the gains of all channels and classes, then the biases too.",
        ),
        solution="10 * 16 * 2",
    ),
    "11.2": Value(
        _variance,
        "1 - 2 t phi(t) / (2 Phi(t) - 1) at t = 2 is 0.774.",
        {
            0.291: "that is the variance at t = 1.",
            0.54: "that is the standard deviation at t = 1.",
            math.sqrt(_variance): "that is the standard deviation, so square it; or 2 t phi has "
            "lost one of its factors.",
            1.0: "that would be the variance without a cut.",
            _within: "that is the share of entries that lie within 2, not their variance.",
            1 - _within: "that is the share of entries that are drawn again.",
            1 - _variance: "that is what the cut takes away from 1.",
            2 - _variance: "the sign: a cut takes the far entries away, so the variance falls.",
            1 - 4 * _density: "divide by the share that lies within, 2 Phi(2) - 1.",
            4: "that is t squared; the variance stays below 1.",
            2: "that is the threshold; the variance of what lies within is asked for.",
        },
        clues=(
            "Put t = 2 into the closed form that stands above the cell that checks 0.291.",
            "With numbers instead: `truncated_normal` takes a count, a length, t and a generator; "
            "draw many, and ask for their var().",
        ),
        solution="1 - 4 * torch.tensor(-2.0).exp() / (2 * torch.pi) ** 0.5 "
        "/ torch.tensor(2**0.5).erf()",
    ),
    "11.3": Function(
        _projected,
        _cases,
        {
            "take the sum over places, not the mean.": lambda psi, table, maps, labels: (
                psi + (table[labels] * maps.mean((2, 3))).sum(1)
            ),
            "take the sum over places, not the largest.": lambda psi, table, maps, labels: (
                psi + (table[labels] * maps.amax((2, 3))).sum(1)
            ),
            "psi is missing: the logit also says whether the image looks real.": (
                lambda psi, table, maps, labels: _projected(0 * psi, table, maps, labels)
            ),
            "take the row of V that belongs to the label, not the rows in their order.": (
                lambda psi, table, maps, labels: _projected(
                    psi, table, maps, torch.arange(len(psi)) % len(table)
                )
            ),
            "sum the products over channels, do not take their mean.": (
                lambda psi, table, maps, labels: psi + (table[labels] * maps.sum((2, 3))).mean(1)
            ),
            "add only the image's own class, not all classes.": lambda psi, table, maps, labels: (
                psi + (maps.sum((2, 3)) @ table.T).sum(1)
            ),
            "the projection is added, not subtracted.": lambda psi, table, maps, labels: (
                2 * psi - _projected(psi, table, maps, labels)
            ),
            "the projection is added to psi, not multiplied by it.": (
                lambda psi, table, maps, labels: psi * _projected(0 * psi, table, maps, labels)
            ),
            "return logits: (28) has no sigmoid.": lambda psi, table, maps, labels: _projected(
                psi, table, maps, labels
            ).sigmoid(),
            "V is a table of rows to look up, V[labels]; the label is no factor.": (
                lambda psi, table, maps, labels: psi + labels * (table[0] * maps.sum((2, 3))).sum(1)
            ),
        },
        clues=(
            "'In code' has (28) already; what it calls phi has to be made from maps first.",
            "Sum maps over both sides, take V[labels], multiply, sum over channels, add psi.",
        ),
        laws={
            "one logit an image: sum over channels and places, so that (B,) is left.": gives_shape(
                (4,), *_cases[0]
            ),
            "each image is judged by itself, whatever else is in the batch.": _alone,
            "where all features are 0 the logit is psi alone.": _keeps_psi,
            "look up the row of V that the label names, and add its product with the features.": (
                _reads_the_label
            ),
            "the gradient does not reach psi, V and maps: stay with tensors, without float, item, "
            "detach or numpy.": _learns,
        },
        solution="""\
def my_projection(psi, V, maps, labels):
    phi = maps.sum((2, 3))
    return psi + (V[labels] * phi).sum(1)
""",
    ),
}
