import numpy as np
import pytest
import torch

from msgan_lessons.classroom import scale_plots
from msgan_lessons.classroom.pictures import Picture


@pytest.fixture
def image():
    return torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_sheet_gives_every_resolution_the_same_space():
    rows = [
        [torch.zeros(1, 4, 4), torch.ones(1, 8, 8)],
        [torch.ones(3, 2, 2), -torch.ones(1, 4, 4)],
    ]
    canvas = scale_plots.sheet(rows, cell=8, gap=2)
    assert canvas.shape == (18, 18, 3)
    assert (canvas[:8, :8] == 128).all()
    assert (canvas[10:, 10:] == 0).all()
    assert (canvas[8:10] == 255).all()  # the gap is white


def test_sheet_enlarges_by_repeating_pixels():
    image = torch.tensor([[[-1.0, 1.0], [1.0, -1.0]]])
    canvas = scale_plots.sheet([[image]], cell=6)[..., 0]
    checker = np.kron(np.array([[0, 255], [255, 0]]), np.ones((3, 3)))
    assert (canvas == checker).all()


@pytest.mark.parametrize("rows", [[], [[]], [[torch.zeros(1, 2, 2)], []]])
def test_sheet_refuses_rows_of_unequal_length(rows):
    with pytest.raises(ValueError, match="equally many images"):
        scale_plots.sheet(rows)


def test_an_image_without_its_finest_band_is_the_upsampled_coarser_one(image):
    parts = scale_plots.without_band(image, 3, "16x16")
    low = parts["pyramid"][-2][None]
    up = torch.nn.functional.interpolate(low, scale_factor=2, mode="bilinear")[0]
    assert torch.allclose(parts["rebuilt"][-1], up, atol=1e-6)
    assert not parts["bands"][-1].any()


@pytest.mark.parametrize("left_out", ["nothing", "64x64"])
def test_all_scales_are_rebuilt_when_no_band_is_left_out(image, left_out):
    parts = scale_plots.without_band(image, 3, left_out)
    assert all(map(torch.allclose, parts["rebuilt"], parts["pyramid"]))


def test_scales_below_the_band_left_out_stay_as_they_are(image):
    parts = scale_plots.without_band(image, 3, "8x8")
    same = [torch.allclose(a, b) for a, b in zip(parts["rebuilt"], parts["pyramid"], strict=True)]
    assert same == [True, False, False]


def test_pyramid_rows_names_the_band_that_is_missing(image):
    picture = scale_plots.pyramid_rows(image, 3, "8x8")
    assert isinstance(picture, Picture)
    assert "band left out: 8x8" in picture.alt
    assert "band left out: none" in scale_plots.pyramid_rows(image, 2, "4x4").alt


def test_guessed_bands_says_every_energy_in_words(image):
    picture = scale_plots.guessed_bands(
        {"coarse": image[None, :, ::2, ::2], "real": image[None]},
        [8, 16],
        [0.5, 0.25],
        [0.125, 0.0],
    )
    assert "8x8: 0.500 and 0.125; 16x16: 0.250 and 0.000" in picture.alt


def test_guessed_bands_refuses_energies_that_do_not_fit(image):
    with pytest.raises(ValueError, match="one energy a scale"):
        scale_plots.guessed_bands({"real": image[None]}, [8, 16], [0.5], [0.1])
