"""Exercises of lesson 03_generator."""

from collections.abc import Callable
from functools import reduce

import torch

from msgan_lessons.classroom.answers import answers_agree, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value


def _double(h):
    return 2 * h


def _plus_one(h):
    return h + 1


def _square(h):
    return h * h


def _widen(h):
    return torch.cat([h, -h], 1)


def _chain(blocks, z):
    return reduce(lambda h, block: block(h), blocks, z)


_z = torch.tensor([[0.5, -2.0, 3.0]])


def _each_acts_once(answer: Callable) -> bool:
    """Count the calls of three blocks."""
    called = []
    blocks = [lambda h, i=i: (called.append(i), h + i)[1] for i in (1, 2, 3)]
    answer(blocks, _z.clone())
    return called == [3, 2, 1]


def _leaves_the_list(answer: Callable) -> bool:
    blocks = [_double, _plus_one]
    answer(blocks, _z.clone())
    return blocks == [_double, _plus_one]


BANK: dict[str, Value | Function] = {
    "03.1": Value(
        16 * 512 * 1024,
        "every pair of an input and an output channel has its own 4x4 kernel: 8,388,608 weights.",
        {
            512 * 1024: "each pair of channels has a whole 4x4 kernel, not one number.",
            4 * 512 * 1024: "the kernel is 4x4 = 16 numbers, not 4.",
            8 * 512 * 1024: "that is half: a kernel has 4x4 numbers, not 4 + 4, and 1024 channels "
            "come out, not 512.",
            9 * 512 * 1024: "the kernel is 4x4, not 3x3.",
            16 * 512: "each of the 1024 output channels has kernels of its own.",
            16 * 1024: "each of the 512 input channels has kernels of its own.",
            16 * (512 + 1024): "channels pair up: multiply them, do not add them.",
            16 * 1024 * 1024: "there are 512 input channels; 1024 come out.",
            16 * 100 * 1024: "that is for a z of 100 numbers, as in DCGAN; here 512 go in.",
            16 * 512 * 1024 + 1024: "bias=False: there is no bias, so the kernels are all.",
            16 * 512 * 1024
            + 2 * 1024: "batch normalisation is a layer of its own; count this one.",
            16: "that is the kernel of one pair of channels; how many pairs are there?",
            0: "the 1 and the 0 are stride and padding: how the kernel moves, not how large it is.",
        },
        clues=(
            "The sentence above the check of the document's generator says how to count; the "
            "layer has no bias and no normalisation of its own.",
            "One number for each place of the kernel, each input channel and each output channel: "
            "which of the five numbers in the call are these?",
        ),
        solution="4 * 4 * 512 * 1024",
    ),
    "03.2": Value(
        6,
        "6 is a multiple of the stride 3, so every interior pixel is written as often as the next.",
        {
            4: "that is even for stride 2; look at stride 3.",
            5: "5 is no multiple of 3: look at the dotted row.",
            7: "7 is no multiple of 3: look at the dotted row.",
            3: "that is the stride, and not among the four kernels.",
            9: "9 would be even too, but it is not among the four kernels.",
            2: "that is even for stride 2, and not among the four kernels.",
            0: "one of the four is even: keep the stride at 3 and look at the interior alone.",
            (4, 6): "4 is even for stride 2; one kernel alone is even for stride 3.",
            (6, 7): "7 is no multiple of 3; one kernel alone is even.",
            "none": "one of the four is even: look at the interior, without the border.",
            "all": "keep the stride at 3 and watch the dotted row while the kernel grows.",
        },
        clues=(
            "`draw(kernel=..., stride=3)`, and in its picture the row of counts.",
            "Kernels are written every 3 pixels. When does each pixel lie under the same number "
            "of them, whatever its place between two starts?",
        ),
        solution="next(kernel for kernel in (4, 5, 6, 7) if kernel % 3 == 0)",
    ),
    "03.3": Function(
        lambda blocks, z: _chain(reversed(blocks), z),
        [
            ([_double, _plus_one, _square], _z),
            ([_plus_one, _double], _z),
            ([_square, _plus_one, _double, _plus_one], _z),
        ],
        {
            "the order is turned: G_n, the last in the list, acts first.": _chain,
            "G_n, the last in the list, is missing.": lambda blocks, z: _chain(blocks[-2::-1], z),
            "G_1, the first in the list, is missing.": lambda blocks, z: _chain(blocks[:0:-1], z),
            "only G_n sees z; every other block sees what the one before made.": lambda blocks, z: (
                blocks[0](z)
            ),
            "that is G_n alone; every other block acts on what the one before made.": (
                lambda blocks, z: blocks[-1](z)
            ),
            "blocks are applied one after the other, not summed.": lambda blocks, z: sum(
                block(z) for block in blocks
            ),
            "blocks are applied one after the other, not multiplied.": lambda blocks, z: reduce(
                torch.mul, [block(z) for block in blocks]
            ),
            "formula (1) has no sum: a block's result takes the place of what went in.": (
                lambda blocks, z: reduce(lambda h, block: h + block(h), reversed(blocks), z)
            ),
            "the tanh belongs to formula (1c); formula (1) ends with G_1.": lambda blocks, z: (
                torch.tanh(_chain(reversed(blocks), z))
            ),
            "return the last result alone, not the list of all.": lambda blocks, z: [
                _chain(blocks[i:][::-1], z) for i in reversed(range(len(blocks)))
            ],
            "no block has acted: that is z itself.": lambda blocks, z: z,
            "G_1 acts twice, once on z; only G_n sees z.": lambda blocks, z: _chain(
                reversed(blocks), blocks[0](z)
            ),
        },
        clues=(
            "Formula (1), read from the inside, and the loop (1a) under it.",
            "Start with z and let one block after the other replace it. The list begins with G_1, "
            "but which block stands next to z?",
        ),
        laws={
            "a chain of one block is that block.": lambda answer: answers_agree(
                answer([_double], _z.clone()), 2 * _z
            ),
            "a block may hand on another shape than it gets; write nothing into one of z's.": (
                lambda answer: answers_agree(answer([_widen, _double], _z.clone()), _widen(2 * _z))
            ),
            "it turns round the list of whoever calls it; make a new one, blocks[::-1].": (
                _leaves_the_list
            ),
            "each block acts once in a pass, G_n first; its batch normalisation counts each "
            "call.": _each_acts_once,
            "no gradient reaches z: .detach(), no_grad or NumPy cut the chain, and G could not "
            "learn.": gradient_reaches([_double, _plus_one], _z),
        },
        solution=(
            "def my_g(blocks, z):\n"
            "    for block in reversed(blocks):\n"
            "        z = block(z)\n"
            "    return z"
        ),
    ),
}
