import kornia
import numpy as np
import pytest
import torch
from scipy import ndimage

from msgan_lessons.pyramid import (
    bilinear_upsample,
    binomial_downsample,
    binomial_upsample,
    box_downsample,
    image_pyramid,
    laplacian_pyramid,
    reconstruct,
)

PAIRS = [(box_downsample, bilinear_upsample), (binomial_downsample, binomial_upsample)]


@pytest.fixture
def images():
    return torch.rand(3, 2, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_scales_run_from_coarse_to_fine_and_end_with_the_image(images):
    scales = image_pyramid(images, 4)
    assert [x.shape[-1] for x in scales] == [4, 8, 16, 32]
    assert scales[-1] is images


def test_box_pyramid_is_block_means(images):
    coarse = image_pyramid(images, 3)[0]
    blocks = images.reshape(3, 2, 8, 4, 8, 4).mean((3, 5))
    torch.testing.assert_close(coarse, blocks)


def test_box_pyramid_agrees_with_kornias_resize(images):
    expected = kornia.geometry.resize(images, (16, 16), interpolation="area")
    torch.testing.assert_close(box_downsample(images), expected)


def test_binomial_pyramid_agrees_with_scipy(images):
    taps = np.array([1, 4, 6, 4, 1]) / 16
    blurred = ndimage.convolve1d(images.numpy(), taps, axis=-1, mode="mirror")
    blurred = ndimage.convolve1d(blurred, taps, axis=-2, mode="mirror")
    expected = torch.from_numpy(blurred[..., ::2, ::2])
    torch.testing.assert_close(binomial_downsample(images), expected)


def test_binomial_blur_agrees_with_kornia(images):
    blurred = kornia.filters.filter2d(
        images, kornia.filters.kernels.get_pascal_kernel_2d(5)[None], border_type="reflect"
    )
    torch.testing.assert_close(binomial_downsample(images), blurred[..., ::2, ::2])


@pytest.mark.parametrize(("down", "up"), PAIRS)
@pytest.mark.parametrize("n_scales", [1, 2, 3, 4])
def test_reconstruct_undoes_the_laplacian_pyramid(images, down, up, n_scales):
    bands = laplacian_pyramid(images, n_scales, down, up)
    assert len(bands) == n_scales
    torch.testing.assert_close(reconstruct(bands, up), images, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("down", "up"), PAIRS)
def test_a_flat_image_has_no_bands(down, up):
    flat = torch.full((1, 1, 16, 16), 0.3)
    coarse, *bands = laplacian_pyramid(flat, 3, down, up)
    torch.testing.assert_close(coarse, torch.full((1, 1, 4, 4), 0.3))
    assert all(band.abs().max() < 1e-6 for band in bands)


def test_the_laplacian_pyramid_is_linear(images):
    for twice, once in zip(
        laplacian_pyramid(2 * images, 3), laplacian_pyramid(images, 3), strict=True
    ):
        torch.testing.assert_close(twice, 2 * once)


def test_box_downsample_keeps_the_mean(images):
    for scale in image_pyramid(images, 4):
        torch.testing.assert_close(scale.mean((2, 3)), images.mean((2, 3)))


@pytest.mark.parametrize(
    ("shape", "n_scales", "message"),
    [
        ((1, 1, 12, 12), 4, "resolution 12x12 cannot be halved 3 times.*divisible by 8"),
        ((1, 1, 8, 6), 3, "resolution 8x6"),
        ((1, 8, 8), 2, "images must have shape \\(B, C, H, W\\), got \\(1, 8, 8\\)"),
        ((1, 1, 8, 8), 0, "n_scales must be at least 1, got 0"),
    ],
)
def test_pyramids_refuse_what_they_cannot_halve(shape, n_scales, message):
    for function in (image_pyramid, laplacian_pyramid):
        with pytest.raises(ValueError, match=message):
            function(torch.zeros(shape), n_scales)


def test_pyramids_refuse_other_kinds():
    with pytest.raises(TypeError, match="images must be a torch.Tensor, got ndarray"):
        image_pyramid(np.zeros((1, 1, 8, 8)), 2)
    with pytest.raises(TypeError, match="n_scales must be an int, got float"):
        image_pyramid(torch.zeros(1, 1, 8, 8), 2.0)


def test_reconstruct_refuses_bands_that_do_not_double():
    with pytest.raises(ValueError, match="bands must double in size"):
        reconstruct([torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 12, 12)])
    with pytest.raises(ValueError, match="at least one tensor"):
        reconstruct([])
