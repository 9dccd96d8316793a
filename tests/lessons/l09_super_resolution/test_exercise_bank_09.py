import math

import pytest
import torch

from msgan_lessons.lessons.l09_super_resolution.exercises import BANK
from msgan_lessons.lessons.l09_super_resolution.pairs import back_project


def test_a_draw_costs_the_decibels_of_the_first_answer():
    torch.manual_seed(0)
    x, y = torch.randn(2, 100_000).double()  # two draws of one distribution
    assert 10 * math.log10((x - y).square().mean() / y.var()) == pytest.approx(
        BANK["09.1"].right, abs=0.05
    )


def free_share(side):
    """Of a 16x16 image whose means at side x side are known."""
    projection = torch.func.jacrev(lambda x: back_project(x, torch.zeros(1, 1, side, side)))
    slope = projection(torch.zeros(1, 1, 16, 16)).reshape(256, 256)
    return float(torch.linalg.matrix_rank(slope)) / 256


def test_the_second_answer_is_the_rank_of_the_projection():
    assert free_share(2) == BANK["09.2"].right  # three halvings, as from 64 to 8


@pytest.mark.parametrize(
    ("side", "words"), [(4, "that is the share for 16x16"), (8, "finest band")]
)
def test_other_sides_have_the_shares_that_the_hints_name(side, words):
    assert words in BANK["09.2"].hints[free_share(side)]
