import math

import pytest
import scipy.stats
import torch
from torch import nn

from msgan_lessons.lessons.l11_class_conditional.exercises import BANK
from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalBatchNorm2d,
    ProjectionDiscriminator,
)


def numbers(*modules):
    return sum(p.numel() for module in modules for p in module.parameters())


def test_the_first_answer_is_what_two_tables_hold():
    table = nn.ModuleList([nn.Embedding(10, 16), nn.Embedding(10, 16)])
    assert numbers(table) == BANK["11.1"].right


def test_the_packages_own_way_has_the_numbers_that_the_hints_name():
    hints, norm = BANK["11.1"].hints, ConditionalBatchNorm2d(16, 32)
    assert "the package's way" in hints[numbers(norm)]
    assert "ten e_y" in hints[numbers(norm, nn.Embedding(10, 32))]
    assert "without classes" in hints[numbers(nn.BatchNorm2d(16))]


def test_the_variance_is_scipys():
    assert scipy.stats.truncnorm(-2, 2).var() == pytest.approx(BANK["11.2"].right)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (scipy.stats.truncnorm(-1, 1).var(), "the variance at t = 1"),
        (scipy.stats.truncnorm(-1, 1).std(), "standard deviation at t = 1"),
        (scipy.stats.truncnorm(-2, 2).std(), "standard deviation"),
        (math.erf(2 / math.sqrt(2)), "lie within 2"),
    ],
)
def test_its_hints_name_the_right_neighbours(value, words):
    near = {
        k: hint for k, hint in BANK["11.2"].hints.items() if math.isclose(k, value, rel_tol=5e-3)
    }
    assert any(words in hint for hint in near.values())


def test_the_projection_is_the_packages():
    D = ProjectionDiscriminator(channels=(8, 4, 4, 2), spectral_norm=False, attention=0)
    images, labels = torch.randn(3, 1, 32, 32), torch.tensor([0, 9, 4])
    psi, features = D.trunk.judge(images)
    logits = BANK["11.3"].reference(psi, D.embedding.weight, features[-1], labels)
    torch.testing.assert_close(D(images, labels), logits, atol=1e-5, rtol=1e-4)
