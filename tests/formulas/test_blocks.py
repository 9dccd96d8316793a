"""The layers that G and D share."""

import pytest
import torch
from seeded import normal
from torch import nn

from msgan_lessons.blocks import MinibatchStddev, initialise_he, initialise_normal


def test_minibatch_stddev_tells_copies_from_a_crowd():
    layer, crowd = MinibatchStddev(4), normal(8, 3, 4, 4)
    assert float(layer(crowd[:1].expand(8, 3, 4, 4))[:, -1].max()) < 1e-3
    spread = layer(crowd)[:, -1]
    expected = crowd.reshape(4, 2, 3, 4, 4).std(0, correction=0).mean((1, 2, 3))
    torch.testing.assert_close(spread[:2, 0, 0], expected)
    assert torch.equal(layer(crowd)[:, :3], crowd)
    with pytest.raises(ValueError, match="group_size must be at least 2, got 1"):
        MinibatchStddev(1)


def test_initialise_normal_has_dcgans_spread():
    layer = nn.Conv2d(64, 64, 3)
    initialise_normal(layer)
    assert float(layer.weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert float(layer.bias.detach().abs().max()) == 0
    with pytest.raises(ValueError, match="std must be > 0, got 0"):
        initialise_normal(layer, 0)


def test_initialise_he_keeps_the_size_of_a_signal():
    torch.manual_seed(0)
    layers = [m for _ in range(6) for m in (nn.Conv2d(64, 64, 3, 1, 1), nn.LeakyReLU(0.2))]
    network, x = nn.Sequential(*layers), normal(2, 64, 32, 32)
    initialise_he(network)
    inner = network(x).detach()[..., 6:-6, 6:-6]  # away from the zero border
    assert 0.7 < float(inner.square().mean().sqrt() / x.square().mean().sqrt()) < 1.4
    with pytest.raises(ValueError, match="slope must be >= 0, got -1"):
        initialise_he(network, -1)
