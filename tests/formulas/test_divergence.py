import pytest
import torch
from torch import nn

from msgan_lessons.training import TrainConfig, likely_cause


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"d_lr": 1.0}, "d_lr=1 is 500 times the course's 0.002"),
        ({"loss": "wgan", "gp_lambda": 0.0}, "the loss wgan has no bound and no penalty holds D's"),
        ({"loss": "wgan"}, "the weights are finite, so the real images or the latents were not"),
        ({"loss": "wgan", "gp_lambda": 0.0, "r1_gamma": 1.0}, "the weights are finite"),
        ({}, "the weights are finite"),
    ],
)
def test_the_first_cause_that_holds_is_named(settings, sentence):
    found = likely_cause(TrainConfig(**settings), G=nn.Linear(1, 1), D=None)
    assert found.startswith(sentence)


def test_weights_that_are_not_finite_are_named():
    broken = nn.Linear(1, 1)
    nn.init.constant_(broken.weight, torch.inf)
    found = likely_cause(TrainConfig(), G=nn.Linear(1, 1), D=broken)
    assert found.startswith("the weights of D have left the range of numbers")
