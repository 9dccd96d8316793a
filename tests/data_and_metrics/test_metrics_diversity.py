import math

import numpy as np
import pytest
import seeded
import torch
from scipy.ndimage import gaussian_filter
from scipy.stats import entropy
from seeded import stream

from msgan_lessons.metrics import (
    mode_count,
    mode_kl,
    ms_ssim,
    ms_ssim_diversity,
    scale_consistency,
)
from msgan_lessons.metrics.images import WEIGHTS
from msgan_lessons.pyramid import image_pyramid


def images(n, resolution=32, channels=1, seed=0):
    coarse = seeded.images(n, channels, 8, 8, seed=seed, dtype=torch.float64)
    return torch.nn.functional.interpolate(coarse, resolution, mode="bilinear")


def pair(n, resolution=32, channels=1):
    first, noise = images(n, resolution, channels), images(n, resolution, channels, 1)
    return first, (0.8 * first + 0.4 * noise).clamp(-1, 1)


def mirrored_terms(x, y):
    """Maps of l c s and of c s (N, C, H, W), by SciPy's filter, which mirrors the border."""

    def mean(values):
        sigma = (0, 0, 1.5 * 7 / 11, 1.5 * 7 / 11)
        return gaussian_filter(values, sigma, mode="mirror", radius=(0, 0, 3, 3))

    x, y = x.numpy(), y.numpy()
    structure = 2 * (mean(x * y) - mean(x) * mean(y)) + 0.03**2
    structure = structure / (mean(x * x) - mean(x) ** 2 + mean(y * y) - mean(y) ** 2 + 0.03**2)
    luminance = (2 * mean(x) * mean(y) + 0.01**2) / (mean(x) ** 2 + mean(y) ** 2 + 0.01**2)
    return luminance * structure, structure


@pytest.mark.parametrize(
    ("channels", "resolution", "n_scales"), [(1, 32, 1), (3, 32, 2), (3, 32, 3), (1, 128, 5)]
)
def test_ms_ssim_is_equation_7_with_the_coarsest_border_mirrored(channels, resolution, n_scales):
    first, second = pair(4, resolution, channels)
    expected = 1.0
    scales = [image_pyramid((x + 1) / 2, n_scales)[::-1] for x in (first, second)]  # fine first
    for k, (x, y) in enumerate(zip(*scales, strict=True)):
        whole, structure = mirrored_terms(x, y)
        term = whole if k == n_scales - 1 else structure[..., 3:-3, 3:-3]
        expected *= term.mean((1, 2, 3)) ** (WEIGHTS[k] / sum(WEIGHTS[:n_scales]))
    assert ms_ssim(first, second, n_scales=n_scales).numpy() == pytest.approx(expected, rel=1e-6)


def test_a_batch_gives_what_its_pairs_give_one_by_one():
    first, second = pair(4, channels=3)
    alone = [ms_ssim(x[None], y[None]) for x, y in zip(first, second, strict=True)]
    torch.testing.assert_close(ms_ssim(first, second), torch.cat(alone))
    rounded = ms_ssim(first.float(), second.float())
    assert rounded.dtype == torch.float64
    torch.testing.assert_close(ms_ssim(first, second), rounded, atol=1e-4, rtol=0)


def test_flat_images_have_the_luminance_term_alone():
    first, second = torch.full((1, 1, 32, 32), 0.5), torch.full((1, 1, 32, 32), -0.5)
    luminance = (2 * 0.75 * 0.25 + 0.01**2) / (0.75**2 + 0.25**2 + 0.01**2)  # in [0, 1]
    assert ms_ssim(first, second, 1).item() == pytest.approx(luminance)
    weight = WEIGHTS[2] / sum(WEIGHTS[:3])
    assert ms_ssim(first, second, 3).item() == pytest.approx(luminance**weight)


@pytest.mark.parametrize("resolution", [8, 16, 28, 32, 64])
def test_an_image_is_as_similar_to_itself_as_can_be(resolution):
    x = images(3, resolution, 3)
    assert ms_ssim(x, x).tolist() == [1, 1, 1]
    assert ms_ssim(x, -x).tolist() == [0, 0, 0]  # every structure turned round: below 0 is 0
    first, second = pair(3, resolution)
    torch.testing.assert_close(ms_ssim(first, second), ms_ssim(second, first))


def test_scales_are_as_many_as_fit_up_to_3():
    for resolution, n_scales in ((7, 1), (8, 1), (16, 2), (30, 3), (32, 3), (64, 3)):
        first, second = pair(2, resolution)
        assert torch.equal(ms_ssim(first, second), ms_ssim(first, second, n_scales))
    assert ms_ssim(*pair(2, 64), 4).shape == ms_ssim(*pair(2, 112), 5).shape == (2,)


def test_collapse_has_ms_ssim_1_and_real_images_less():
    one, many = images(1).expand(20, -1, -1, -1), images(20)
    few = images(4).repeat(5, 1, 1, 1)
    collapsed, partial, diverse = (ms_ssim_diversity(x, stream()) for x in (one, few, many))
    assert collapsed == 1
    assert collapsed > partial > diverse + 0.1
    first, second, other = (ms_ssim_diversity(many, stream(s), n_pairs=10) for s in (1, 1, 2))
    assert first == second != other
    two = pair(1)  # no image is paired with itself
    found = ms_ssim_diversity(torch.cat(two), stream(), n_pairs=50)
    assert found == pytest.approx(ms_ssim(*two).item())


def test_mode_kl_agrees_with_scipy():
    labels = torch.randint(7, (500,), generator=stream())
    counts = np.bincount(labels, minlength=7)
    reference = np.array([5, 1, 1, 2, 3, 1, 4.0])
    assert mode_kl(labels, 7) == pytest.approx(entropy(counts, np.ones(7)))
    assert mode_kl(labels, 7, reference) == pytest.approx(entropy(counts, reference))
    assert mode_kl(labels, 7, reference / 17) == pytest.approx(mode_kl(labels, 7, reference))
    assert mode_kl(labels, 7, torch.tensor([1, 2, 3, 4, 5, 6, 7])) > 0


@pytest.mark.parametrize("n_classes", [1, 10, 1000])
def test_mode_kl_lies_between_0_and_the_logarithm_of_the_classes(n_classes):
    assert mode_kl(torch.arange(n_classes), n_classes) == pytest.approx(0, abs=1e-12)
    one = torch.full((20,), n_classes - 1)
    assert mode_kl(one, n_classes) == pytest.approx(math.log(n_classes))


def test_modes_have_enough_images_and_a_missing_class_is_infinitely_far():
    labels = torch.tensor([0, 0, 0, 4, 4, 9])
    assert [mode_count(labels, 10, n) for n in (1, 2, 3, 4)] == [3, 2, 1, 0]
    assert mode_kl(torch.tensor([0, 0, 1, 2]), 4, [2, 1, 1, 0]) == 0
    assert mode_kl(torch.tensor([0, 0, 1, 2]), 4, [1, 1, 0, 1]) == math.inf


def test_consistency_is_the_root_mean_square_of_the_gap():
    coarse, fine = images(6, 16, 3), images(6, 32, 3, seed=1)
    halved = fine.reshape(6, 3, 16, 2, 16, 2).mean((3, 5))
    expected = np.sqrt(np.square(halved.numpy() - coarse.numpy()).mean())
    assert scale_consistency([coarse, fine]) == pytest.approx({16: expected})


def test_a_pooled_pyramid_is_consistent_and_the_scale_that_breaks_is_named():
    scales = image_pyramid(images(4), 4)
    assert scale_consistency(scales) == pytest.approx({4: 0, 8: 0, 16: 0})
    scales[2] = scales[2] + 0.25  # the 16x16 scale is too bright
    found = scale_consistency(scales)
    assert list(found) == [4, 8, 16]
    assert found == pytest.approx({4: 0, 8: 0.25, 16: 0.25})
