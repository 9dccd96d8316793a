from functools import partial

import ot
import pytest
import torch
from scipy.stats import wasserstein_distance
from seeded import normal as float32_normal
from seeded import stream

from msgan_lessons.metrics import band_distances, sliced_wasserstein
from msgan_lessons.metrics.distances import patch_descriptors, random_directions
from msgan_lessons.pyramid import laplacian_pyramid

normal = partial(float32_normal, dtype=torch.float64)


def smooth(n, seed=0, channels=1):
    """Images in [-1, 1] with structure at every scale of 16x16."""
    coarse = torch.rand(n, channels, 4, 4, generator=stream(seed))
    fine = torch.rand(n, channels, 16, 16, generator=stream(seed + 1))
    return torch.nn.functional.interpolate(coarse, 16, mode="bilinear") + fine / 2 - 0.75


def test_random_directions_are_unit_vectors_without_a_side():
    directions = random_directions(5, 4000, stream())
    assert directions.shape == (4000, 5)
    torch.testing.assert_close(directions.norm(dim=1), torch.ones(4000, dtype=torch.float64))
    assert directions.mean(0).abs().max() < 0.03
    assert (directions.T.cov() - torch.eye(5) / 5).abs().max() < 0.02


@pytest.mark.parametrize("counts", [(50, 50), (50, 35), (12, 100), (1, 7)])
def test_sliced_wasserstein_agrees_with_pot(counts):
    real, fake = normal(counts[0], 6), normal(counts[1], 6, seed=1).exp()
    directions = random_directions(6, 40, stream(3))
    expected = ot.sliced_wasserstein_distance(
        real.numpy(), fake.numpy(), projections=directions.T.numpy(), p=1
    )
    assert sliced_wasserstein(real, fake, stream(3), 40) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("counts", [(40, 40), (40, 27)])
def test_on_a_line_it_is_the_wasserstein_distance_itself(counts):
    real, fake = normal(counts[0], 1), normal(counts[1], 1, seed=1) * 2 + 1
    distance = sliced_wasserstein(real, fake, stream(), 3)
    first, second = real[:, 0].numpy(), fake[:, 0].numpy()
    assert distance == pytest.approx(wasserstein_distance(first, second), rel=1e-9)
    cost = ot.emd2_1d(first, second, metric="euclidean")
    assert distance == pytest.approx(cost, rel=1e-6)


def test_a_shift_costs_its_mean_length_along_the_directions():
    real, shift = normal(30, 3), torch.tensor([1.0, 2.0, -2.0])
    expected = (random_directions(3, 64, stream()) @ shift.double()).abs().mean().item()
    assert sliced_wasserstein(real, real + shift, stream(), 64) == pytest.approx(expected)
    many = sliced_wasserstein(real, real + shift, stream(), 20_000)
    assert many == pytest.approx(3 / 2, rel=0.02)  # in 3-D: half the shift's length


def test_sliced_wasserstein_is_symmetric_scales_with_the_rows_and_leaves_the_sets():
    real, fake = normal(30, 4), normal(20, 4, seed=1) + 1
    kept = real.clone(), fake.clone()
    distance = sliced_wasserstein(real, fake, stream())
    assert sliced_wasserstein(fake, real, stream()) == pytest.approx(distance)
    assert sliced_wasserstein(3 * real, 3 * fake, stream()) == pytest.approx(3 * distance)
    for same in (real.flip(0), real.repeat(3, 1)):
        assert sliced_wasserstein(real, same, stream()) == pytest.approx(0, abs=1e-12)
    line = normal(20, 1)
    sliced_wasserstein(line, line + 1, stream())
    assert torch.equal(line, normal(20, 1))
    assert torch.equal(real, kept[0])
    assert torch.equal(fake, kept[1])


def test_descriptors_are_patches_of_their_image():
    images = torch.arange(2 * 3 * 100.0).reshape(2, 3, 10, 10)
    rows = patch_descriptors(images, stream(), size=4, per_image=5)
    assert rows.shape == (10, 48)
    known = images.unfold(2, 4, 1).unfold(3, 4, 1)  # (2, 3, 7, 7, 4, 4)
    known = [known[n].permute(1, 2, 0, 3, 4).reshape(49, 48) for n in range(2)]
    for i, row in enumerate(rows):
        assert (known[i // 5] == row).all(1).sum() == 1
    everywhere = patch_descriptors(images[:1, :1], stream(), per_image=3000)
    assert everywhere.unique().numel() == 100


@pytest.mark.parametrize(("resolution", "count", "length"), [(4, 1, 16), (7, 1, 49), (8, 4, 49)])
def test_a_small_band_gives_each_of_its_patches_once(resolution, count, length):
    images = torch.rand(3, 1, resolution, resolution, generator=stream())
    rows = patch_descriptors(images, stream())
    assert rows.shape == (3 * count, length)
    assert len(rows.unique(dim=0)) == 3 * count


@pytest.mark.parametrize(
    ("resolution", "bands"),
    [(32, [4, 8, 16, 32]), (28, [7, 14, 28]), (8, [4, 8]), (5, [5])],
)
def test_bands_run_from_coarse_to_fine(resolution, bands):
    images = torch.rand(4, 1, resolution, resolution, generator=stream())
    found = band_distances(images, images, stream())
    assert list(found) == bands
    assert set(found.values()) == {0.0}


def test_a_band_has_the_sliced_distance_of_its_patches():
    real, fake = smooth(20), smooth(20, 9) * 0.5
    found = band_distances(real, fake, stream(), n_scales=3, n_projections=32)
    coarse = [laplacian_pyramid(x, 3)[0].flatten(1) for x in (real, fake)]
    generator = stream()
    torch.randint(2**62, (), generator=generator)  # the places
    assert found[4] == sliced_wasserstein(*coarse, generator, 32)


def test_bands_of_the_same_distribution_are_near_symmetric_and_the_streams():
    real, fake = smooth(300), smooth(300, 9)
    same, other = (band_distances(real, x, stream()) for x in (fake, fake * 0.3))
    assert all(5 * same[r] < other[r] for r in (4, 8, 16))
    assert band_distances(fake, real, stream()) == pytest.approx(same)
    few = real[:20], fake[:30]
    first, second, third = (band_distances(*few, stream(s)) for s in (1, 1, 2))
    assert first == second != third


def test_each_band_sees_its_own_scale_alone():
    real = smooth(200)
    grain = 0.3 * torch.randn(200, 1, 16, 16, generator=stream(5))
    grain = laplacian_pyramid(grain, 2)[1]
    grain = grain - torch.nn.functional.interpolate(torch.nn.functional.avg_pool2d(grain, 2), 16)
    found = band_distances(real, real + grain, stream())
    assert found[16] > 0.01
    assert found[4] < 1e-6
    assert found[8] < 1e-6


def test_standardising_hides_a_shift_of_brightness_and_of_contrast():
    real = smooth(100, channels=3)
    for fake in (real + 0.3, 0.5 * real, torch.cat([real[:, :1] + 0.5, real[:, 1:]], 1)):
        plain = band_distances(real, fake, stream())
        standardised = band_distances(real, fake, stream(), standardise=True)
        assert plain[4] > 0.05
        assert max(standardised.values()) < 1e-6
    mixed = real[:, :, torch.randperm(16, generator=stream())]
    assert band_distances(real, mixed, stream(), standardise=True)[16] > 0.05


def test_standardising_is_by_channel_over_all_images_and_pixels():
    real, fake = smooth(20, channels=2)[..., :5, :5], smooth(20, 9, channels=2)[..., :5, :5] ** 3
    sets = [x.double().numpy() for x in (real, fake)]
    sets = [(x - x.mean((0, 2, 3), keepdims=True)) / x.std((0, 2, 3), keepdims=True) for x in sets]
    generator = stream()
    torch.randint(2**62, (), generator=generator)  # the places
    expected = sliced_wasserstein(*(torch.tensor(x).flatten(1) for x in sets), generator, 32)
    found = band_distances(real, fake, stream(), standardise=True, n_projections=32)
    assert found == {5: pytest.approx(expected)}
