import pytest
import torch

from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l08_multiscale_gan.exercises import BANK
from msgan_lessons.training import GrowthSchedule


def first_block_learns(**switches) -> bool:
    """Whether the finest image sends a gradient back to the first block."""
    G = MultiScaleGenerator(resolution=8, latent_dim=4, channels=(4, 2), **switches)
    G(torch.ones(2, G.latent_dim))[-1].square().sum().backward()
    return next(G.blocks[0].parameters()).grad is not None


def test_carry_alone_parts_the_blocks():
    assert first_block_learns(emit="all", carry="features")
    assert not first_block_learns(emit="all", carry="image")
    assert all(first_block_learns(emit=emit) for emit in ("finest", "fading", "residual"))
    G = MultiScaleGenerator(resolution=8, latent_dim=4, channels=(4, 2), emit="all", carry="image")
    assert [x.shape[-1] for x in G(torch.ones(2, G.latent_dim))] == [4, 8]
    assert BANK["08.1"].right == "carry"


def test_the_stage_is_what_the_schedule_says_and_the_hints_are_other_stages():
    right, hints = BANK["08.2"].right, BANK["08.2"].hints
    schedule = GrowthSchedule(phase_images=240, n_scales=3)
    assert schedule.stage(780) == right
    assert "phase_images=100" in hints[GrowthSchedule(phase_images=100, n_scales=3).stage(780)]
    assert "before image 720" in hints[schedule.stage(719)]
    assert "the fourth has begun" in hints[schedule.stage(720)]
    assert "the second phase" in hints[schedule.stage(300)]
    assert "weight of the newest scale" in hints[schedule.stage(720)[0], 1 - right[1]]


@pytest.mark.parametrize("batch", [1, 4])
def test_exchanging_the_fakes_changes_the_paired_distance_alone(batch):
    real = [torch.rand(batch, 2, 4, 4, generator=torch.Generator().manual_seed(0))]
    fake = [x.flip(0) for x in real]
    paired = next(iter(BANK["08.3"].mistakes.values()))
    assert BANK["08.3"].reference(real, fake) == pytest.approx(0, abs=1e-6)
    assert (paired(real, fake) > 0.1) == (batch > 1)
