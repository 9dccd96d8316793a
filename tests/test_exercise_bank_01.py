import pytest
import torch

from msgan_lessons.classroom.exercise_bank_01 import BANK_01
from msgan_lessons.classroom.exercises import check
from msgan_lessons.objective import optimal_discriminator


def my_modes(points, modes, std):
    found = 0
    for mode in modes:
        found += bool(((points - mode).norm(dim=1) <= 3 * std).any())
    return found


def test_another_right_form_is_right(capsys):
    assert check("01.3", my_modes)
    assert check("01.2", "Curve")
    assert check("01.1", float(optimal_discriminator(torch.tensor(3.0), torch.tensor(1.0))))


@pytest.mark.parametrize("hint", BANK_01["01.3"].mistakes)
def test_each_known_mistake_is_named(hint, capsys):
    assert not check("01.3", BANK_01["01.3"].mistakes[hint])
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("number", ["01.1", "01.2"])
def test_each_known_wrong_value_has_its_hint(number, capsys):
    for wrong, hint in BANK_01[number].hints.items():
        assert not check(number, wrong)
        assert hint in capsys.readouterr().out
