import pytest
import torch

from msgan_lessons import datasets
from msgan_lessons.lessons.l00_start_here.exercises import BANK
from msgan_lessons.pyramid import image_pyramid


def test_a_logit_of_0_is_one_half_and_the_hints_name_what_they_name():
    right, hints = BANK["00.1"].right, BANK["00.1"].hints
    logit = torch.tensor(0.0, requires_grad=True)
    logit.sigmoid().backward()
    assert logit.sigmoid().item() == right
    named = {
        logit.exp().item(): "those are the odds",
        torch.tensor(1.0).sigmoid().item(): "the sigmoid of 1",
        logit.grad.item(): "the slope of the sigmoid",
        torch.tensor(right).log().item(): "the logarithm of the probability",
        torch.nn.functional.softplus(-logit).item(): "cross-entropy charges",
    }
    for value, words in named.items():
        assert any(words in hints[key] for key in hints if key == pytest.approx(value, abs=1e-6))


def test_as_many_scales_end_where_the_hints_say():
    images, hints = torch.zeros(1, 1, 32, 32), BANK["00.2"].hints
    coarsest = {n: image_pyramid(images, n)[0].shape[-1] for n in range(2, 7)}
    assert coarsest[BANK["00.2"].right] == 4
    for n in (2, 3, 5, 6):
        assert f"the coarsest is {coarsest[n]}x{coarsest[n]}" in hints[n]


def test_formula_0_is_what_the_data_sets_do():
    data = datasets.open_images("fashion_mnist", resolution=32)
    mine = BANK["00.3"].reference(data.pixels[:2].float())
    assert mine.equal(data.images(slice(2)))
