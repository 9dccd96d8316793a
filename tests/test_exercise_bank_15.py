import pytest
import torch

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_15 import BANK_15
from msgan_lessons.losses import LOSSES

VALUES = ["15.1", "15.2"]


def modes_by_loop(points, modes, std):
    found = set()
    for point in points:
        distances = [float((point - mode).norm()) for mode in modes]
        if min(distances) <= 3 * std:
            found.add(distances.index(min(distances)))
    return len(found)


def modes_by_bincount(points, modes, std):
    distance, nearest = torch.cdist(points, modes).min(1)
    return (torch.bincount(nearest[distance <= 3 * std], minlength=len(modes)) > 0).sum()


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_15[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_15[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [modes_by_loop, modes_by_bincount])
def test_every_right_form_of_the_count_is_accepted(answer):
    assert exercises.check("15.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_15["15.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("15.3", mistake)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize(
    ("loss", "leaks", "logit"), [("non_saturating", 3, -1.0986123), ("hinge", 3, 0.0)]
)
def test_the_answers_are_what_autograd_says(loss, leaks, logit):
    logits = torch.tensor([logit], requires_grad=True)
    total = LOSSES[loss].generator(logits)
    for _ in range(leaks):
        total = total + LOSSES[loss].discriminator(torch.zeros(1), logits)
    total.backward()
    if loss == "hinge":
        assert logits.grad.item() == BANK_15["15.2"].right
    else:
        assert logits.grad.item() == pytest.approx(0, abs=1e-6)
        assert logits.sigmoid().item() == pytest.approx(BANK_15["15.1"].right)
