import math

import pytest
import torch
from seeded import stream
from torch import nn

from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.lessons.l15_stability.stacked import (
    STACKED_CURES,
    run_stacked,
    stacked_batches,
    stacked_game,
    stacked_modes,
)
from msgan_lessons.training import TrainConfig

SMALL = {"width": 2, "latent_dim": 8, "batch_size": 4, "device": "cpu"}


@pytest.fixture(scope="module")
def data():
    return open_images(resolution=16)


def test_a_smoke_run_counts_at_intervals_and_at_the_end(data):
    rows = list(run_stacked(data, steps=3, score_interval=2, count=20, **SMALL))
    assert [row["step"] for row in rows if row["modes"] is not None] == [2, 3]
    assert 1 <= rows[-1]["modes"] <= 20
    assert 0 <= rows[-1]["kl"] < 6.91
    assert rows[0]["kl"] is None


def test_the_budget_ends_the_run_with_a_count(data):
    (row,) = run_stacked(data, steps=9, max_seconds=1e-9, count=5, **SMALL)
    assert row["modes"] is not None


@pytest.mark.parametrize("cure", STACKED_CURES)
def test_every_cure_plays_and_differs_in_what_it_says(data, cure):
    game, chosen = stacked_game(data, cure, **SMALL), STACKED_CURES[cure]
    base = TrainConfig(batch_size=4, reg_interval=2).as_dict()
    differs = {k: v for k, v in game.config.as_dict().items() if base[k] != v}
    assert differs == chosen.changes
    assert game.discriminator.pac == chosen.discriminator.get("pac", 1)
    shown = type(game.discriminator.stddev).__name__
    assert (shown == "MinibatchStddev") == chosen.discriminator.get("minibatch_stddev", False)
    assert game.step()["n_images"] == 4
    (fake,) = game.generator(torch.zeros(4, 8))
    assert fake.shape == (4, 3, 16, 16)
    assert len(game.discriminator([fake])[0]) == (2 if cure == "pac 2" else 4)


def test_counting_takes_nothing_from_the_training(data):
    def end(interval):
        rows = run_stacked(data, steps=4, score_interval=interval, count=8, **SMALL)
        return list(rows)[-1]["d_loss"]

    assert end(1) == end(4)


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


def test_each_channel_is_a_garment_drawn_on_its_own():
    pixels = torch.arange(10, dtype=torch.uint8)[:, None, None, None].expand(10, 1, 4, 4) * 25
    data = ImageData("ten", pixels.contiguous(), torch.arange(10))
    batch, again = (next(stacked_batches(data, 20_000, stream())) for _ in range(2))
    assert batch.shape == (20_000, 3, 4, 4)
    assert torch.equal(batch, again)
    classes = ((batch[:, :, 0, 0] + 1) * 127.5 / 25).round().long()
    for a, b in ((0, 1), (0, 2), (1, 2)):
        table = torch.zeros(10, 10).index_put_(
            (classes[:, a], classes[:, b]), torch.ones(20_000), accumulate=True
        )
        chi = float(((table - 200) ** 2 / 200).sum())  # 99 degrees of freedom
        assert 99 - 4 * math.sqrt(198) < chi < 99 + 4 * math.sqrt(198)


def test_real_stacks_show_hundreds_of_modes_evenly():
    """1,000 even draws of 1,000 classes show 1000 (1 - exp(-1)) of them, and a KL of about 0.5."""
    found = stacked_modes(next(stacked_batches(open_images(split="test"), 1000, stream())))
    assert found["modes"] == pytest.approx(1000 * (1 - math.exp(-1)), rel=0.05)
    assert 0.35 < found["kl"] < 0.7
