from itertools import pairwise

import pytest
import torch

from msgan_lessons.applications.video_judges import VideoJudges
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_12 import BANK_12
from msgan_lessons.temporal_pyramid import halve_rate

VALUES = [number for number in BANK_12 if number != "12.3"]


def speed_by_loop(centres):
    steps = [(b - a).square().sum(-1).sqrt() for a, b in pairwise(centres.unbind(1))]
    return sum(steps) / len(steps)


def speed_by_diff(centres):
    return torch.linalg.vector_norm(torch.diff(centres, dim=1), dim=2).mean(dim=1)


def speed_by_hypot(centres):
    x, y = centres.unbind(-1)
    return torch.hypot(x.diff(dim=1), y.diff(dim=1)).sum(1) / (centres.shape[1] - 1)


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_12[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(("number", "right"), [("12.1", " Frame"), ("12.2", 2.0)])
def test_the_form_of_a_right_value_does_not_matter(number, right):
    assert exercises.check(number, right)


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_12[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [speed_by_loop, speed_by_diff, speed_by_hypot])
def test_every_right_form_of_the_speed_is_accepted(answer):
    assert exercises.check("12.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_12["12.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("12.3", mistake)
    assert hint in capsys.readouterr().out


def test_the_answers_are_what_the_package_does():
    t = torch.arange(16)
    swing = torch.cos(2 * torch.pi * 6 * t / 16).reshape(1, 1, 16, 1, 1)
    assert torch.fft.rfft(halve_rate(swing).flatten()).abs().argmax() == BANK_12["12.2"].right
    torch.manual_seed(0)
    D, clips = VideoJudges(), torch.rand(4, 1, 16, 32, 32)
    order = torch.randperm(16)
    pairs = zip(D.members, D(clips), D(clips[:, :, order]), strict=True)
    same = [name for name, a, b in pairs if torch.allclose(a.mean(), b.mean(), atol=1e-5)]
    assert same == [BANK_12["12.1"].right]
