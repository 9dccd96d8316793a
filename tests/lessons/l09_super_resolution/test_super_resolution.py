import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch.nn import functional as F

from msgan_lessons import datasets
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l09_super_resolution.content import (
    one_channel_distance,
    quarter_channel_distance,
    quarters,
    scores,
)
from msgan_lessons.lessons.l09_super_resolution.networks import (
    LaplacianSR,
    SRResNet,
    content_terms,
    pixel_terms,
    srgan,
)
from msgan_lessons.lessons.l09_super_resolution.pairs import (
    back_project,
    bicubic,
    consistency,
    open_large_images,
    training_pairs,
    upscale,
)
from msgan_lessons.metrics.features import perceptual_distance
from msgan_lessons.metrics.images import psnr
from msgan_lessons.pyramid import (
    bilinear_upsample,
    image_pyramid,
    laplacian_pyramid,
    nearest_upsample,
    reconstruct,
)
from msgan_lessons.training import Game, played

SMALL = {"channels": (6, 5, 4), "n_blocks": 1}


@pytest.fixture(scope="module")
def emoji():
    return datasets.open_images("emoji", split="test", resolution=64).images(slice(24))


def as_data(images):
    return ImageData("emoji", ((images + 1) * 127.5).round().to(torch.uint8))


def shaken(network):
    """A generator that adds something, as after a training."""
    torch.manual_seed(1)
    for p in network.parameters():
        p.data += 0.05 * torch.randn_like(p)
    return network


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_after_back_projection_an_image_averages_to_the_small_one(n):
    torch.manual_seed(0)
    low = torch.randn(2, 3, 4, 6).double()
    x = torch.randn(2, 3, 4 * 2**n, 6 * 2**n).double()
    once = back_project(x, low)
    torch.testing.assert_close(F.avg_pool2d(once, 2**n), low)
    torch.testing.assert_close(back_project(once, low), once)  # a projection
    assert consistency(once, low).max() < 1e-12


def test_back_projection_never_moves_an_image_away_from_the_real_one(emoji):
    low = image_pyramid(emoji, 3)[0]
    torch.manual_seed(0)
    x = emoji + torch.randn_like(emoji)
    before, after = ((y - emoji).square().sum((1, 2, 3)) for y in (x, back_project(x, low)))
    moved = (x - back_project(x, low)).square().sum((1, 2, 3))
    torch.testing.assert_close(before, after + moved)  # Pythagoras: it is orthogonal


def test_back_projection_leaves_the_bands_above_the_coarse_scale_alone():
    x = torch.randn(1, 1, 16, 16)
    moved = back_project(x, torch.zeros(1, 1, 4, 4)) - x
    squares = moved.reshape(4, 4, 4, 4)
    torch.testing.assert_close(squares, squares.mean((1, 3), keepdim=True).expand(4, 4, 4, 4))


def test_bicubic_is_that_of_pillow_up_to_the_coefficient_and_keeps_ramps():
    ramp = torch.arange(16.0).expand(1, 1, 16, 16)
    inside = bicubic(ramp, 1)[0, 0, 8, 6:-6]
    expected = (torch.arange(6, 26) + 0.5) / 2 - 0.5
    torch.testing.assert_close(inside, expected, atol=0.05, rtol=0)
    smooth = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(16, 16)), 2)
    ours = bicubic(torch.tensor(smooth, dtype=torch.float32)[None, None])[0, 0]
    pillow = np.asarray(Image.fromarray(smooth.astype("f")).resize((64, 64), Image.BICUBIC))
    assert np.abs(ours.numpy() - pillow).max() < 0.1 * np.abs(smooth).max()


@pytest.mark.parametrize("make", [SRResNet, LaplacianSR])
def test_a_generator_averages_to_the_small_image_whatever_its_weights(make):
    G, low = shaken(make(**SMALL)), torch.rand(2, 3, 8, 12) * 2 - 1
    images = G(low)
    images = images if isinstance(images, list) else [images]
    assert images[-1].shape == (2, 3, 32, 48)
    assert all(consistency(x, low).max() < 1e-5 for x in images)
    assert (images[-1] - make(**SMALL)(low).__getitem__(-1)).abs().max() > 0.01


def test_an_untrained_generator_is_interpolation():
    low = torch.rand(2, 3, 8, 8) * 2 - 1
    torch.testing.assert_close(SRResNet(**SMALL)(low), [back_project(bicubic(low), low)])
    middle, large = LaplacianSR(**SMALL)(low)
    torch.testing.assert_close(middle, back_project(bilinear_upsample(low), low))
    torch.testing.assert_close(large, back_project(bilinear_upsample(middle), middle))


def test_the_laplacian_generator_is_a_pyramid_put_together():
    G, low = shaken(LaplacianSR(**SMALL)), torch.rand(2, 3, 8, 8) * 2 - 1
    images, bands = G(low), G.bands(low)
    torch.testing.assert_close(reconstruct(bands), images[-1])
    for mine, other in zip(bands, laplacian_pyramid(images[-1], 3), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=0)
    for mine, other in zip([low, *images], image_pyramid(images[-1], 3), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=0)


def test_upscale_clips_restores_the_mode_and_takes_the_finest():
    G, low = shaken(LaplacianSR(**SMALL)).train(), torch.rand(70, 3, 4, 4) * 2 - 1
    large = upscale(G, low)
    assert G.training
    assert not large.requires_grad
    torch.testing.assert_close(large, G(low)[-1].clamp(-1, 1))
    assert upscale(lambda x: 9 * bicubic(x), low).abs().max() == 1


def test_the_two_variants_and_what_judges_them():
    low = torch.rand(2, 3, 16, 16)
    one, both = srgan(width=4), srgan(variant="laplacian", width=4)
    assert [x.shape for x in one.generator(low)] == [(2, 3, 64, 64)]
    assert [x.shape for x in one.discriminator(one.generator(low))] == [(2, 1, 8, 8)]
    assert [x.shape[-1] for x in both.discriminator(both.generator(low))] == [4, 8]
    assert one.arguments["variant"] == "srresnet"
    rebuilt = srgan(**both.arguments)
    assert rebuilt.generator.state_dict().keys() == both.generator.state_dict().keys()


def test_pairs_are_the_scales_of_a_pyramid(emoji):
    data, _ = open_large_images("emoji")
    (low,), (real,) = next(training_pairs(data, 3, Streams(0)))
    (again,), scales = next(training_pairs(data, 3, Streams(0), every_scale=True))
    assert torch.equal(low, again)
    assert torch.equal(real, scales[-1])
    for x, y in zip([low, *scales], image_pyramid(real, 3), strict=True):
        assert torch.equal(x, y)


def test_held_out_emoji_are_none_of_the_training_ones():
    train, test = open_large_images("emoji")
    seen = {x.numpy().tobytes() for x in train.pixels}
    assert not any(x.numpy().tobytes() in seen for x in test.pixels)


def test_a_folder_is_split_and_small_images_are_refused(tmp_path):
    noise = np.random.default_rng(0)
    for k in range(10):
        pixels = noise.integers(0, 256, (70, 80, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{k}.png")
    train, test = open_large_images(f"folder:{tmp_path}")
    assert (len(train), len(test)) == (8, 2)
    (tmp_path / "0.png").unlink()
    with pytest.raises(ValueError, match="must hold at least 10 images, got 9"):
        open_large_images(f"folder:{tmp_path}")
    Image.new("RGB", (2, 2)).save(tmp_path / "tiny.png")
    with pytest.raises(ValueError, match="64"):
        open_large_images(f"folder:{tmp_path}")


def test_the_minimiser_of_the_pixel_loss_is_the_mean():
    both = torch.randn(2, 3, 8, 8)  # two real images of one small image, equally likely
    guess = torch.zeros(1, 3, 8, 8, requires_grad=True)
    pixel_terms((), [both], [guess.expand(2, -1, -1, -1)])["pixel"].backward()
    torch.testing.assert_close(guess.grad, -2 * both.mean(0, keepdim=True) / 192)
    at_mean = pixel_terms((), [both], [both.mean(0).expand_as(both)])["pixel"]
    drawn = (both[:, None] - both[None]).square().mean()  # a G that draws one of the two
    torch.testing.assert_close(drawn, 2 * at_mean)


def test_terms_are_means_over_scales_and_weighted(emoji):
    real = image_pyramid(emoji[:2], 3)[1:]
    fake = [x + 0.1 for x in real]
    one, other = (content_terms(one_channel_distance, *weights) for weights in ((), (3.0, 0.5)))
    each = [one_channel_distance(f, r).mean() for f, r in zip(fake, real, strict=True)]
    torch.testing.assert_close(one((), real, fake)["content"], sum(each) / 2)
    assert list(one((), real, fake)) == ["content"]
    weighted = other((), real, fake)
    torch.testing.assert_close(weighted["content"], 3 * sum(each) / 2)
    assert weighted["pixel"].item() == pytest.approx(0.5 * 0.01, rel=1e-4)


def test_one_channel_at_a_time_is_the_whole_distance_on_average(emoji):
    x, y = emoji[:1].expand(3, -1, -1, -1), emoji[1:2].expand(3, -1, -1, -1)
    torch.testing.assert_close(one_channel_distance(x, y).mean(), perceptual_distance(x, y)[0])


def test_parts_are_one_channel_of_one_quarter(emoji):
    twelve, other = (x.expand(12, -1, -1, -1) for x in (emoji[:1], emoji[1:2]))
    parts = quarter_channel_distance(twelve, other)
    for i in range(12):
        top, left = 32 * (i // 3 // 2), 32 * (i // 3 % 2)
        cut = [x[:1, i % 3 : i % 3 + 1, top : top + 32, left : left + 32] for x in (twelve, other)]
        torch.testing.assert_close(parts[i : i + 1], perceptual_distance(*cut))


def test_quarters_hold_every_pixel_once(emoji):
    parts = quarters(emoji[:3])
    assert parts.shape == (12, 3, 32, 32)
    rows = [torch.cat([parts[k : k + 3], parts[k + 3 : k + 6]], 3) for k in (0, 6)]
    assert torch.equal(torch.cat(rows, 2), emoji[:3])


def test_scores_of_equal_images_are_the_best_and_of_bicubic_worse(emoji):
    low = image_pyramid(emoji, 3)[0]
    same, blurred = scores(emoji, emoji, low), scores(emoji, upscale(bicubic, low), low)
    assert same["psnr"] > 100
    assert same["ssim"] == pytest.approx(1)
    assert max(v for k, v in same.items() if k not in ("psnr", "ssim")) < 1e-5
    assert blurred["psnr"] == pytest.approx(psnr(emoji, upscale(bicubic, low)).mean().item())
    assert all(same[k] < v for k, v in blurred.items() if k not in ("psnr", "ssim"))


def test_scores_see_a_lost_fine_band(emoji):
    low = image_pyramid(emoji, 3)[0]
    middle = nearest_upsample(image_pyramid(emoji, 3)[1])
    lost = scores(emoji, middle, low)
    assert lost["swd_64"] > 5 * lost["consistency"]
    assert math.isclose(lost["consistency"], 0, abs_tol=1e-6)


@pytest.mark.parametrize("variant", ["srresnet", "laplacian"])
def test_a_game_of_each_variant_plays_against_d_with_a_content_loss(emoji, variant):
    streams = Streams(0)
    streams.seed_weights()
    model = srgan(variant=variant, width=4, n_blocks=1)
    batches = training_pairs(as_data(emoji), 4, streams, every_scale=variant == "laplacian")
    game = Game(
        model.generator, model.discriminator, batches, model.config, streams=streams, device="cpu",
        terms=content_terms(one_channel_distance), adversarial=0.1,
    )  # fmt: skip
    rows = list(played(game, steps=3))
    assert {"d_loss", "g_loss", "content"} <= rows[0].keys()
    assert all(math.isfinite(v) for row in rows for v in row.values() if v is not None)


def test_a_minute_of_pixel_loss_in_small_beats_bicubic_on_its_own_images(emoji):
    low = image_pyramid(emoji, 3)[0]
    streams = Streams(0)
    streams.seed_weights()
    G = SRResNet(channels=(12, 9, 6), n_blocks=1)
    batches = training_pairs(as_data(emoji), 8, streams)
    alone = {"terms": pixel_terms, "adversarial": 0.0, "device": "cpu"}
    game = Game(G, None, batches, srgan().config, **alone)
    for _ in played(game, steps=60):
        pass
    after, before = (psnr(emoji, upscale(g, low)).mean() for g in (G, bicubic))
    assert after > before + 1


@pytest.mark.parametrize(("call", "words"), [
    *((lambda shape=shape: back_project(torch.zeros(shape), torch.zeros(1, 3, 4, 4)),
       r"images must halve to low \(1, 3, 4, 4\), got")
      for shape in ((1, 3, 12, 12), (1, 3, 8, 16), (1, 1, 16, 16), (1, 3, 2, 2), (2, 3, 16, 16))),
    *((lambda make=make, shape=shape: upscale(make(**SMALL), torch.zeros(shape)),
       r"with at least 4x4 pixels, got \(")
      for make in (SRResNet, LaplacianSR)
      for shape in ((1, 3, 2, 2), (1, 1, 16, 16), (3, 16, 16))),
    *((lambda make=make: make(channels=(4,)), "channels must have at least two entries")
      for make in (SRResNet, LaplacianSR)),
    *((lambda wrong=wrong: srgan(**wrong), words) for wrong, words in (
        ({"variant": "edsr"}, "variant must be one of srresnet, laplacian, got 'edsr'"),
        ({"resolution": 8}, "resolution must be a multiple of 4 from 16 and width at least 2"),
        ({"resolution": 66}, "got 66 and 16"), ({"width": 1}, "got 64 and 1"),
        ({"n_blocks": 0}, "n_blocks be at least 1"))),
    *((lambda name=name: open_large_images(name), "at least 64x64 pixels, got")
      for name in ("fashion_mnist", "cifar10")),
    (lambda: open_large_images("emoji", 128), "at least 128x128 pixels, got emoji with 64x64"),
])  # fmt: skip
def test_a_wrong_call_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
