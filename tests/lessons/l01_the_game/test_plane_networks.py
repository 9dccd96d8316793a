from itertools import pairwise

import pytest
import torch

from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.lessons.l01_the_game.plane import (
    PlaneDiscriminator,
    PlaneGenerator,
    PointStddev,
)


@pytest.mark.parametrize("latent_dim", [1, 2, 9])
def test_shapes(latent_dim):
    g, d = PlaneGenerator(latent_dim), PlaneDiscriminator()
    points = g(torch.zeros(5, latent_dim))
    assert points.shape == (5, 2)
    assert d(points).shape == (5,)
    assert g.latent_dim == latent_dim


def test_each_point_is_judged_by_itself():
    d, points = PlaneDiscriminator(8), torch.randn(4, 2)
    torch.testing.assert_close(d(points)[2:3], d(points[2:3]))


@pytest.mark.parametrize("build", [PlaneGenerator, PlaneDiscriminator])
def test_without_options_the_networks_are_what_they_were_bit_by_bit(build):
    """Two hidden layers of 64, drawn in order from torch's own numbers."""
    sizes = (2, 64, 64, 2) if build is PlaneGenerator else (2, 64, 64, 1)
    torch.manual_seed(4)
    network = build()
    torch.manual_seed(4)
    drawn = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    expected = [p for layer in drawn for p in layer.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), expected, strict=True))
    assert list(network.state_dict()) == [
        f"layers.{k}.{name}" for k in (0, 2, 4) for name in ("weight", "bias")
    ]


def test_with_pac_a_logit_depends_on_both_points_of_its_pair_and_on_no_other():
    d, points = PlaneDiscriminator(8, pac=2), torch.randn(6, 2, requires_grad=True)
    logits = d(points)
    assert logits.shape == (3,)
    (slope,) = torch.autograd.grad(logits[1], points)
    assert slope.abs().sum(1).ne(0).tolist() == [False, False, True, True, False, False]
    with pytest.raises(ValueError, match="the batch must be divisible by pac=2, got 5"):
        d(points[:5])


def test_points_spread_as_the_images_of_minibatch_stddev():
    for x in (torch.randn(12, 5), torch.randn(6, 3)):
        images = MinibatchStddev()(x[:, :, None, None]).flatten(1)
        torch.testing.assert_close(PointStddev()(x), images)


def test_minibatch_stddev_lets_d_tell_equal_points_from_different_ones():
    d, points = PlaneDiscriminator(8, minibatch_stddev=True), torch.randn(4, 2)
    equal = d(points[:1].repeat(4, 1))
    torch.testing.assert_close(equal, equal[:1].expand(4))
    assert not torch.isclose(d(points)[0], equal[0])


def test_spectral_norm_makes_every_layer_of_norm_one_at_most():
    d = PlaneDiscriminator(16, 2, spectral_norm=True)
    for _ in range(30):
        d(torch.randn(4, 2))
    weights = [m.weight for m in d.modules() if isinstance(m, torch.nn.Linear)]
    norms = torch.stack([torch.linalg.matrix_norm(w, 2) for w in weights])
    torch.testing.assert_close(norms, torch.ones(3), rtol=0.02, atol=0)


def test_waves_let_d_see_points_as_sines_and_cosines_of_fixed_frequencies():
    d, points = PlaneDiscriminator(8, waves=5), torch.randn(4, 2)
    phase = points @ d.frequencies
    seen = torch.cat([phase.sin(), phase.cos()], 1)
    torch.testing.assert_close(d(points), d.layers(seen)[:, 0])
    assert "frequencies" in d.state_dict()
    assert not d.frequencies.requires_grad


def test_batch_norm_standardises_over_the_batch_in_both_modes():
    g, z = PlaneGenerator(2, 8, 3, batch_norm=True), torch.randn(50, 2)
    torch.testing.assert_close(g.train()(z), g.eval()(z))
    assert sum(isinstance(m, torch.nn.BatchNorm1d) for m in g.modules()) == 3
