import pytest
import torch
from torch import nn

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_14 import BANK_14, PARAMETERS_AT_64
from msgan_lessons.costs_measured import counted_flops
from msgan_lessons.presets import dcgan
from msgan_lessons.roofline import Roof

VALUES = [number for number in BANK_14 if number != "14.3"]


def by_the_package(flops, moved, peak, bandwidth):
    return Roof(peak, bandwidth, bandwidth).attainable(flops / moved)


def by_the_time(flops, moved, peak, bandwidth):
    return flops / max(flops / peak, moved / bandwidth)


def by_the_ridge(flops, moved, peak, bandwidth):
    intensity = flops / moved
    return bandwidth * intensity if intensity < peak / bandwidth else peak


def as_a_tensor(flops, moved, peak, bandwidth):
    return torch.tensor([peak, bandwidth * flops / moved]).min()


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_14[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_14[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [by_the_package, by_the_time, by_the_ridge, as_a_tensor])
def test_every_right_form_of_the_roof_is_accepted(answer):
    assert exercises.check("14.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_14["14.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("14.3", mistake)
    assert hint in capsys.readouterr().out


def test_torchs_counter_gives_the_first_answer():
    layer, image = nn.Conv2d(64, 128, 4, 2, 1, bias=False), torch.zeros(1, 64, 16, 16)
    assert counted_flops(lambda: layer(image)) == BANK_14["14.1"].right


def test_the_second_answer_is_what_one_step_leaves_in_memory():
    pair = dcgan(resolution=64)
    weights = [p for net in (pair.generator, pair.discriminator) for p in net.parameters()]
    assert sum(p.numel() for p in weights) == PARAMETERS_AT_64
    optimizer = torch.optim.Adam(weights)
    for p in weights:
        p.grad = torch.zeros_like(p)
    optimizer.step()
    averages = [x for s in optimizer.state.values() for x in s.values() if x.ndim]
    held = sum(x.nbytes for x in (*weights, *(p.grad for p in weights), *averages))
    assert held / 1e6 == BANK_14["14.2"].right
