import pytest
import torch

from msgan_lessons.lessons.l02_scales.exercises import BANK
from msgan_lessons.pyramid import image_pyramid, laplacian_pyramid, reconstruct


def numbers(side: int, n_scales: int) -> list[int]:
    return [band.numel() for band in laplacian_pyramid(torch.zeros(1, 1, side, side), n_scales)]


def test_the_bands_of_32x32_hold_1360_numbers():
    bands, hints = numbers(32, 4), BANK["02.1"].hints
    assert sum(bands) == BANK["02.1"].right
    named = {
        bands[-1]: "the finest band alone",
        4 * bands[-1]: "each coarser one has a quarter",
        sum(bands[1:]): "it counts",
        sum(bands[:-1]): "the coarser scales",
        sum(bands[2:]): "the two finest",
        sum(numbers(32, 5)): "at 5 scales",
        sum(numbers(32, 6)): "a single pixel",
        sum(numbers(16, 4)): "an image of 16x16",
        bands[0]: "the coarsest band alone",
        len(bands): "the number of bands",
        sum(bands) / 32**2: "how many times as many",
        sum(n**0.5 for n in bands): "square each first",
    }
    assert named.keys() == hints.keys()
    assert all(words in hints[value] for value, words in named.items())


def test_dropping_pixels_breaks_the_mean_alone():
    def drop(x):
        return x[..., ::2, ::2]

    images = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    bands = laplacian_pyramid(images, 3, down=drop)
    assert torch.allclose(reconstruct(bands), images, atol=1e-5)
    assert not torch.allclose(bands[0].mean((1, 2, 3)), images.mean((1, 2, 3)), atol=1e-5)
    kept = [x.mean((1, 2, 3)) for x in image_pyramid(images, 3)]
    assert all(torch.allclose(mean, kept[-1], atol=1e-5) for mean in kept)
    assert BANK["02.2"].right == "mean"


@pytest.mark.parametrize("strength", [0.0, 1.0, 2.0])
def test_sharpening_is_a_band_of_another_strength(strength):
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    coarse, finest = laplacian_pyramid(images, 2)
    mine = BANK["02.3"].reference(images, strength)
    assert torch.allclose(mine, reconstruct([coarse, strength * finest]), atol=1e-6)
