"""Right and wrong answers to the exercises of lesson 03."""

from fractions import Fraction
from functools import reduce

import numpy as np
import torch
from torch import nn

from msgan_lessons.generator import DocumentGenerator


class Layer(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, h):
        return self.block(h)


def as_written(blocks, z):
    h = z
    for block in reversed(blocks):
        h = block(h)
    return h


def by_recursion(blocks, z):
    return z if not blocks else blocks[0](by_recursion(blocks[1:], z))


def by_a_copy(blocks, z):
    return popping(list(blocks), z)


def residual(blocks, z):
    for block in blocks[::-1]:
        z = z + block(z)
    return z


def listed(blocks, z):
    return [z := block(z) for block in reversed(blocks)]


def z_itself(blocks, z):
    for block in blocks:
        block(z)
    return z


def into_zeros(blocks, z):
    for block in reversed(blocks):
        z = torch.zeros_like(z) + block(z)
    return z


def looking_first(blocks, z):
    for block in reversed(blocks):
        if block(z).isfinite().all():
            z = block(z)
    return z


def popping(blocks, z):
    while blocks:
        z = blocks.pop()(z)
    return z


def in_place(blocks, z):
    z *= 1.5
    return as_written(blocks, z)


RIGHT = {
    "03.1": [
        4 * 4 * 512 * 1024,
        2.0**23,
        Fraction(2**23),
        DocumentGenerator().main[0].weight.numel(),
    ],
    "03.2": [6, 6.0, torch.tensor(6), np.int64(6), Fraction(6), 2 * 3],
    "03.3": [
        as_written,
        by_recursion,
        lambda blocks, z: reduce(lambda h, block: block(h), blocks[::-1], z),
        lambda blocks, z: nn.Sequential(*map(Layer, blocks[::-1]))(z),
        by_a_copy,
    ],
}
WRONG = {
    "03.1": [
        (512 * 1024, "not one number"),
        (4 * 512 * 1024, "16 numbers, not 4"),
        (4 * 4 * 1024, "512 input channels"),
        ((4 + 4) * 512 * 1024, "not 4 + 4"),
        (3 * 3 * 512 * 1024, "not 3x3"),
        (4 * 4, "one pair of channels"),
        (4 * 4 * 512, "1024 output channels"),
        (4 * 4 * (512 + 1024), "do not add them"),
        (4 * 4 * 100 * 1024, "as in DCGAN"),
        (512 * 1024 * 16 + 1024, "no bias"),
        (512 * 1024 * 16 + 2 * 1024, "a layer of its own"),
        (512 * 1024 * 4 * 1 * 0, "stride and padding"),
        ("8,388,608", "without quotes"),
    ],
    "03.2": [
        (4, "even for stride 2"),
        (5, "no multiple of 3"),
        (3, "that is the stride"),
        ([6, 7], "one kernel alone"),
        ("none", "one of the four is even"),
        ("6", "without quotes"),
    ],
    "03.3": [
        (lambda blocks, z: as_written(blocks[::-1], z), "the order is turned"),
        (lambda blocks, z: as_written(blocks[:-1], z), "G_n, the last in the list, is missing"),
        (lambda blocks, z: as_written(blocks[1:], z), "G_1, the first in the list, is missing"),
        (lambda blocks, z: [block(z) for block in reversed(blocks)][-1], "only G_n sees z"),
        (lambda blocks, z: blocks[-1](z), "that is G_n alone"),
        (lambda blocks, z: torch.stack([block(z) for block in blocks]).sum(0), "not summed"),
        (lambda blocks, z: torch.stack([block(z) for block in blocks]).prod(0), "not multiplied"),
        (residual, "has no sum"),
        (lambda blocks, z: torch.tanh(as_written(blocks, z)), "the tanh belongs to"),
        (listed, "not the list of all"),
        (z_itself, "no block has acted"),
        (lambda blocks, z: as_written([*blocks, blocks[0]], z), "G_1 acts twice"),
        (lambda blocks, z: as_written(blocks, z.detach()), "no gradient reaches z"),
        (torch.no_grad()(as_written), "no gradient reaches z"),
        (into_zeros, "another shape"),
        (looking_first, "each block acts once"),
        (popping, "changes its argument 'blocks' in place"),
        (in_place, "changes its argument 'z' in place"),
        (lambda blocks, z: blocks[0](blocks[1](blocks[2](z))), "it stops with IndexError"),
    ],
}
