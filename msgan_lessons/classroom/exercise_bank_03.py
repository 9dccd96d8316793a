"""Exercises of lesson 03_generator."""

from functools import reduce

import torch

from msgan_lessons.classroom.exercise_types import Function, Value

__all__ = ["BANK_03"]


def _double(h):
    return 2 * h


def _plus_one(h):
    return h + 1


def _square(h):
    return h * h


_z = torch.tensor([[0.5, -2.0, 3.0]])

BANK_03: dict[str, Value | Function] = {
    "03.1": Value(
        16 * 512 * 1024,
        "every pair of an input and an output channel has its own 4x4 kernel: 8,388,608 weights.",
        {
            512 * 1024: "each pair of channels has a whole 4x4 kernel, not one number.",
            4 * 512 * 1024: "the kernel is 4x4 = 16 numbers, not 4.",
            16 * 512: "each of the 1024 output channels has kernels of its own.",
            16 * (512 + 1024): "channels pair up: multiply them, do not add them.",
        },
    ),
    "03.2": Value(
        6,
        "6 is a multiple of the stride 3, so every interior pixel is written as often as the next.",
        {
            4: "that is even for stride 2; look at stride 3.",
            5: "5 is no multiple of 3: look at the dotted row.",
            7: "7 is no multiple of 3: look at the dotted row.",
        },
    ),
    "03.3": Function(
        lambda blocks, z: reduce(lambda h, block: block(h), reversed(blocks), z),
        [
            ([_double, _plus_one, _square], _z),
            ([_plus_one, _double], _z),
            ([_square, _plus_one, _double, _plus_one], _z),
        ],
        {
            "the order is turned: G_n, the last in the list, acts first.": lambda blocks, z: reduce(
                lambda h, block: block(h), blocks, z
            ),
            "G_n, the last in the list, is missing.": lambda blocks, z: reduce(
                lambda h, block: block(h), reversed(blocks[:-1]), z
            ),
            "G_1, the first in the list, is missing.": lambda blocks, z: reduce(
                lambda h, block: block(h), reversed(blocks[1:]), z
            ),
            "only G_n sees z; every other block sees what the one before made.": lambda blocks, z: (
                blocks[0](z)
            ),
            "blocks are applied one after the other, not summed.": lambda blocks, z: sum(
                block(z) for block in blocks
            ),
        },
    ),
}
