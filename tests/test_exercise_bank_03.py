import pytest
from torch import nn

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_03 import BANK_03
from msgan_lessons.classroom.exercise_types import Function, Value
from msgan_lessons.classroom.generator_plots import writes
from msgan_lessons.generator import DocumentGenerator


def by_loop(blocks, z):
    h = z
    for i in range(len(blocks) - 1, -1, -1):
        h = blocks[i](h)
    return h


def by_recursion(blocks, z):
    return z if not blocks else blocks[0](by_recursion(blocks[1:], z))


def by_reversed_list(blocks, z):
    while blocks:
        z = blocks.pop()(z)  # changes its own copy
    return z


def by_sequential(blocks, z):
    class Layer(nn.Module):
        def __init__(self, block):
            super().__init__()
            self.block = block

        def forward(self, h):
            return self.block(h)

    return nn.Sequential(*map(Layer, blocks[::-1]))(z)


def test_the_first_layer_has_as_many_weights_as_the_bank_says():
    assert exercises.check("03.1", DocumentGenerator().main[0].weight.numel())
    assert exercises.check("03.1", 4 * 4 * 512 * 1024)


def test_kernel_6_alone_is_even_for_stride_3():
    even = [k for k in (4, 5, 6, 7) if len(writes(k, 3, 0, 9)[k:-k, k:-k].unique()) == 1]
    assert even == [6]
    assert exercises.check("03.2", 6)
    assert exercises.check("03.2", 6.0)


@pytest.mark.parametrize("answer", [by_loop, by_recursion, by_reversed_list, by_sequential])
def test_every_right_form_of_formula_1_is_accepted(answer):
    assert exercises.check("03.3", answer)


VALUES = [(n, w, h) for n, e in BANK_03.items() if isinstance(e, Value) for w, h in e.hints.items()]
MISTAKES = [
    (n, w, h) for n, e in BANK_03.items() if isinstance(e, Function) for h, w in e.mistakes.items()
]


@pytest.mark.parametrize(("number", "wrong", "hint"), VALUES + MISTAKES)
def test_every_known_mistake_is_refused_with_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert capsys.readouterr().out == f"not right: {hint}\n"


@pytest.mark.parametrize("number", BANK_03)
def test_an_unfinished_answer_is_not_yet_wrong(number, capsys):
    unfinished = (lambda *_: ...) if isinstance(BANK_03[number], Function) else ...
    assert not exercises.check(number, unfinished)
    assert capsys.readouterr().out.startswith("not yet")
