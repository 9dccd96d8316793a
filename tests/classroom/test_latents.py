import math
from functools import partial

import pytest
import torch
from seeded import normal

from msgan_lessons.classroom.touching import WAYS, interpolate, spread
from msgan_lessons.family import GrowingGenerator, ResidualGenerator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l03_generator.walk import HOW, muted_images, stand_in


@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    G = MultiScaleGenerator(resolution=32, channels=(16, 12, 8, 4), latent_dim=8, emit="all")
    for _ in range(30):  # so that its batch statistics are those of its features
        G(torch.randn(64, 8))
    return G.eval()


@pytest.fixture
def z():
    return normal(5, 8, seed=1)


@pytest.mark.parametrize("way", WAYS)
def test_the_corners_of_the_way_are_the_latents_and_their_negatives(way):
    a, b = torch.randn(2, 7, 16)
    for degrees, corner in ((0, a), (90, b), (180, -a), (270, -b), (360, a)):
        assert torch.allclose(interpolate(a, b, degrees, way), corner, atol=1e-5)


def test_the_circle_keeps_the_variance_and_the_straight_line_halves_it():
    a, b = normal(2, 200_000)
    for degrees in (20, 45, 200):
        assert interpolate(a, b, degrees).var().item() == pytest.approx(1, abs=0.02)
    straight = interpolate(a, b, 45, "straight lines")
    assert straight.var().item() == pytest.approx(0.5, abs=0.02)
    assert torch.allclose(straight, (a + b) / 2)
    with pytest.raises(ValueError, match="way must be one of circle, straight lines, got 'up'"):
        interpolate(a, b, 0, "up")


@pytest.mark.parametrize("how", HOW)
def test_muting_a_block_leaves_coarser_images_unchanged_bit_for_bit(generator, z, how):
    whole = generator(z)
    assert all(map(torch.equal, muted_images(generator, z), whole))
    means = [h.mean(0, keepdim=True) for h in generator.features(torch.randn(64, 8))]
    for k in range(4):
        muted = muted_images(generator, z, generator.sizes[k], stand_in(how, means[k]))
        assert [torch.equal(a, b) for a, b in zip(muted, whole, strict=True)] == [
            j < k for j in range(4)
        ]


@pytest.mark.parametrize("how", ["mean over z", "zeros"])
def test_from_a_block_that_hides_z_all_finer_images_are_one_image(generator, z, how):
    mean = generator.features(z)[1].mean(0, keepdim=True)
    drawn = muted_images(generator, z, 8, stand_in(how, mean))
    spreads = [spread(x).max().item() for x in drawn]
    assert spreads[0] > 0
    assert spreads[1:] == pytest.approx([0, 0, 0], abs=1e-6)
    kept = muted_images(generator, z, 8, stand_in("mean over pixels", mean))
    assert spread(kept[-1]).max() > 1e-4


def test_stand_ins_are_their_formulas():
    h, mean = torch.randn(4, 3, 2, 2), torch.randn(1, 3, 2, 2)
    assert torch.equal(stand_in("mean over z", mean)(h), mean.expand(4, -1, -1, -1))
    assert not stand_in("zeros", mean)(h).any()
    over_pixels = stand_in("mean over pixels", mean)(h)
    assert torch.allclose(over_pixels[..., 1, 0], h.mean((2, 3)))
    assert over_pixels.shape == h.shape
    with pytest.raises(ValueError, match="how must be one of mean over z, zeros, mean over pixels"):
        stand_in("ones", mean)


def test_a_g_without_an_image_from_features_at_every_scale_is_refused():
    others = [partial(MultiScaleGenerator, emit=emit) for emit in ("finest", (8,))]
    for make in (*others, GrowingGenerator, ResidualGenerator):
        G = make(channels=(4, 4, 4, 4))
        with pytest.raises(ValueError, match="must draw an image from features at every"):
            muted_images(G, torch.zeros(2, G.latent_dim))


def test_spread_is_half_the_mean_squared_distance_of_pairs():
    x = torch.rand(6, 1, 4, 4, dtype=torch.float64)
    pairs = (x[:, None] - x[None]).square().mean()
    assert spread(x).square().mean().item() == pytest.approx(pairs.item() / 2)
    assert math.isclose(spread(torch.ones(3, 1, 2, 2)).max(), 0)
