import math

import pytest
import torch

from msgan_lessons.lessons.l15_stability.exercises import BANK
from msgan_lessons.lessons.l15_stability.modes import measure, paper_target
from msgan_lessons.losses import LOSSES


def push(logit, loss, leaks):
    logits = torch.tensor([logit], requires_grad=True)
    total = LOSSES[loss].generator(logits)
    for _ in range(leaks):
        total = total + LOSSES[loss].discriminator(torch.zeros(1), logits)
    total.backward()
    return logits.grad.item()


@pytest.mark.parametrize("leaks", [3, 2, 1, 4])
def test_g_stops_at_the_first_answer_and_with_other_leaks_at_its_hints(leaks):
    share = 1 / (leaks + 1)
    assert push(math.log(share / (1 - share)), "non_saturating", leaks) == pytest.approx(
        0, abs=1e-6
    )
    entry = BANK["15.1"]
    assert share == entry.right if leaks == 3 else f"n = {leaks}" in entry.hints[share]


def test_the_second_answer_is_what_autograd_says():
    assert push(0.0, "hinge", 3) == BANK["15.2"].right


@pytest.mark.parametrize(
    ("loss", "leaks", "words"),
    [
        ("hinge", 0, "without a leak"),
        ("hinge", 1, "for one leak"),
        ("hinge", 2, "for two leaks"),
        ("non_saturating", 3, "or for the non-saturating loss"),
        ("non_saturating", 2, "the non-saturating loss with two leaks"),
    ],
)
def test_other_calls_of_push_give_what_the_hints_name(loss, leaks, words):
    assert words in BANK["15.2"].hints[push(0.0, loss, leaks)]


@pytest.mark.parametrize("spread", [0.02, 0.1, 0.5])
def test_modes_are_counted_as_in_the_recorded_study(spread):
    mixture = paper_target("ring of 8")
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(6, 2, generator=generator)
    points = mixture.modes[:6].float() + spread * noise
    count = BANK["15.3"].reference(points, mixture.modes.float(), mixture.std)
    assert count == measure(mixture, points)["modes"]
