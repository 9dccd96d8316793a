import pytest
import torch

from msgan_lessons.lessons.l10_style_transfer.exercises import BANK
from msgan_lessons.lessons.l10_style_transfer.game import cycle_loss, identity_loss
from msgan_lessons.lessons.l10_style_transfer.networks import cyclegan, forward_flops
from msgan_lessons.losses import find_loss


def test_where_nothing_changes_only_the_adversarial_loss_is_left():
    pair = cyclegan(resolution=32, width=2)
    x, y = torch.rand(2, 1, 3, 32, 32)
    fake = pair.generator(x, y)
    assert cycle_loss([x, y], pair.generator.cycles(fake)) == 0
    assert identity_loss([y, x], pair.generator(y, x)) == 0
    assert find_loss("lsgan").generator(pair.discriminator(fake)) > 0


def test_the_prices_of_two_and_three_scales_are_those_of_the_answer_and_its_hint():
    images = [torch.zeros(1, 3, 32, 32)] * 2
    costs = [
        forward_flops(cyclegan(resolution=32, width=2, n_scales=k).discriminator, images)
        for k in (1, 2, 3)
    ]
    assert costs[1] / costs[0] == pytest.approx(BANK["10.2"].right)
    assert "three scales" in BANK["10.2"].hints[round(costs[2] / costs[0], 6)]
