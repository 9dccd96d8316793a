import numpy as np
import pytest
import torch
from torch.nn import functional as F

from msgan_lessons import datasets
from msgan_lessons.lessons.l09_super_resolution.bench import UpscaleBench
from msgan_lessons.lessons.l09_super_resolution.pairs import bicubic, upscale
from msgan_lessons.metrics.images import psnr

METHODS = {
    "nearest": lambda low: F.interpolate(low, scale_factor=4),
    "bicubic": lambda low: upscale(bicubic, low),
}


@pytest.fixture(scope="module")
def images():
    return datasets.open_images("emoji", split="test", resolution=64).images(slice(9))


@pytest.fixture
def bench(images):
    return UpscaleBench(images, METHODS)


def test_the_small_image_is_the_mean_of_4x4_squares(bench, images):
    bench.set("image", 4)
    torch.testing.assert_close(bench.low, F.avg_pool2d(images[4:5], 4)[0])
    torch.testing.assert_close(bench.large("bicubic"), upscale(bicubic, bench.low[None])[0])


def test_what_is_painted_is_enlarged_and_can_be_cleared(bench):
    before = bench.large("nearest").clone()
    bench.set("low", (0.5, 0.25, 1))
    after = bench.large("nearest")
    changed = (before != after).any(0).nonzero()
    assert changed.min(0).values.tolist() == [16, 32]
    assert changed.max(0).values.tolist() == [19, 35]
    assert (after[:, 16:20, 32:36] == -1).all()
    assert "painted" in bench.status()
    bench.set("clear", None)
    assert torch.equal(bench.large("nearest"), before)


def test_status_tells_psnr_of_every_method(bench, images):
    told = [psnr(images[:1], m(F.avg_pool2d(images[:1], 4))).item() for m in METHODS.values()]
    assert bench.status().endswith(f"nearest {told[0]:.1f}, bicubic {told[1]:.1f}")


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.5, 0.5), (0.99, 0.2), (1.0, 1.0)])
def test_the_part_that_is_looked_at_lies_inside_and_holds_the_place(bench, place):
    bench.set("large", place)
    bench.set("zoom", "4 times")
    across, down = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="xy")
    part = bench._part(torch.stack([across, down]))
    assert part.shape == (2, 16, 16)
    for k in (0, 1):
        wanted = min(int(place[k] * 64), 63)
        assert part[k].min() <= wanted <= part[k].max()


def test_bands_of_the_real_image_stand_beside_those_that_were_drawn(bench, images):
    bench.methods["all"] = lambda low: images[:1]
    bench.set("method", "all")
    added = bench.frame()["added"]
    width = (added.shape[1] - 6) // 4
    drawn, real = added[:, : 2 * width + 2], added[:, -2 * width - 2 :]
    assert np.array_equal(drawn, real)
