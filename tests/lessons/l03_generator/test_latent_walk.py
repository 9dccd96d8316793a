import copy

import numpy as np
import pytest
import torch

from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l03_generator.walk import MANY, LatentWalk


@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    G = MultiScaleGenerator(resolution=32, channels=(16, 12, 8, 4), latent_dim=8, emit="all")
    for _ in range(30):  # so that its batch statistics are those of its features
        G(torch.randn(64, 8))
    return G


@pytest.fixture
def walk(generator):
    return LatentWalk(generator, real=torch.rand(20, 1, 32, 32) * 2 - 1)


def test_images_are_those_that_g_draws_in_evaluation_mode(walk, generator):
    z = walk._latents(0)
    assert z.shape == (MANY, 8)
    with torch.no_grad():
        expected = copy.deepcopy(generator).eval()(z)
    assert all(map(torch.equal, walk.drawn, expected))


def test_the_generator_is_left_as_it_was(generator):
    before = copy.deepcopy(generator.state_dict())
    walk = LatentWalk(generator)
    walk.set("muted", "4x4")
    walk.frame()
    assert generator.training
    assert all(torch.equal(v, before[k]) for k, v in generator.state_dict().items())


def test_psi_shortens_z_and_psi_0_leaves_one_image(walk):
    length = walk._latents(30).norm()
    walk.set("psi", 0.5)
    assert torch.allclose(walk._latents(30).norm(), length / 2)
    walk.set("psi", 0.0)
    assert max(walk.spreads()) < 1e-6
    assert "length of z 0.0, of a standard normal z about 2.8" in walk.status()
    assert "spread of the 32x32 images 0.00, of real images 0.56" in walk.status()


def test_walking_round_brings_the_first_images_back(walk):
    first = [x.clone() for x in walk.drawn]
    walk.set("degrees", 120)
    assert not torch.allclose(walk.drawn[-1], first[-1], atol=1e-3)
    walk.set("degrees", 360)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(walk.drawn, first, strict=True))


@pytest.mark.parametrize("k", range(4))
def test_muting_a_block_keeps_coarser_scales_and_takes_the_spread_of_finer_ones(walk, k):
    free = [x.clone() for x in walk.drawn]
    walk.set("muted", f"{walk.generator.sizes[k]}x{walk.generator.sizes[k]}")
    assert all(map(torch.equal, walk.drawn[:k], free[:k]))
    assert max(walk.spreads()[k:]) < 1e-6
    assert all(s > 1e-3 for s in walk.spreads()[:k])


def test_the_muted_block_hands_on_its_mean_over_many_latents(walk):
    walk.set("muted", "16x16")
    rgb = walk.generator.to_rgb[2](walk._means[16]).tanh()
    torch.testing.assert_close(walk.drawn[2][:1], rgb)


def test_the_stop_nearest_to_the_walk_is_framed(walk):
    def framed():
        corners = walk.frame()["way"][::37, ::37, 2]  # of each of the 3 x 4 stops
        return np.flatnonzero(corners != 255).tolist()

    assert framed() == [0]
    for degrees, stop in ((14, 0), (16, 1), (125, 4), (350, 0)):
        walk.set("degrees", degrees)
        assert framed() == [stop]
