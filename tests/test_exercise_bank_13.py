import math

import pytest
import torch

from msgan_lessons.applications.speech_judges import StripDiscriminator, wave_pyramid
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_13 import BANK_13
from msgan_lessons.patch import receptive_field

VALUES = ["13.1", "13.2"]


def by_loop(real, fake):
    total = 0.0
    for r, f in zip(real.T, fake.T, strict=True):
        total += math.sqrt(2 * sum((a - b) ** 2 for a, b in zip(r.tolist(), f.tolist())))  # noqa: B905
    return 10 / math.log(10) * total / real.shape[1]


def by_norm(real, fake):
    return 10 * math.sqrt(2) / math.log(10) * torch.linalg.norm(real - fake, dim=0).mean()


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_13[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_13[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [by_loop, by_norm])
def test_every_right_form_of_the_distortion_is_accepted(answer):
    assert exercises.check("13.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_13["13.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("13.3", mistake)
    assert hint in capsys.readouterr().out


def test_the_answers_are_what_the_package_does():
    time = torch.arange(8000) / 8000
    tone = torch.sin(2 * torch.pi * 3000 * time)[None, None]
    low = wave_pyramid(tone, 2, pool=False)[0].flatten()  # a second of 4,000 samples
    assert torch.fft.rfft(low).abs().argmax() == BANK_13["13.1"].right
    judge = StripDiscriminator((16, 32, 64))
    assert 4 * receptive_field(judge)[0] == BANK_13["13.2"].right
    wave = torch.zeros(1, 1, 8192, requires_grad=True)
    logits = judge(wave_pyramid(wave, 3)[0])
    logits[0, 0, logits.shape[2] // 2, 0].backward()
    reached = wave.grad.flatten().nonzero()
    assert reached.max() - reached.min() + 1 == BANK_13["13.2"].right
