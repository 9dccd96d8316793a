"""Each member of the family is what its paper says: DCGAN, LAPGAN, ProGAN, MSG-GAN, pooled D."""

import copy

import pytest
import torch
from seeded import images, normal
from torch import nn

from msgan_lessons import family
from msgan_lessons.datasets.images import open_images
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l08_multiscale_gan.lab import ScaleLab
from msgan_lessons.pyramid import (
    bilinear_upsample,
    box_downsample,
    image_pyramid,
    laplacian_pyramid,
    nearest_upsample,
    pyramid_like,
)
from msgan_lessons.training import Game, TrainConfig, train

SMALL = {"resolution": 16, "channels": (8, 4, 4)}


def latents(g, count=4):
    return normal(count, g.latent_dim)


def reached(blocks):
    """Which blocks got a gradient."""
    return [next(block.parameters()).grad is not None for block in blocks]


@pytest.mark.parametrize("name", family.MODELS)
@pytest.mark.parametrize(("resolution", "img_channels"), [(8, 3), (16, 1), (64, 3), (256, 1)])
def test_every_member_builds_and_plays_and_can_be_built_again(name, resolution, img_channels):
    pair = family.build(name, resolution=resolution, img_channels=img_channels, width=1)
    again = family.build(pair.name, **pair.arguments)
    g, d, z = pair.generator, pair.discriminator, latents(pair.generator, 2)
    again.generator.load_state_dict(g.state_dict())
    fake, copied = g(z), again.generator(z)
    torch.testing.assert_close(fake, copied)
    assert fake[-1].shape == (2, img_channels, resolution, resolution)
    assert all(x.abs().max() <= 1 for x in fake)
    logits = d(pyramid_like(images(2, img_channels, resolution, resolution), fake))
    assert isinstance(logits, list)
    assert all(s.isfinite().all() for s in logits)


# --- ProGAN ---


@pytest.fixture
def growing():
    torch.manual_seed(0)
    g = family.GrowingGenerator(**SMALL, latent_dim=8).eval()
    return g, family.GrowingDiscriminator(**SMALL)


def test_progan_fades_in_a_straight_line_from_the_coarser_output_enlarged(growing):
    g, z = growing[0], normal(4, 8)
    for depth in (2, 3):
        old, half, new = (g(z, depth=depth, alpha=a)[0] for a in (0.0, 0.5, 1.0))
        assert torch.equal(old, nearest_upsample(g(z, depth=depth - 1, alpha=1.0)[0]))
        torch.testing.assert_close(half, (old + new) / 2)


def test_progan_d_at_alpha_0_judges_the_coarser_image(growing):
    d, x = growing[1], images(4, 1, 16, 16)
    d.grow_to(3, 0.0)
    fine = d([x])
    d.grow_to(2, 1.0)
    torch.testing.assert_close(fine, d([box_downsample(x)]))


def test_grown_up_progan_is_dcgan(growing):
    (g, d), z, x = growing, normal(4, 8), [images(4, 1, 16, 16)]
    plain_g = MultiScaleGenerator(**SMALL, latent_dim=8, emit="finest").eval()
    plain_g.blocks.load_state_dict(g.blocks.state_dict())
    plain_g.to_rgb[0].load_state_dict(g.to_rgb[-1].state_dict())
    assert torch.equal(g(z)[0], plain_g(z)[0])
    plain_d = MultiScaleDiscriminator(**SMALL, inject="finest")
    assert not plain_d.load_state_dict(d.state_dict(), strict=False).missing_keys
    assert torch.equal(d(x)[0], plain_d(x)[0])


def test_blocks_finer_than_the_depth_rest(growing):
    g, d = growing
    g.grow_to(2)
    d.grow_to(2)
    d(g.train()(normal(4, 8)))[0].sum().backward()
    assert reached(g.blocks) == [True, True, False]
    assert reached(d.blocks) == [False, True, True]


def test_the_depth_that_was_reached_is_saved_with_the_weights(growing):
    g, z = growing[0], normal(4, 8)
    g.grow_to(2, 0.25)
    other = family.GrowingGenerator(**SMALL, latent_dim=8).eval()
    other.load_state_dict(g.state_dict())
    assert torch.equal(other(z)[0], g(z, depth=2, alpha=0.25)[0])
    with pytest.raises(ValueError, match="depth must be from 1 to 3, got 4"):
        g(z, depth=4)


def test_training_grows_both_players_and_the_average_with_n_images():
    pair = family.progan(resolution=16, width=2).with_(growth_images=8, batch_size=4)
    players = pair.generator, pair.discriminator
    average, stages = copy.deepcopy(pair.generator), []
    data = [images(4, 1, 16, 16)] * 10
    for _ in train(*players, data, pair.config, steps=10, generator_ema=average, device="cpu"):
        assert len({tuple(p.stage.tolist()) for p in (*players, average)}) == 1
        stages.append(tuple(average.stage.tolist()))
    hold, fading = [(1.0, 1.0)] * 2, [(2.0, 0.0), (2.0, 0.5)]
    assert stages[:6] == [*hold, *fading, (2.0, 1.0), (2.0, 1.0)]
    assert stages[-1] == (3.0, 1.0)


# --- LAPGAN ---


@pytest.fixture
def residual():
    torch.manual_seed(0)
    return family.ResidualGenerator(**SMALL, latent_dim=8).eval()


class Constant(nn.Module):
    """Paints the same picture whatever enters."""

    def __init__(self, picture):
        super().__init__()
        self.picture = picture

    def forward(self, h):
        return self.picture


def test_lapgan_that_draws_the_true_bands_draws_the_real_image(residual):
    x = images(4, 1, 16, 16) * 0.9
    first, *bands = laplacian_pyramid(x, 3)
    residual.to_rgb = nn.ModuleList(map(Constant, [first.atanh(), *bands]))
    torch.testing.assert_close(residual(latents(residual)), image_pyramid(x, 3))


def test_lapgan_levels_start_from_the_real_image_below_them_in_training_alone(residual):
    x, z = images(4, 1, 16, 16), latents(residual)
    low = image_pyramid(x, 3)[:-1]
    residual.to_rgb[1], residual.to_rgb[2] = Constant(torch.zeros(1)), Constant(torch.zeros(1))
    free = residual(z)
    for drawn, below in ((residual(z, low=low), low), (residual.beside(z, x), low), (free, free)):
        assert torch.equal(drawn[1], bilinear_upsample(below[0]))
        assert torch.equal(drawn[2], bilinear_upsample(below[1]))


def test_lapgan_levels_learn_alone(residual):
    for k in range(3):
        residual.zero_grad()
        residual.train()(latents(residual))[k].square().sum().backward()
        assert reached(residual.blocks) == [i == k for i in range(3)]


def test_lapgan_takes_noise_at_every_level(residual):
    assert residual.latent_dim == 8 + 8 * 8 + 16 * 16
    z = latents(residual)
    other = z.clone()
    other[:, -256:] += 1  # the finest plane
    alike = list(map(torch.equal, residual(z), residual(other)))
    assert alike == [True, True, False]


def test_lapgan_trains_on_the_real_image_below():
    pair, seen = family.lapgan(resolution=16, width=2), []
    pair.generator.register_forward_pre_hook(
        lambda g, args, kwargs: seen.append(kwargs.get("low")), with_kwargs=True
    )
    batch = images(4, 1, 16, 16)
    Game(pair.generator, pair.discriminator, [batch], pair.config, device="cpu").step()
    assert all(map(torch.equal, seen[0], image_pyramid(batch, 3)[:-1]))


def test_lapgan_refuses_other_scales_and_has_no_features(residual):
    with pytest.raises(ValueError, match=r"low must hold the scales \[4, 8\], got \[8\]"):
        residual(latents(residual), low=[images(4, 1, 8, 8)])
    with pytest.raises(ValueError, match="features must be carried"):
        residual.features(latents(residual))


# --- MSG-GAN ---


def test_the_msg_gradient_of_each_block_contains_its_own_images_term():
    torch.manual_seed(0)
    pair = family.msggan(resolution=16, width=4)
    g, d, z = pair.generator.eval(), pair.discriminator, latents(pair.generator)
    weights = [next(b.parameters()) for b in g.blocks]
    whole = torch.autograd.grad(d(g(z))[0].sum(), weights)
    for k, weight in enumerate(weights):
        terms = []
        for j in range(len(weights)):  # let D see scale j alone as a function of G
            fake = [x if i == j else x.detach() for i, x in enumerate(g(z))]
            (slope,) = torch.autograd.grad(d(fake)[0].sum(), weight, allow_unused=True)
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
    fake = [x.detach().requires_grad_(True) for x in pair.generator(latents(pair.generator))]
    assert [x.shape[-1] for x in fake] == scales
    slopes = torch.autograd.grad(pair.discriminator(fake)[0].sum(), fake)
    assert all(slope.abs().sum() > 0 for slope in slopes)


def test_msggan_without_connections_is_dcgan():
    msg = family.msggan(resolution=16, width=4, connections="none")
    plain = family.dcgan(resolution=16, width=4)
    plain.generator.load_state_dict(msg.generator.state_dict())
    plain.discriminator.load_state_dict(msg.discriminator.state_dict())
    z = latents(plain.generator)
    (a,), (b,) = (m.discriminator(m.generator(z)) for m in (msg, plain))
    assert torch.equal(a, b)


def test_connections_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match="connections must be one of none, coarse, middle, fine"):
        family.msggan(connections="some")
    with pytest.raises(ValueError, match="connections must be none or all for resolution=8"):
        family.msggan(resolution=8, connections="middle")


# --- D on the pooled image, and rates ---


def test_a_step_adds_weighted_feature_matching_to_gs_loss_alone():
    pair, batch, rows = family.multiscale_d(resolution=16, width=2), images(4, 1, 16, 16), {}
    for weight in (0.0, 1.0, 2.0):
        players = copy.deepcopy((pair.generator, pair.discriminator))
        config = pair.config.with_(feature_matching=weight)
        rows[weight] = Game(*players, [batch], config, device="cpu").step()
    assert rows[0.0]["g_matching"] == 0
    assert rows[2.0]["g_matching"] == pytest.approx(2 * rows[1.0]["g_matching"])
    for name in ("g_loss", "d_loss"):
        assert rows[2.0][name] == pytest.approx(rows[0.0][name])


@pytest.mark.parametrize("name", family.MODELS)
@pytest.mark.parametrize("width", [4, 16, 32, 64])
def test_a_wide_pair_with_one_trunk_as_d_learns_more_slowly(name, width):
    config, usual = family.build(name, resolution=16, width=width).config, TrainConfig()
    wider = max(1, width / 16) if name in ("dcgan", "progan", "msggan") else 1
    assert config.g_lr == usual.g_lr / wider
    assert config.d_lr == usual.d_lr / wider**2


def test_the_labs_sliders_start_at_the_rates_of_its_pair():
    for width, expected in ((4, {"g_lr": 2e-3, "d_lr": 2e-3}), (32, {"g_lr": 1e-3, "d_lr": 5e-4})):
        lab = ScaleLab(open_images("fashion_mnist"), width=width, batch_size=4)
        assert {c.name: c.value for c in lab.controls if c.name.endswith("_lr")} == expected
