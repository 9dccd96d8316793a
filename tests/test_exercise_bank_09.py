import math

import pytest
import torch
from torch.nn import functional as F

from msgan_lessons.applications.sr_networks import SRResNet
from msgan_lessons.applications.upscaling import back_project
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_09 import BANK_09

VALUES = [number for number in BANK_09 if number != "09.3"]


def by_mean_pooling(image, low):
    return image + F.interpolate(low - F.avg_pool2d(image, 4), scale_factor=4)


def by_reshaping(image, low):
    b, c, h, w = low.shape
    squares = image.reshape(b, c, h, 4, w, 4)
    means = squares.mean((3, 5), keepdim=True)
    return (squares - means + low[:, :, :, None, :, None]).reshape(image.shape)


def by_repeating(image, low):
    missing = low - F.interpolate(image, scale_factor=0.25, mode="area")
    return image + missing.repeat_interleave(4, 2).repeat_interleave(4, 3)


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_09[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize("right", [3.01, 3.0103, 10 * math.log10(2)])
def test_decibels_may_be_rounded(right):
    assert exercises.check("09.1", right)


@pytest.mark.parametrize("right", [0.984375, 1 - 8 * 8 / 64**2, 0.984])
def test_the_share_may_be_rounded(right):
    assert exercises.check("09.2", right)


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_09[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [by_mean_pooling, by_reshaping, by_repeating])
def test_every_right_form_of_the_projection_is_accepted(answer):
    assert exercises.check("09.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_09["09.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("09.3", mistake)
    assert hint in capsys.readouterr().out


def test_the_answers_are_what_the_package_does():
    torch.manual_seed(0)
    x, y = torch.randn(2, 100_000).double()  # two draws of one distribution
    assert 10 * math.log10((x - y).square().mean() / y.var()) == pytest.approx(
        BANK_09["09.1"].right, abs=0.05
    )
    image = torch.randn(1, 1, 64, 64)
    assert SRResNet(img_channels=1, channels=(4, 4, 4, 4))(torch.zeros(1, 1, 8, 8)).shape == (
        image.shape
    )
    projection = torch.func.jacrev(lambda x: back_project(x, torch.zeros(1, 1, 2, 2)))
    free = torch.linalg.matrix_rank(projection(torch.zeros(1, 1, 16, 16)).reshape(256, 256))
    assert free / 256 == BANK_09["09.2"].right
