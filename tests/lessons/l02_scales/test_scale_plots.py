import numpy as np
import pytest
import torch

from msgan_lessons.base import pictures
from msgan_lessons.base.pictures import Picture
from msgan_lessons.lessons.l02_scales.pictures import guessed_bands, pyramid_rows
from msgan_lessons.pyramid import laplacian_pyramid


@pytest.fixture
def image():
    return torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_sheet_gives_every_resolution_the_same_space():
    rows = [
        [torch.zeros(1, 4, 4), torch.ones(1, 8, 8)],
        [torch.ones(3, 2, 2), -torch.ones(1, 4, 4)],
    ]
    canvas = pictures.sheet(rows, cell=8, gap=2)
    assert canvas.shape == (18, 18, 3)
    assert (canvas[:8, :8] == 128).all()
    assert (canvas[10:, 10:] == 0).all()
    assert (canvas[8:10] == 255).all()  # the gap is white


def test_sheet_enlarges_by_repeating_pixels():
    image = torch.tensor([[[-1.0, 1.0], [1.0, -1.0]]])
    canvas = pictures.sheet([[image]], cell=6)[..., 0]
    checker = np.kron(np.array([[0, 255], [255, 0]]), np.ones((3, 3)))
    assert (canvas == checker).all()


@pytest.mark.parametrize("rows", [[], [[]], [[torch.zeros(1, 2, 2)], []]])
def test_sheet_refuses_rows_of_unequal_length(rows):
    with pytest.raises(ValueError, match="equally many images"):
        pictures.sheet(rows)


def test_pyramid_rows_names_the_band_that_is_missing_and_tells_the_error(image):
    bands = [b[0] for b in laplacian_pyramid(image[None], 3)]
    assert "band left out: nothing" in pyramid_rows(image, bands).alt
    whole = pyramid_rows(image, bands)
    assert isinstance(whole, Picture)
    assert "mean squared error of 0.0000" in whole.alt
    bands[-1] = 0 * bands[-1]
    lacking = pyramid_rows(image, bands, "16x16")
    assert "Three rows of 3 images from 4x4 to 16x16" in lacking.alt
    assert "band left out: 16x16" in lacking.alt
    energy = laplacian_pyramid(image[None], 3)[-1].square().mean()
    assert f"mean squared error of {energy:.4f}" in lacking.alt


def test_guessed_bands_says_every_energy_in_words(image):
    picture = guessed_bands(
        {"coarse": image[None, :, ::2, ::2], "real": image[None]},
        [8, 16],
        [0.5, 0.25],
        [0.125, 0.0],
    )
    assert "8x8: 0.500 and 0.125; 16x16: 0.250 and 0.000" in picture.alt


def test_guessed_bands_refuses_energies_that_do_not_fit(image):
    with pytest.raises(ValueError, match="one energy a scale"):
        guessed_bands({"real": image[None]}, [8, 16], [0.5], [0.1])
