from itertools import repeat

import pytest
import torch
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.lessons.l01_the_game.plane import (
    OneScaleDiscriminator,
    OneScaleGenerator,
    PlaneDiscriminator,
    PlaneGenerator,
)
from msgan_lessons.lessons.l15_stability.modes import SeedStreams, StackedEnsemble
from msgan_lessons.training import Game, TrainConfig


def networks(count, **options):
    torch.manual_seed(0)
    return [PlaneDiscriminator(8, **options) for _ in range(count)]


@pytest.mark.parametrize(
    "options", [{}, {"waves": 3}, {"pac": 2}, {"minibatch_stddev": True}, {"waves": 2, "pac": 2}]
)
def test_each_network_judges_its_own_part(options):
    each, points = networks(3, **options), torch.randn(24, 2)
    alone = torch.cat([d(part) for d, part in zip(each, points.chunk(3), strict=True)])
    torch.testing.assert_close(StackedEnsemble(each)(points), alone)


def test_batch_norm_sees_the_part_of_its_network_alone():
    torch.manual_seed(0)
    each, z = [PlaneGenerator(2, 8, batch_norm=True) for _ in range(2)], torch.randn(20, 2)
    z[10:] += 5
    alone = torch.cat([g(part) for g, part in zip(each, z.chunk(2), strict=True)])
    torch.testing.assert_close(StackedEnsemble(each)(z), alone)


def test_a_game_side_by_side_moves_each_network_as_it_would_alone():
    def game(seeds, make):
        pairs = []
        for seed in seeds:
            Streams(seed).seed_weights()
            pairs.append((PlaneGenerator(2, 8), PlaneDiscriminator(8)))
        g, d = (make(list(side)) for side in zip(*pairs, strict=True))
        g, d = OneScaleGenerator(g), OneScaleDiscriminator(d)
        batches = repeat(torch.linspace(-1, 1, 256).reshape(128, 2).repeat(len(seeds), 1))
        config = TrainConfig(r1_gamma=0.1, r2_gamma=0.1, reg_interval=1, g_lr=1e-3, d_lr=1e-3)
        return Game(g, d, batches, config, streams=SeedStreams(seeds), device="cpu")

    both = game([3, 5], StackedEnsemble)
    alone = [game([seed], lambda side: side[0]) for seed in (3, 5)]
    for one in (both, *alone):
        for _ in range(5):
            one.step()
    z = torch.randn(6, 2)
    for k, one in enumerate(alone):
        made = both.generator(z.repeat(2, 1))[0].chunk(2)[k]
        torch.testing.assert_close(made, one.generator(z)[0], rtol=1e-3, atol=1e-4)


def test_latents_of_a_seed_do_not_depend_on_its_neighbours():
    both, three, five = SeedStreams([3, 5]), Streams(3), Streams(5)
    for _ in range(2):
        drawn = both.latents(6, 2).chunk(2)
        assert torch.equal(drawn[0], three.latents(3, 2))
        assert torch.equal(drawn[1], five.latents(3, 2))


def test_all_weights_of_all_networks_are_its_parameters():
    each = networks(3)
    count = sum(p.numel() for d in each for p in d.parameters())
    assert sum(p.numel() for p in StackedEnsemble(each).parameters()) == count


def test_no_network_is_refused():
    with pytest.raises(ValueError, match="networks must hold at least one"):
        StackedEnsemble([])
    assert StackedEnsemble([nn.Linear(2, 1)]).latent_dim is None
    with pytest.raises(ValueError, match="seeds must hold at least one, got none"):
        SeedStreams([])
