import pytest
import torch

from msgan_lessons.applications.cycle_game import cycle_loss, identity_loss
from msgan_lessons.applications.style_transfer import cyclegan, forward_flops
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercise_bank_10 import BANK_10
from msgan_lessons.losses import find_loss

VALUES = [number for number in BANK_10 if number != "10.3"]


def by_package(x, y, G, F):
    return cycle_loss([x, y], [F(G(x)), G(F(y))])


def by_l1_loss(x, y, G, F):
    l1 = torch.nn.functional.l1_loss
    return l1(x, F(G(x))) + l1(y, G(F(y)))


def as_a_number(x, y, G, F):
    return float((x - F(G(x))).abs().mean()) + float((y - G(F(y))).abs().mean())


@pytest.mark.parametrize("number", VALUES)
def test_right_value_is_accepted_and_unfinished_is_not(number, capsys):
    assert exercises.check(number, BANK_10[number].right)
    assert not exercises.check(number, ...)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize("right", [" Adversarial", "adversarial"])
def test_the_loss_may_be_written_in_any_case(right):
    assert exercises.check("10.1", right)


@pytest.mark.parametrize("right", [1.25, 5 / 4, 1.2501])
def test_the_price_may_be_rounded(right):
    assert exercises.check("10.2", right)


@pytest.mark.parametrize(
    ("number", "wrong", "hint"), [(n, w, h) for n in VALUES for w, h in BANK_10[n].hints.items()]
)
def test_known_wrong_value_gets_its_hint(number, wrong, hint, capsys):
    assert not exercises.check(number, wrong)
    assert hint in capsys.readouterr().out


@pytest.mark.parametrize("answer", [by_package, by_l1_loss, as_a_number])
def test_every_right_form_of_the_cycle_loss_is_accepted(answer):
    assert exercises.check("10.3", answer)


@pytest.mark.parametrize(("hint", "mistake"), BANK_10["10.3"].mistakes.items())
def test_known_mistake_gets_its_hint(hint, mistake, capsys):
    assert not exercises.check("10.3", mistake)
    assert hint in capsys.readouterr().out


def test_the_answers_are_what_the_package_does():
    images = [torch.zeros(1, 3, 32, 32)] * 2
    costs = [
        forward_flops(cyclegan(resolution=32, width=2, n_scales=k).discriminator, images)
        for k in (1, 2)
    ]
    assert costs[1] / costs[0] == pytest.approx(BANK_10["10.2"].right)
    pair = cyclegan(resolution=32, width=2)
    x, y = torch.rand(2, 1, 3, 32, 32)
    fake = pair.generator(x, y)
    assert cycle_loss([x, y], pair.generator.cycles(fake)) == 0
    assert identity_loss([y, x], pair.generator(y, x)) == 0
    assert find_loss("lsgan").generator(pair.discriminator(fake)) > 0
