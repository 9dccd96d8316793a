"""Truncated latents against scipy, and what batch norm makes of them."""

import copy

import pytest
import scipy.stats
import torch
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l11_class_conditional.game import (
    biggan,
    standing_statistics,
    truncated,
    truncated_normal,
)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 1.0, 2.0])
def test_truncated_latents_follow_scipys_truncated_normal(threshold):
    z = truncated_normal(500, 40, threshold, torch.Generator().manual_seed(1))
    assert z.abs().max() <= threshold
    assert z.dtype == torch.float32
    against = scipy.stats.truncnorm(-threshold, threshold)
    assert scipy.stats.kstest(z.flatten().numpy(), against.cdf).pvalue > 0.01
    assert z.var().item() == pytest.approx(against.var(), rel=0.05)


def test_no_threshold_cuts_nothing_and_the_same_stream_gives_the_same_latents():
    whole = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    streams = [torch.Generator().manual_seed(2) for _ in range(2)]
    assert torch.equal(truncated_normal(5, 3, float("inf"), streams[0]), whole)
    cut = truncated_normal(5, 3, 0.8, streams[1])
    inside = whole.abs() <= 0.8
    assert torch.equal(cut[inside], whole[inside])
    assert not inside.all()


def test_truncated_is_scipys_distribution_and_moves_little():
    u = torch.rand(20_000, generator=torch.Generator().manual_seed(0)).clamp(1e-6, 1 - 1e-6)
    for t in (0.1, 1.0, 3.0):
        z = truncated(u, t)
        assert z.abs().max() <= t * (1 + 1e-6)
        assert scipy.stats.kstest(z.numpy(), scipy.stats.truncnorm(-t, t).cdf).pvalue > 0.01
    assert (truncated(u, 1.0) - truncated(u, 0.99)).abs().max() < 0.011
    assert torch.equal(truncated(u, 0.5).argsort(), truncated(u, 1.5).argsort())


def test_standing_statistics_are_the_mean_over_batches_and_leave_g_alone():
    torch.manual_seed(0)
    G = biggan(width=2, resolution=16, latent_dim=8, attention=8).generator
    before = copy.deepcopy(G.state_dict())
    standing = standing_statistics(G, 10, 0.5, batches=3)
    assert all(torch.equal(v, before[k]) for k, v in G.state_dict().items())
    assert not standing.training
    stream, means = Streams(0).fresh("standing"), []
    for _ in range(3):
        h = G.blocks[0][0](truncated_normal(100, 8, 0.5, stream)[:, :, None, None])
        means.append(h.mean((0, 2, 3)))
    torch.testing.assert_close(standing.blocks[0][1].running_mean, torch.stack(means).mean(0))
    with pytest.raises(ValueError, match="batches must be at least 1, got 0"):
        standing_statistics(G, 10, 0.5, batches=0)


def test_standing_statistics_undo_the_scale_of_z_where_batch_norm_follows_a_linear_map():
    class First(nn.Module):
        latent_dim = 8

        def __init__(self):
            super().__init__()
            self.up, self.norm = nn.ConvTranspose2d(8, 6, 4, bias=False), nn.BatchNorm2d(6)

        def forward(self, z, labels):
            return self.norm(self.up(z[:, :, None, None]))

    torch.manual_seed(0)
    G, labels = First(), torch.zeros(2000).long()
    spreads = {}
    for t in (0.5, 3.0):
        z = truncated_normal(2000, 8, t, Streams(1).fresh("z"))
        spreads[t] = standing_statistics(G, 2, t, batches=20)(z, labels).std().item()
    assert spreads[0.5] == pytest.approx(spreads[3.0], rel=0.02)
    trained = standing_statistics(G, 2, 3.0, batches=20)
    z = truncated_normal(2000, 8, 0.5, Streams(1).fresh("z"))
    kept = standing_statistics(trained, 2, 0.5, kept=1)
    assert torch.equal(kept(z, labels), trained(z, labels))
    assert kept(z, labels).std() < 0.4 * spreads[3.0]
