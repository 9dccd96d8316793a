import pytest
import torch

from msgan_lessons.discriminator import DocumentDiscriminator, PatchDiscriminator
from msgan_lessons.lessons.l04_discriminator.pictures import (
    logit_at,
    patch_of,
    receptive_field,
)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(("row", "column"), [(3, 4), (4, 3)])
def test_patch_is_where_the_gradient_of_one_logit_is(n, row, column):
    torch.manual_seed(0)
    judge = PatchDiscriminator(channels=(4,) * n)
    x = torch.randn(1, 1, 64, 64, requires_grad=True)
    judge(x)[0, 0, row, column].backward()
    touched = x.grad[0, 0].abs() > 0
    top, left, side = patch_of(judge, row, column)
    rows = touched.any(1).nonzero().flatten().tolist()
    columns = touched.any(0).nonzero().flatten().tolist()
    assert rows == list(range(max(top, 0), min(top + side, 64)))
    assert columns == list(range(max(left, 0), min(left + side, 64)))


def test_side_of_the_patch_is_the_receptive_field():
    body = DocumentDiscriminator().body
    assert patch_of(body, 0, 0)[2] == receptive_field(body)[0] == 46


def test_neighbouring_patches_are_one_step_apart():
    judge = PatchDiscriminator(channels=(1, 1))
    here, there = patch_of(judge, 1, 1), patch_of(judge, 2, 1)
    assert there[0] - here[0] == receptive_field(judge)[1]
    assert there[1:] == here[1:]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_logit_under_a_place_is_a_logit_whose_patch_holds_it(n):
    judge = PatchDiscriminator(channels=(1,) * n)
    for place in (0.0, 0.3, 0.999, 1.0):
        row, column, count = logit_at(judge, 32, place, 1 - place)
        assert judge(torch.zeros(1, 1, 32, 32)).shape[-2:] == (count, count)
        top, left, side = patch_of(judge, row, column)
        assert top <= (1 - place) * 32 <= top + side
        assert left <= place * 32 <= left + side


def test_a_place_outside_or_a_resolution_that_cannot_be_halved_is_refused():
    judge = PatchDiscriminator(channels=(1, 1))
    with pytest.raises(ValueError, match="divisible by the strides' product 4, got 10"):
        logit_at(judge, 10, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"across and down must be from 0 to 1, got 1.5 and 0.5"):
        logit_at(judge, 8, 1.5, 0.5)
