import math

import pytest
import torch
from seeded import stream
from torch import nn

from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.lessons.l15_stability.stacked import (
    stacked_batches,
    stacked_modes,
)


class ByBrightness(nn.Module):
    """A classifier that reads a class from an image of one grey: class k has value k / 10."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, 1)

    def forward(self, images):
        value = images.mean((1, 2, 3))
        return [value[:, None], -(value[:, None] - torch.arange(10) / 10).abs()]


def shades(*classes):
    """Images whose channels are of these classes."""
    return torch.tensor(classes)[:, :, None, None].expand(-1, 3, 4, 4) / 10


def test_modes_and_kl_are_the_closed_forms():
    every = torch.cartesian_prod(*[torch.arange(10)] * 3)
    even = stacked_modes(every[:, :, None, None].expand(-1, 3, 4, 4) / 10, ByBrightness())
    assert even == {"modes": 1000, "kl": pytest.approx(0, abs=1e-9), "count": 1000}
    one = stacked_modes(shades(*[(1, 2, 3)] * 7), ByBrightness())
    assert one == {"modes": 1, "kl": pytest.approx(math.log(1000)), "count": 7}
    two = stacked_modes(shades((1, 2, 3), (3, 2, 1)), ByBrightness())
    assert two == {"modes": 2, "kl": pytest.approx(math.log(500)), "count": 2}


def test_kl_lies_between_zero_and_log_1000_for_any_images():
    for seed in range(5):
        found = stacked_modes(torch.rand(50, 3, 4, 4, generator=stream(seed)), ByBrightness())
        assert 0 <= found["kl"] <= math.log(1000)
        assert 1 <= found["modes"] <= 50


def test_even_draws_have_the_kl_that_chance_alone_gives():
    """About (K - 1) / 2N, the bias of the entropy of N draws from K even classes."""
    draws = torch.randint(10, (26_000, 3), generator=stream())
    found = stacked_modes(draws[:, :, None, None].expand(-1, 3, 2, 2) / 10, ByBrightness())
    assert found["modes"] == 1000
    assert found["kl"] == pytest.approx(999 / 52_000, rel=0.15)


def test_each_channel_is_a_garment_drawn_on_its_own():
    pixels = torch.arange(10, dtype=torch.uint8)[:, None, None, None].expand(10, 1, 4, 4) * 25
    data = ImageData("ten", pixels.contiguous(), torch.arange(10))
    batch = next(stacked_batches(data, 20_000, stream()))
    assert batch.shape == (20_000, 3, 4, 4)
    classes = ((batch[:, :, 0, 0] + 1) * 127.5 / 25).round().long()
    for a, b in ((0, 1), (0, 2), (1, 2)):
        table = torch.zeros(10, 10).index_put_(
            (classes[:, a], classes[:, b]), torch.ones(20_000), accumulate=True
        )
        chi = float(((table - 200) ** 2 / 200).sum())  # 99 degrees of freedom
        assert 99 - 4 * math.sqrt(198) < chi < 99 + 4 * math.sqrt(198)


def test_the_same_stream_gives_the_same_stacks():
    data = open_images()
    one, two = (next(stacked_batches(data, 4, stream(3))) for _ in range(2))
    assert torch.equal(one, two)
    assert one.shape == (4, 3, 32, 32)


def test_real_stacks_show_hundreds_of_modes_evenly():
    """2,000 even draws of 1,000 classes show 1000 (1 - exp(-2)) of them, and a KL of about 0.25."""
    images = next(stacked_batches(open_images(split="test"), 2000, stream()))
    found = stacked_modes(images)
    assert found["modes"] == pytest.approx(1000 * (1 - math.exp(-2)), rel=0.05)
    assert 0.2 < found["kl"] < 0.4


@pytest.mark.parametrize("shape", [(4, 1, 8, 8), (0, 3, 8, 8), (3, 8, 8)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"images must have shape \(N, 3, R, R\), got"):
        stacked_modes(torch.zeros(shape))


def test_wrong_data_are_refused():
    colour = ImageData("colour", torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(2))
    with pytest.raises(ValueError, match="data must be grey images, got 3 channels"):
        stacked_batches(colour, 2, stream())
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        stacked_batches(open_images(), 0, stream())
