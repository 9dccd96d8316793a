"""A step of D, a step of G and the average: what moves, what waits, and by how much."""

import copy
import itertools

import pytest
import torch
from seeded import batches, normal
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.losses import find_loss
from msgan_lessons.pyramid import pyramid_like
from msgan_lessons.steps import (
    discriminator_step,
    ema_update,
    generator_step,
    real_share,
)
from msgan_lessons.training import train

LOSS = find_loss("hinge")


def same(first, second):
    """Whether all weights and buffers are the same, to the last bit."""
    return all(torch.equal(v, second[k]) for k, v in first.items())


def test_d_step_moves_d_alone_and_g_step_moves_g_alone(tiny_pair):
    pair = tiny_pair()
    g, d = pair.generator, pair.discriminator
    optimizers = [torch.optim.Adam(network.parameters()) for network in (d, g)]
    fake = g(normal(8, 8))
    real = pyramid_like(next(batches()), fake)
    g_before, d_before = copy.deepcopy(g.state_dict()), copy.deepcopy(d.state_dict())
    discriminator_step(d, optimizers[0], real, fake, LOSS)
    assert all(p.grad is None for p in g.parameters())
    assert same(g_before, g.state_dict())
    assert not same(d_before, d.state_dict())
    d_between = copy.deepcopy(d.state_dict())
    generator_step(d, optimizers[1], fake, LOSS)
    assert same(d_between, d.state_dict())
    assert not same(g_before, g.state_dict())
    assert all(p.requires_grad for p in d.parameters())


def test_steps_agree_with_a_textbook_loop(tiny_pair):
    """Two optimisers, binary cross-entropy with labels, D's parameters never frozen."""
    pair = tiny_pair("dcgan")
    g, d, config = copy.deepcopy((pair.generator, pair.discriminator, pair.config))
    opt_g = torch.optim.Adam(g.parameters(), lr=config.g_lr, betas=config.betas)
    opt_d = torch.optim.Adam(d.parameters(), lr=config.d_lr, betas=config.betas)
    latents, bce = Streams(0), nn.functional.binary_cross_entropy_with_logits
    for real in itertools.islice(batches(), 3):
        z = latents.latents(8, 8)
        opt_d.zero_grad()
        (on_real,), (on_fake,) = d([real]), d([g(z)[-1].detach()])
        (bce(on_real, torch.ones(8)) + bce(on_fake, torch.zeros(8))).backward()
        opt_d.step()
        opt_g.zero_grad()
        bce(d(g(z))[0], torch.ones(8)).backward()
        opt_g.step()
    players = pair.generator, pair.discriminator
    list(train(*players, batches(), config, steps=3, streams=Streams(0), device="cpu"))
    for ours, theirs in zip(players, (g, d), strict=True):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=2e-5, rtol=1e-3)


def test_the_weighted_sum_is_what_g_descends(tiny_pair):
    pair, slopes = tiny_pair("dcgan"), {}
    for weight, share in ((1.0, 0.0), (0.0, 1.0), (0.5, 2.0)):
        g = copy.deepcopy(pair.generator)
        optimizer, fake = torch.optim.SGD(g.parameters(), lr=1.0), g(normal(8, 8))
        extra = share * fake[0].square().mean()
        generator_step(pair.discriminator, optimizer, fake, LOSS, extra=extra, weight=weight)
        moves = zip(pair.generator.parameters(), g.parameters(), strict=True)
        slopes[weight, share] = torch.cat([(a - b).detach().flatten() for a, b in moves])
    mixed = 0.5 * slopes[1.0, 0.0] + 2 * slopes[0.0, 1.0]
    torch.testing.assert_close(slopes[0.5, 2.0], mixed, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("step", [0, 5, 10_000])
def test_ema_is_the_formula_with_its_warm_up_for_weights_and_batch_statistics(step):
    average, model = nn.BatchNorm2d(2), nn.BatchNorm2d(2)
    average.weight.data.fill_(1.0), model.weight.data.fill_(3.0)
    model.running_mean.fill_(10.0)
    decay = min(0.9, (1 + step) / (10 + step))
    ema_update(average, model, step, ema_decay=0.9)
    assert average.weight.tolist() == pytest.approx([decay * 1 + (1 - decay) * 3] * 2)
    assert average.running_mean.tolist() == pytest.approx([(1 - decay) * 10] * 2)


def test_real_share_is_the_mean_probability_over_images_then_scales():
    assert real_share([torch.tensor([-1000.0, 1000.0])]).item() == 0.5
    assert real_share([torch.full((4,), 1000.0), torch.full((1,), -1000.0)]).item() == 0.5
