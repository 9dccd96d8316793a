import numpy as np
import pytest
import torch
from seeded import images

from msgan_lessons.lessons.l02_scales.pictures import GAP, PyramidBench
from msgan_lessons.losses import pixel_mse
from msgan_lessons.pyramid import image_pyramid, laplacian_pyramid, reconstruct

IMAGES = images(3, 1, 32, 32)


@pytest.fixture
def bench():
    return PyramidBench(IMAGES, n_scales=4)


def scales_of(index=0):
    return [x[index] for x in image_pyramid(IMAGES, 4)]


def paint_on(bench, k, stroke=1):
    """Point at the middle of a band."""
    bench.set("bands", ((k + 0.5) / 4, 0.5, stroke))


def differs(first, second):
    return [not torch.equal(a, b) for a, b in zip(first, second, strict=True)]


@pytest.mark.parametrize("index", [0, 2])
def test_reconstruction_is_exact_when_nothing_is_edited(bench, index):
    bench.set("image", index)
    for mine, real in zip(bench.rebuilt, scales_of(index), strict=True):
        torch.testing.assert_close(mine, real, atol=1e-5, rtol=0)
    frame = bench.frame()
    assert (frame["rebuilt"] == frame["scales"]).mean() > 0.999  # up to rounding to 256 levels
    assert np.isin(frame["lacks"], (127, 128)).all()
    assert "mean squared error 0.0000" in bench.status()


def test_the_slider_adds_whole_bands_and_fades_in_the_next(bench):
    for t, weights in ((0.0, [0, 0, 0, 0]), (2.0, [1, 1, 0, 0]), (2.25, [1, 1, 0.25, 0])):
        bench.set("reached", t)
        assert bench.weights == weights
    bands = laplacian_pyramid(IMAGES[:1], 4)
    by_hand = reconstruct([w * b for w, b in zip(weights, bands, strict=True)])[0]
    torch.testing.assert_close(bench.rebuilt[-1], by_hand)


def test_putting_together_k_bands_gives_scale_k_exactly_and_finer_ones_blurred(bench):
    bench.set("reached", 2.0)
    real = scales_of()
    rebuilt = bench.rebuilt
    assert all(map(torch.allclose, rebuilt[:2], real[:2]))
    up = torch.nn.functional.interpolate(real[1][None], scale_factor=2, mode="bilinear")[0]
    torch.testing.assert_close(rebuilt[2], up)


def test_reconstruction_is_linear_in_each_band(bench):
    whole = bench.rebuilt[-1]
    for r in bench.sizes:
        bench.set(f"gain_{r}", 0.0)
        without = bench.rebuilt[-1]
        bench.set(f"gain_{r}", 2.5)
        more = bench.rebuilt[-1]
        bench.set(f"gain_{r}", 1.0)
        expected = without + 2.5 * (whole - without)
        torch.testing.assert_close(more, expected, atol=1e-5, rtol=1e-5)


def test_paint_adds_the_same_to_every_image(bench):
    clean = []
    for index in (0, 1):
        bench.set("image", index)
        clean.append(bench.rebuilt[-1])
    paint_on(bench, 1)
    added = reconstruct([e[None] for e in bench.paint.layers])[0]
    assert added.any()
    for index in (0, 1):
        bench.set("image", index)
        torch.testing.assert_close(bench.rebuilt[-1], clean[index] + added, atol=1e-5, rtol=0)


@pytest.mark.parametrize("k", range(4))
def test_the_edit_of_one_band_changes_its_scale_and_finer_ones_alone(bench, k):
    before = bench.rebuilt
    paint_on(bench, k)
    expected = [j >= k for j in range(4)]
    assert differs(bench.rebuilt, before) == expected
    assert f"painted on {bench.sizes[k]}x{bench.sizes[k]}" in bench.status()
    bench.set("clear", None)
    assert differs(bench.rebuilt, before) == [False] * 4
    bench.set(f"gain_{bench.sizes[k]}", 2.0)
    assert differs(bench.rebuilt, before) == expected


@pytest.mark.parametrize(("paint", "sign"), [("brighter", 1), ("darker", -1)])
def test_paint_lands_on_the_pixel_below_the_pointer(bench, paint, sign):
    bench.set("paint", paint)
    bench.set("radius", 0)
    row = 4 * (32 + GAP) - GAP
    bench.set("bands", ((2 * (32 + GAP) + 32 * 5.5 / 16) / row, 9.5 / 16, 1))  # 16x16, (9, 5)
    layer = bench.paint.layers[2][0]
    assert layer.nonzero().tolist() == [[9, 5]]
    assert layer[9, 5] * sign > 0


@pytest.mark.parametrize("point", [(0.0, 0.0, 1), (1.0, 1.0, 2)])
def test_the_corners_can_be_painted(bench, point):
    bench.set("bands", point)
    assert sum(int(e.any()) for e in bench.paint.layers) == 1


def test_a_band_left_out_leaves_its_energy_as_the_error(bench):
    energy = laplacian_pyramid(IMAGES[:1], 4)[-1].square().mean().item()
    alt = bench.picture().alt  # where the menu says nothing, the finest
    assert "band left out: 32x32" in alt
    assert f"mean squared error of {energy:.4f}" in alt
    bench.set("left_out", "32x32")
    error = pixel_mse(bench.rebuilt[-1][None], IMAGES[:1]).item()
    assert error == pytest.approx(energy, rel=1e-4)
    assert f"mean squared error {error:.4f}" in bench.status()
    assert bench.status().endswith(", 0.000")  # its energy, as it is added
    bench.set("left_out", "8x8")
    assert "band left out: 8x8" in bench.picture().alt


@pytest.mark.parametrize(("channels", "side", "n"), [(1, 32, 4), (3, 16, 2)])
def test_frames_hold_a_row_of_all_scales_and_the_whole_image(channels, side, n):
    frame = PyramidBench(torch.rand(1, channels, side, side), n).frame()
    for name in ("scales", "bands", "rebuilt"):
        assert frame[name].shape == (side, n * (side + GAP) - GAP, 3)
    assert frame["whole"].shape == frame["lacks"].shape == (side, side, 3)
