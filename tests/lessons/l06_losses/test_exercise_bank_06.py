import math

import pytest
import torch

from msgan_lessons.lessons.l06_losses.exercises import BANK
from msgan_lessons.lessons.l06_losses.pictures import generator_slope
from msgan_lessons.losses import LOSSES


def slope(loss: str, logit: float) -> float:
    return generator_slope(loss, torch.tensor([float(logit)])).item()


def test_the_ratio_of_the_slopes_at_a_probability_of_one_tenth():
    logit, hints = math.log(0.1 / 0.9), BANK["06.1"].hints
    steep, flat = slope("non_saturating", logit), slope("minimax", logit)
    ratio = BANK["06.1"].right
    assert steep / flat == pytest.approx(ratio)
    steep_loss, flat_loss = (
        LOSSES[name].generator(torch.tensor([logit])) for name in ("non_saturating", "minimax")
    )
    named = {
        -steep: "divide it by the other",
        -flat: "divide the other by it",
        flat / steep: "turned round",
        flat - steep: "the difference",
        (steep / flat) ** 2: "the squares",
        math.log(ratio): "the logarithm of the ratio",
        -float(steep_loss / flat_loss): "the ratio of the losses",
    }
    for value, words in named.items():
        assert any(words in h for key, h in hints.items() if key == pytest.approx(value, rel=1e-4))


def test_lsgan_has_no_slope_at_one_and_the_hints_say_what_is_elsewhere():
    assert slope("lsgan", BANK["06.2"].right) == 0
    assert (slope("lsgan", 0), slope("lsgan", 2)) == (-1, 1)
    assert slope("non_saturating", 60) == pytest.approx(0)
    assert slope("minimax", -60) == pytest.approx(0)
    assert slope("lsgan", -60) < -60


def test_the_hinge_of_an_undecided_d_is_two():
    assert BANK["06.3"].reference(torch.zeros(3), torch.zeros(2)) == 2
