"""Each member of the family is what its paper says: DCGAN, LAPGAN, ProGAN, MSG-GAN, pooled D."""

import copy

import kornia
import pytest
import torch
from torch import nn

from msgan_lessons import family
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l08_multiscale_gan.lab import ScaleLab
from msgan_lessons.losses import feature_matching
from msgan_lessons.pyramid import (
    GrowthSchedule,
    bilinear_upsample,
    box_downsample,
    fade,
    grown_images,
    image_pyramid,
    laplacian_pyramid,
    nearest_upsample,
    pyramid_like,
    reconstruct,
)
from msgan_lessons.training import Game, TrainConfig, train

SMALL = {"resolution": 16, "channels": (8, 4, 4)}


def images(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def latents(g, count=4, seed=0):
    return torch.randn(count, g.latent_dim, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", family.MODELS)
@pytest.mark.parametrize(("resolution", "img_channels"), [(8, 3), (16, 1), (64, 3), (256, 1)])
def test_every_member_plays_at_every_resolution_and_in_colour(name, resolution, img_channels):
    pair = family.build(name, resolution=resolution, img_channels=img_channels, width=1)
    fake = pair.generator(latents(pair.generator, 2))
    assert fake[-1].shape == (2, img_channels, resolution, resolution)
    assert all(x.abs().max() <= 1 for x in fake)
    logits = pair.discriminator(pyramid_like(images(2, img_channels, resolution, resolution), fake))
    assert all(s.isfinite().all() for s in ([logits] if torch.is_tensor(logits) else logits))


@pytest.mark.parametrize("name", family.MODELS)
def test_every_member_trains_and_can_be_built_again_from_its_arguments(name):
    streams = Streams(0)
    streams.seed_weights()
    pair = family.build(name, resolution=16, width=2)
    pair = pair.with_(growth_images=8) if name == "progan" else pair
    start = copy.deepcopy(pair.generator.state_dict())
    batch, g = images(4, 1, 16, 16), pair.generator
    rows = list(
        train(g, pair.discriminator, iter(lambda: batch, None), pair.config, steps=12, device="cpu")
    )
    assert rows[-1]["n_images"] == 48
    assert not all(torch.equal(start[k], v) for k, v in g.state_dict().items())
    again = family.build(pair.name, **pair.arguments).generator
    again.load_state_dict(g.state_dict())
    z = latents(g)
    for a, b in zip(g.eval()(z), again.eval()(z), strict=True):
        torch.testing.assert_close(a, b)  # one of them has its weights channels last


# --- ProGAN ---


def growing_pair():
    torch.manual_seed(0)
    g = MultiScaleGenerator(**SMALL, latent_dim=8, emit="fading").eval()
    return g, MultiScaleDiscriminator(**SMALL, inject="fading")


def test_progan_at_alpha_0_is_the_coarser_output_enlarged():
    g, _ = growing_pair()
    z = latents(g)
    for depth in (2, 3):
        coarse = g(z, depth=depth - 1, alpha=1.0)[0]
        assert torch.equal(g(z, depth=depth, alpha=0.0)[0], nearest_upsample(coarse))


def test_progan_fades_in_a_straight_line():
    g, _ = growing_pair()
    old, half, new = (g(latents(g), depth=2, alpha=a)[0] for a in (0.0, 0.5, 1.0))
    torch.testing.assert_close(half, (old + new) / 2)


def test_progan_d_at_alpha_0_judges_the_coarser_image():
    _, d = growing_pair()
    x = images(4, 1, 16, 16)
    d.grow_to(3, 0.0)
    fine = d(x)
    d.grow_to(2, 1.0)
    torch.testing.assert_close(fine, d(box_downsample(x)))


def test_grown_up_progan_is_dcgan():
    g, d = growing_pair()
    plain_g = MultiScaleGenerator(**SMALL, latent_dim=8, emit="finest").eval()
    plain_g.blocks.load_state_dict(g.blocks.state_dict())
    plain_g.to_rgb[0].load_state_dict(g.to_rgb[-1].state_dict())
    assert torch.equal(g(latents(g))[0], plain_g(latents(g))[0])
    plain_d = MultiScaleDiscriminator(**SMALL, inject="finest")
    plain_d.load_state_dict(d.state_dict(), strict=False)
    x = images(4, 1, 16, 16)
    assert torch.equal(d(x), plain_d(x))


def test_blocks_finer_than_the_depth_rest():
    g, d = growing_pair()
    g.grow_to(2)
    d.grow_to(2)
    d(g.train()(latents(g))).sum().backward()
    assert [next(b.parameters()).grad is not None for b in g.blocks] == [True, True, False]
    assert [next(b.parameters()).grad is not None for b in d.blocks] == [False, True, True]


def test_the_depth_that_was_reached_is_saved_with_the_weights():
    g, _ = growing_pair()
    g.grow_to(2, 0.25)
    other = MultiScaleGenerator(**SMALL, latent_dim=8, emit="fading").eval()
    other.load_state_dict(g.state_dict())
    assert torch.equal(other(latents(g))[0], g(latents(g), depth=2, alpha=0.25)[0])
    with pytest.raises(ValueError, match="depth must be from 1 to 3, got 4"):
        g(latents(g), depth=4)


def test_growth_holds_fades_and_holds_again():
    schedule = GrowthSchedule(phase_images=10, n_scales=3)
    seen = [schedule.stage(n) for n in (0, 9, 10, 15, 20, 29, 30, 38, 40, 10**9)]
    assert seen == [
        (1, 1.0), (1, 1.0), (2, 0.0), (2, 0.5), (2, 1.0), (2, 1.0), (3, 0.0), (3, 0.8), (3, 1.0),
        (3, 1.0),
    ]  # fmt: skip
    assert GrowthSchedule(5, 1).stage(7) == (1, 1.0)
    with pytest.raises(ValueError, match="phase_images must be at least 1, got 0"):
        GrowthSchedule(0, 3)


def test_real_images_are_faded_like_the_generated_ones():
    x = images(2, 1, 16, 16)
    assert torch.equal(grown_images(x, 8, 1.0), box_downsample(x))
    coarse = box_downsample(x)
    assert torch.equal(grown_images(x, 16, 0.25), fade(x, coarse, 0.25))
    torch.testing.assert_close(box_downsample(grown_images(x, 16, 0.0)), coarse)


def test_training_grows_both_players_and_the_average_with_n_images():
    pair = family.progan(resolution=16, width=2).with_(growth_images=8, batch_size=4)
    average = copy.deepcopy(pair.generator)
    batch = images(4, 1, 16, 16)
    rows = train(
        pair.generator, pair.discriminator, iter(lambda: batch, None), pair.config, steps=10,
        generator_ema=average, device="cpu",
    )  # fmt: skip
    stages = []
    for _row in rows:
        players = (pair.generator, pair.discriminator, average)
        assert len({tuple(p.stage.tolist()) for p in players}) == 1
        stages.append(tuple(average.stage.tolist()))
    hold, fading = [(1.0, 1.0)] * 2, [(2.0, 0.0), (2.0, 0.5)]
    assert stages[:6] == [*hold, *fading, (2.0, 1.0), (2.0, 1.0)]
    assert stages[-1] == (3.0, 1.0)


# --- LAPGAN ---


def residual_generator():
    torch.manual_seed(0)
    return MultiScaleGenerator(**SMALL, latent_dim=8, emit="residual", carry="image").eval()


class Constant(nn.Module):
    """Paints the same picture whatever enters."""

    def __init__(self, picture):
        super().__init__()
        self.picture = picture

    def forward(self, h):
        return self.picture


def test_lapgan_that_draws_the_true_bands_draws_the_real_image():
    x = images(4, 1, 16, 16) * 0.9
    first, *bands = laplacian_pyramid(x, 3)
    g = residual_generator()
    g.to_rgb = nn.ModuleList(map(Constant, [first.atanh(), *bands]))
    torch.testing.assert_close(g(latents(g))[-1], x)
    torch.testing.assert_close(g(latents(g))[-1], reconstruct([first, *bands]))


def test_lapgan_levels_start_from_the_real_image_below_them():
    g, x = residual_generator(), images(4, 1, 16, 16)
    low = image_pyramid(x, 3)[:-1]
    g.to_rgb[1], g.to_rgb[2] = Constant(torch.zeros(1)), Constant(torch.zeros(1))
    taught = g(latents(g), low=low)
    assert torch.equal(taught[1], bilinear_upsample(low[0]))
    assert torch.equal(taught[2], bilinear_upsample(low[1]))
    free = g(latents(g))
    assert torch.equal(free[2], bilinear_upsample(free[1]))


def test_lapgan_levels_learn_alone():
    g = residual_generator().train()
    for k in range(3):
        g.zero_grad()
        g(latents(g))[k].square().sum().backward()
        assert [next(b.parameters()).grad is not None for b in g.blocks] == [
            i == k for i in range(3)
        ]


def test_lapgan_takes_noise_at_every_level():
    g = residual_generator()
    assert g.latent_dim == 8 + 8 * 8 + 16 * 16
    z = latents(g)
    other = z.clone()
    other[:, -256:] += 1  # the finest plane
    a, b = g(z), g(other)
    assert torch.equal(a[1], b[1])
    assert not torch.equal(a[2], b[2])


def test_lapgan_trains_on_the_real_image_below():
    pair, seen = family.lapgan(resolution=16, width=2), []
    pair.generator.register_forward_pre_hook(
        lambda g, args, kwargs: seen.append(kwargs.get("low")), with_kwargs=True
    )
    batch = images(4, 1, 16, 16)
    Game(
        pair.generator, pair.discriminator, iter(lambda: batch, None), pair.config, device="cpu"
    ).step()
    for given, real in zip(seen[0], image_pyramid(batch, 3), strict=False):
        assert torch.equal(given, real)


def test_each_d_of_lapgan_sees_what_g_drew_at_its_scale():
    pair = family.lapgan(resolution=16, width=2)
    scales = [x.requires_grad_(True) for x in image_pyramid(images(2, 1, 16, 16), 3)]
    scales = [x.detach().requires_grad_(True) for x in scales]
    for k, logits in enumerate(pair.discriminator(scales)):
        slopes = torch.autograd.grad(logits.sum(), scales, allow_unused=True, retain_graph=True)
        assert [s is not None for s in slopes] == [i == k for i in range(3)]
    with pytest.raises(ValueError, match="images must hold 3 scales, got 1"):
        pair.discriminator(scales[-1])


# --- MSG-GAN ---


def test_the_msg_gradient_of_each_block_contains_its_own_images_term():
    torch.manual_seed(0)
    pair = family.msggan(resolution=16, width=4)
    g, d = pair.generator.eval(), pair.discriminator
    z = latents(g)
    whole = torch.autograd.grad(d(g(z)).sum(), [next(b.parameters()) for b in g.blocks])
    for k, block in enumerate(g.blocks):
        weight = next(block.parameters())
        terms = []
        for j in range(len(g.blocks)):  # let D see scale j alone as a function of G
            fake = [x if i == j else x.detach() for i, x in enumerate(g(z))]
            (slope,) = torch.autograd.grad(d(fake).sum(), weight, allow_unused=True)
            terms.append(slope)
        assert terms[k].abs().sum() > 0, "its own image sends no gradient"
        assert all(term is None for term in terms[:k]), "a coarser image cannot depend on it"
        torch.testing.assert_close(sum(terms[k:]), whole[k])


@pytest.mark.parametrize(
    ("word", "scales"),
    [("none", [32]), ("coarse", [4, 32]), ("middle", [8, 32]), ("fine", [16, 32]),
     ("all", [4, 8, 16, 32])],
)  # fmt: skip
def test_connections_choose_the_scales_that_pass_from_g_to_d(word, scales):
    pair = family.msggan(resolution=32, width=2, connections=word)
    fake = pair.generator(latents(pair.generator))
    assert [x.shape[-1] for x in fake] == scales
    inputs = [x.detach().requires_grad_(True) for x in fake]
    slopes = torch.autograd.grad(pair.discriminator(inputs).sum(), inputs)
    assert all(slope.abs().sum() > 0 for slope in slopes)


def test_msggan_without_connections_is_dcgan():
    torch.manual_seed(0)
    msg = family.msggan(resolution=16, width=4, connections="none")
    plain = family.dcgan(resolution=16, width=4)
    plain.generator.load_state_dict(msg.generator.state_dict())
    plain.discriminator.load_state_dict(msg.discriminator.state_dict())
    z = latents(plain.generator)
    a, b = (m.discriminator(m.generator(z)) for m in (msg, plain))
    assert torch.equal(a, b)


def test_connections_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="connections must be one of none, coarse, middle, fine"):
        family.msggan(connections="some")
    with pytest.raises(ValueError, match="connections must be none or all for resolution=8"):
        family.msggan(resolution=8, connections="middle")


# --- D on the pooled image ---


def test_the_pooled_fake_pyramid_is_kornias():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(x)
            return x.mean((2, 3))

    x = images(2, 3, 32, 32)
    DiscriminatorEnsemble(3, Spy)(x)
    blur = kornia.filters.BoxBlur((2, 2), border_type="constant")
    expected = [x]
    for _ in range(2):  # a 2x2 mean, at every second place
        expected.insert(0, blur(expected[0])[..., ::2, ::2])
    for ours, theirs in zip(seen, expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_every_scale_of_a_pooled_d_sends_its_gradient_to_the_one_image():
    torch.manual_seed(0)
    d = DiscriminatorEnsemble(3, lambda: PatchDiscriminator(channels=(4, 4)))
    x = images(2, 1, 32, 32).requires_grad_(True)
    slopes = [torch.autograd.grad(s.sum(), x, retain_graph=True)[0] for s in d(x)]
    assert all(slope.abs().sum() > 0 for slope in slopes)


def test_judge_gives_the_same_logits_and_the_layers_between():
    torch.manual_seed(0)
    d = DiscriminatorEnsemble(2, lambda: PatchDiscriminator(channels=(4, 6)))
    x = images(2, 1, 32, 32)
    logits, features = d.judge(x)
    assert all(torch.equal(a, b) for a, b in zip(logits, d(x), strict=True))
    shapes = [[tuple(f.shape) for f in scale] for scale in features]
    assert shapes == [[(2, 4, 8, 8), (2, 6, 4, 4)], [(2, 4, 16, 16), (2, 6, 8, 8)]]


def test_feature_matching_is_the_l1_distance_of_mean_features():
    real, fake = images(6, 3, 4, 4), images(5, 3, 4, 4, seed=1)
    expected = (real.mean(0) - fake.mean(0)).abs().mean()
    torch.testing.assert_close(feature_matching([real], [fake]), expected)
    torch.testing.assert_close(feature_matching([[real], [real]], [[fake], [real]]), expected / 2)


def test_feature_matching_of_one_image_is_pix2pixhds():
    real, fake = images(1, 3, 4, 4), images(1, 3, 4, 4, seed=1)
    expected = nn.functional.l1_loss(fake, real)
    torch.testing.assert_close(feature_matching([real], [fake]), expected)


def test_feature_matching_moves_g_alone_and_is_0_for_the_same_images():
    real, fake = images(2, 3, 4, 4).requires_grad_(True), images(2, 3, 4, 4).requires_grad_(True)
    feature_matching([real], [fake + 0.1]).backward()
    assert real.grad is None
    assert fake.grad.min() > 0  # too bright: down
    assert feature_matching([real], [real.detach()]).item() == 0
    with pytest.raises(ValueError, match="real and fake features must have the same layers"):
        feature_matching([real], [fake[:, :2]])


def test_a_step_adds_weighted_feature_matching_to_gs_loss_alone():
    pair, batch = family.multiscale_d(resolution=16, width=2), images(4, 1, 16, 16)
    rows = {}
    for weight in (0.0, 1.0, 2.0):
        players = copy.deepcopy((pair.generator, pair.discriminator))
        config = pair.config.with_(feature_matching=weight)
        game = Game(*players, iter(lambda: batch, None), config, device="cpu")
        rows[weight] = game.step()
    assert rows[0.0]["g_matching"] == 0
    assert rows[2.0]["g_matching"] == pytest.approx(2 * rows[1.0]["g_matching"])
    assert rows[2.0]["g_loss"] == pytest.approx(rows[0.0]["g_loss"])
    assert rows[2.0]["d_loss"] == pytest.approx(rows[0.0]["d_loss"])


# --- what does not fit ---


def test_networks_that_cannot_do_what_the_settings_ask_are_refused():
    pair, batch = family.dcgan(resolution=8, width=1), images(4, 1, 8, 8)
    batches = iter(lambda: batch, None)
    players = (pair.generator, pair.discriminator)
    with pytest.raises(ValueError, match="growth_images must be 0 for a G that does not grow"):
        Game(*players, batches, pair.config.with_(growth_images=10))
    with pytest.raises(ValueError, match="feature_matching must be 0 for a D without the method"):
        Game(pair.generator, nn.Flatten(), batches, pair.config.with_(feature_matching=1.0))


def test_generator_refuses_switches_that_do_not_go_together():
    with pytest.raises(ValueError, match="carry must be one of features, image, got 'both'"):
        MultiScaleGenerator(**SMALL, carry="both")
    with pytest.raises(ValueError, match="carry must be 'features' for emit='fading'"):
        MultiScaleGenerator(**SMALL, emit="fading", carry="image")
    with pytest.raises(ValueError, match="emit must name some of the resolutions \\[4, 8, 16\\]"):
        MultiScaleGenerator(**SMALL, emit=(5,))
    g = residual_generator()
    with pytest.raises(ValueError, match="low must hold the scales \\[4, 8\\], got \\[8\\]"):
        g(latents(g), low=[images(4, 1, 8, 8)])
    with pytest.raises(ValueError, match="features must be carried"):
        g.features(latents(g))


def test_pyramid_like_takes_the_scales_of_others():
    x = images(2, 1, 32, 32)
    got = pyramid_like(x, [torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 16, 16)])
    scales = image_pyramid(x, 4)
    assert torch.equal(got[0], scales[0])
    assert torch.equal(got[1], scales[2])
    with pytest.raises(ValueError, match="got none at \\[64\\]"):
        pyramid_like(x, [torch.zeros(1, 1, 64, 64)])


@pytest.mark.parametrize("name", family.MODELS)
@pytest.mark.parametrize("width", [4, 16, 32, 64])
def test_a_wide_pair_with_one_trunk_as_d_learns_more_slowly(name, width):
    config = family.build(name, resolution=16, width=width).config
    usual = TrainConfig()
    trunk = name in ("dcgan", "progan", "msggan")
    wider = width / 16 if trunk and width > 16 else 1
    assert config.g_lr == usual.g_lr / wider
    assert config.d_lr == usual.d_lr / wider**2


def test_the_labs_sliders_start_at_the_rates_of_its_pair():
    narrow, wide = (ScaleLab(open_images("fashion_mnist"), width=w, batch_size=4) for w in (4, 32))
    rates = [
        {c.name: c.value for c in lab.controls if c.name.endswith("_lr")} for lab in (narrow, wide)
    ]
    assert rates == [{"g_lr": 2e-3, "d_lr": 2e-3}, {"g_lr": 1e-3, "d_lr": 5e-4}]
