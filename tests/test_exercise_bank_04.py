import pytest
import torch

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_04 import BANK_04
from msgan_lessons.patch import receptive_field
from msgan_lessons.resampling import bilinear_upsample, box_downsample

VALUES = [number for number in BANK_04 if number != "04.3"]


def head_by_sum(features, weight):
    return (features * weight).sum((1, 2, 3))


def head_by_matrix(features, weight):
    return features.flatten(1) @ weight.flatten()


def head_by_einsum(features, weight):
    return torch.einsum("bchw,chw->b", features, weight)


def head_by_loop(features, weight):
    return torch.stack([(one * weight).sum() for one in features])


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_04[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_04[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [head_by_sum, head_by_matrix, head_by_einsum, head_by_loop])
def test_every_right_form_of_the_head_is_accepted(answer):
    assert exercises.check("04.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_04["04.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("04.3", mistake)
    assert hint in capsys.readouterr().out


def test_patch_of_the_five_layers_is_the_receptive_field():
    layers = [torch.nn.Conv2d(1, 1, 4, stride) for stride in (2, 2, 2, 1, 1)]
    assert receptive_field(torch.nn.Sequential(*layers))[0] == BANK_04["04.1"].right


def test_interpolation_leaves_one_six_one_eighths_at_the_next_scale():
    line = torch.zeros(1, 1, 8, 8)
    line[..., 4] = 8
    again = box_downsample(bilinear_upsample(line))
    assert again[0, 0, 4].tolist() == [0, 0, 0, 1, 6, 1, 0, 0]
