import pytest
import torch

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_06 import BANK_06

VALUES = [number for number in BANK_06 if number != "06.3"]


def hinge_by_clamp(real, fake):
    return (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean()


def hinge_by_where(real, fake):
    costs = torch.cat([1 - real, 1 + fake])
    return torch.where(costs > 0, costs, 0.0).sum() / len(real)


def hinge_by_loop(real, fake):
    pairs = zip(real.tolist(), fake.tolist(), strict=True)
    return sum(max(0.0, 1 - r) + max(0.0, 1 + f) for r, f in pairs) / len(real)


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_06[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_06[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [hinge_by_clamp, hinge_by_where, hinge_by_loop])
def test_every_right_form_of_the_hinge_is_accepted(answer):
    assert exercises.check("06.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_06["06.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("06.3", mistake)
    assert hint in capsys.readouterr().out


def test_numbers_of_the_bank_follow_from_the_formulas():
    d = 0.1
    assert BANK_06["06.1"].right == pytest.approx((1 - d) / d)
    from msgan_lessons.classroom.loss_plots import generator_slope

    assert generator_slope("lsgan", torch.tensor([BANK_06["06.2"].right])).item() == 0
