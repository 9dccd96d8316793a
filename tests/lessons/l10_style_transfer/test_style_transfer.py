import copy
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from seeded import images, stream
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l10_style_transfer.game import (
    CycleGame,
    ImagePool,
    cycle_loss,
    identity_loss,
    unpaired_batches,
)
from msgan_lessons.lessons.l10_style_transfer.networks import (
    PairedDiscriminator,
    Translator,
    Translators,
    cyclegan,
    equal_width,
    forward_flops,
)
from msgan_lessons.lessons.l10_style_transfer.scores import (
    colour_curves,
    colour_matched,
    with_curves,
)
from msgan_lessons.losses import find_loss
from msgan_lessons.steps import generator_step
from msgan_lessons.training import played

SMALL = {"resolution": 16, "width": 4, "n_blocks": 1, "n_scales": 2, "d_width": 4}


def data(name, seed):
    pixels = torch.randint(0, 256, (12, 3, 16, 16), generator=stream(seed))
    return ImageData(name, pixels.to(torch.uint8))


def game(seed=0, **changes):
    streams = Streams(seed)
    streams.seed_weights()
    model = cyclegan(**SMALL)
    average = copy.deepcopy(model.generator)
    batches = unpaired_batches(data("first", 1), data("second", 2), 4, streams)
    return CycleGame(
        model, batches, streams=streams, device="cpu", generator_ema=average, **changes
    )


def test_an_untrained_translator_changes_nothing_and_a_trained_one_stays_in_range():
    network, x = Translator(width=4), images(2, 3, 32, 32)
    assert torch.equal(network(x), x)
    nn.init.normal_(network.change.weight, std=5.0)
    y = network(x)
    assert y.shape == x.shape
    assert y.min() >= -1
    assert y.max() <= 1
    assert (x - y).abs().max() <= 0.5 + 1e-6
    assert not torch.equal(x, y)


def test_a_pixel_beyond_white_can_come_back():
    network, x = Translator(width=4), torch.ones(1, 3, 16, 16)
    nn.init.constant_(network.change.bias, 0.5)
    y = network(x)
    assert torch.equal(y, x)
    y.sum().backward()
    slope = torch.tensor(256 * 0.5 / 1.5**2)
    assert torch.allclose(network.change.bias.grad, slope.expand(3))


def test_both_directions_and_the_way_back():
    both = Translators(lambda: Translator(width=2))
    for network in (both.there, both.back):
        nn.init.normal_(network.change.weight)
    x, y = images(2, 3, 16, 16), images(2, 3, 16, 16, seed=1)
    fake = both(x, y)
    assert torch.equal(fake[0], both.there(x))
    assert torch.equal(fake[1], both.back(y))
    cycled = both.cycles(fake)
    assert torch.equal(cycled[0], both.back(both.there(x)))
    assert torch.equal(cycled[1], both.there(both.back(y)))


def test_each_style_has_its_own_d_which_sees_ink():
    jury = cyclegan(**SMALL).discriminator
    y, x = images(2, 3, 16, 16), images(2, 3, 16, 16, seed=1)
    logits = jury([y, x])
    alone = [*jury.of_second([1 - y]), *jury.of_first([1 - x])]
    assert all(map(torch.equal, logits, alone))
    moved = jury([y, -x])
    assert torch.equal(moved[0], logits[0])
    assert not torch.equal(moved[2], logits[2])


@pytest.mark.parametrize("n_scales", [1, 2, 3])
def test_one_scale_at_equal_width_costs_what_several_cost(n_scales):
    def jury(scales, width):
        return cyclegan(resolution=32, n_scales=scales, d_width=width, width=2).discriminator

    pair, wide = [torch.zeros(1, 3, 32, 32)] * 2, equal_width(16, n_scales, 32)
    several, one = forward_flops(jury(n_scales, 16), pair), forward_flops(jury(1, wide), pair)
    assert one == pytest.approx(several, rel=0.05)
    assert isinstance(jury(1, wide), PairedDiscriminator)


def test_flops_by_hand():
    layer = nn.Conv2d(3, 5, 4, 2, 1)
    assert forward_flops(layer, torch.zeros(2, 3, 8, 8)) == 2 * 2 * 4 * 4 * 5 * 3 * 4 * 4


def test_cycle_loss_is_the_two_l1_means():
    x, y = images(2, 3, 8, 8), images(2, 3, 8, 8, seed=1)
    found = cycle_loss([x, y], [y, x])
    assert torch.allclose(found, 2 * nn.functional.l1_loss(x, y))
    assert cycle_loss([x, y], [x, y]) == 0
    assert identity_loss([y, x], [y + 0.25, x]).item() == pytest.approx(0.25)


def test_formula_26_is_what_g_minimises():
    game_, loss = game(), find_loss("lsgan")
    for network in (game_.generator.there, game_.generator.back):
        nn.init.normal_(network.change.weight, std=0.1)
    x, y = images(4, 3, 16, 16), images(4, 3, 16, 16, seed=1)
    g, d = game_.generator, game_.discriminator
    there, back = g.there(x), g.back(y)
    whole = (
        loss.generator(d.of_second([1 - there]))
        + loss.generator(d.of_first([1 - back]))
        + 10 * ((g.back(there) - x).abs().mean() + (g.there(back) - y).abs().mean())
        + 5 * ((g.there(y) - y).abs().mean() + (g.back(x) - x).abs().mean())
    )
    wanted = torch.autograd.grad(whole, list(g.parameters()))
    fake = g(x, y)
    terms = game_._terms((x, y), [y, x], fake)
    still = torch.optim.SGD(g.parameters(), lr=0.0)
    generator_step(d, still, fake, loss, extra=sum(terms.values()), weight=2.0)
    for parameter, gradient in zip(g.parameters(), wanted, strict=True):
        assert torch.allclose(parameter.grad, gradient, atol=1e-6)


def test_a_pool_that_is_not_full_hands_on_what_it_gets():
    given = images(50, 3, 2, 2)
    assert torch.equal(ImagePool(50, stream())(given), given)


def test_a_full_pool_exchanges_half_of_what_comes_and_loses_nothing():
    pool = ImagePool(50, stream())
    pool(torch.zeros(50, 1, 1, 1))
    out = torch.cat([pool(torch.full((1, 1, 1, 1), k + 1.0)) for k in range(1000)])
    now = (out.flatten() == torch.arange(1, 1001)).float().mean()
    assert 0.45 < now < 0.55
    kept = torch.stack(pool.images).flatten()
    everything = torch.cat([out.flatten(), kept]).sort().values
    assert torch.equal(everything, torch.cat([torch.zeros(50), torch.arange(1, 1001.0)]))


def test_a_pool_of_none_is_no_pool_and_keeps_no_graph():
    pool, given = ImagePool(0, stream()), images(4, 3, 2, 2).requires_grad_()
    assert torch.equal(pool(given), given.detach())
    assert not pool(given).requires_grad


def test_the_game_plays_and_reports_its_terms():
    rows = list(played(game(), steps=3, max_seconds=60))
    assert [row["n_images"] for row in rows] == [4, 8, 12]
    assert rows[0]["cycle"] == 0  # an untrained G changes nothing
    assert rows[-1]["cycle"] > 0
    assert {"d_loss", "g_loss", "identity", "d_real_before", "d_fake_before"} <= rows[-1].keys()


def test_g_waits_while_d_has_its_head_start():
    game_ = game(head_start=2)
    before = copy.deepcopy(game_.generator.state_dict())
    rows = list(played(game_, steps=2, max_seconds=60))
    assert rows[-1]["g_loss"] is None
    assert all(torch.equal(before[k], v) for k, v in game_.generator.state_dict().items())
    assert game_.step()["g_loss"] > 0
    assert not torch.equal(before["there.change.weight"], game_.generator.there.change.weight)


def test_the_head_start_leaves_g_half_of_the_time(monkeypatch):
    clock = SimpleNamespace(perf_counter=itertools.count().__next__)  # a step takes a second
    monkeypatch.setattr("msgan_lessons.training.time", clock)
    slow, rows = game(head_start=300), []
    for row in played(slow, steps=1000, max_seconds=8):
        slow.hurry(row["seconds"] / 8)
        rows.append(row)
    assert [row["g_loss"] is None for row in rows] == 4 * [True] + 4 * [False]


def test_without_a_limit_of_time_the_head_start_is_as_long_as_it_was_told_to_be():
    game_ = game(head_start=2)
    for row in played(game_, steps=3):
        game_.hurry(row["seconds"] / float("inf"))
    assert game_.head_start == 2
    assert row["g_loss"] is not None


def test_weights_of_zero_leave_the_terms_out():
    row = game(cycle=0, identity=0).step()
    assert not {"cycle", "identity"} & row.keys()


def test_batches_are_moved_over_white_and_never_paired():
    streams = Streams(0)
    first = ImageData("black", torch.zeros(4, 3, 64, 64, dtype=torch.uint8))
    second = ImageData("white", torch.full((6, 3, 64, 64), 255, dtype=torch.uint8))
    (x, y), (again_y, again_x) = next(unpaired_batches(first, second, 4, streams))
    assert torch.equal(y, torch.ones(4, 3, 64, 64))
    assert set(x.unique().tolist()) <= {-1.0, 1.0}
    assert ((x == 1).float().mean((1, 2, 3)) <= 1 - (60 / 64) ** 2 + 1e-6).all()
    assert x is again_x
    assert y is again_y


def test_curves_agree_with_matched_histograms_by_interpolation():
    s, t = (np.random.default_rng(k).integers(low, high, 4096) for k, low, high in
            ((0, 20, 220), (1, 90, 250)))  # fmt: skip
    _, places, counts = np.unique(s, return_inverse=True, return_counts=True)
    wanted_levels, wanted_counts = np.unique(t, return_counts=True)
    shares = counts.cumsum() / counts.sum()
    matched = np.interp(shares, wanted_counts.cumsum() / wanted_counts.sum(), wanted_levels)[places]

    def pixels(v):
        return torch.from_numpy(v.astype(np.uint8)).reshape(-1, 1, 64, 64)

    curves = colour_curves(ImageData("s", pixels(s)), ImageData("t", pixels(np.tile(t, 2))))
    ours = (with_curves(pixels(s).float() / 127.5 - 1, curves) + 1) * 127.5
    assert np.abs(ours.numpy().ravel() - matched).max() <= 2
    assert (curves.diff() >= 0).all()


def test_white_stays_white():
    half = torch.full((1, 3, 16, 16), 255, dtype=torch.uint8)
    half[..., :8] = torch.randint(0, 200, (1, 3, 16, 8), dtype=torch.uint8)
    other = half.clone()
    other[..., :8] //= 2
    curves = colour_curves(ImageData("s", half), ImageData("t", other))
    assert (curves[:, 255] == 255).all()


def test_both_styles_get_each_others_colours():
    first, second = data("first", 1), data("second", 2)
    x, y = first.images(), second.images()
    there, back = colour_matched(first, second, [x, y])
    assert there.shape == x.shape
    assert torch.equal(there, with_curves(x, colour_curves(first, second)))
    assert torch.equal(back, with_curves(y, colour_curves(second, first)))


ZEROS, BLACK = torch.zeros(2, 3, 8, 8), ImageData("black", torch.zeros(4, 3, 16, 16).byte())
GREY = ImageData("grey", torch.zeros(4, 1, 16, 16).byte())


@pytest.mark.parametrize(("call", "words"), [
    *((lambda shape=shape: Translator(width=2)(torch.zeros(shape)), "H and W divisible by 4, got")
      for shape in ((1, 3, 30, 32), (3, 32, 32))),
    *((lambda name=name: Translator(**{name: 0}), "must be at least 1, got 0")
      for name in ("width", "n_blocks")),
    *((lambda wrong=wrong: cyclegan(**{"n_scales": 3, **wrong}), "must be divisible by 8")
      for wrong in ({"resolution": 24}, {"n_scales": 0}, {"resolution": 4})),
    *((lambda loss=loss: loss([ZEROS, ZEROS], [ZEROS, ZEROS[:1]]), "one shape before and after")
      for loss in (cycle_loss, identity_loss)),
    (lambda: ImagePool(-1, stream()), "size must be >= 0, got -1"),
    (lambda: game(head_start=-1), "head_start must be >= 0, got -1"),
    (lambda: game(cycle=-1), "cycle and identity must be >= 0, got -1"),
    (lambda: unpaired_batches(BLACK, BLACK, 5, Streams(0)), "from 1 to the 4 images of black"),
    (lambda: colour_curves(BLACK, GREY), "as many channels, got 3 and 1"),
])  # fmt: skip
def test_a_wrong_call_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
