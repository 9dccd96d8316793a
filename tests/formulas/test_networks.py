import pytest
import torch
from torch import nn

from msgan_lessons.blocks import (
    MinibatchStddev,
    initialise_he,
    initialise_normal,
)
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    DocumentDiscriminator,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.generator import DocumentGenerator, MultiScaleGenerator
from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field
from msgan_lessons.pyramid import image_pyramid, is_power_of_two, scale_sizes


def test_documents_generator_doubles_from_4_to_128():
    h, sizes = torch.randn(1, 512, 1, 1), []
    for layer in DocumentGenerator().main:
        h = layer(h)
        if isinstance(layer, nn.ConvTranspose2d):
            sizes.append((h.shape[1], h.shape[-1]))
    assert sizes == [(1024, 4), (512, 8), (256, 16), (128, 32), (64, 64), (3, 128)]


def test_documents_generator_takes_both_shapes_of_z_and_no_other():
    g, z = DocumentGenerator().eval(), torch.randn(2, 512)
    flat, square = g(z), g(z[:, :, None, None])
    assert torch.equal(flat, square)
    assert flat.shape == (2, 3, 128, 128)
    assert flat.abs().max() <= 1
    with pytest.raises(ValueError, match="z must have shape \\(B, 512\\)"):
        g(torch.randn(2, 100))


def test_documents_discriminator_has_a_body_as_written_and_a_head():
    d, x = DocumentDiscriminator(), torch.randn(2, 3, 128, 128)
    assert d.body(x).shape == (2, 512, 8, 8)
    assert d(x).shape == d([x]).shape == (2,)
    with pytest.raises(ValueError, match="images must have shape \\(B, 3, 128, 128\\)"):
        d(torch.zeros(2, 1, 128, 128))


@pytest.mark.parametrize("emit", ["finest", "all"])
@pytest.mark.parametrize("img_channels", [1, 3])
def test_generator_emits_one_image_or_one_a_scale(emit, img_channels):
    g = MultiScaleGenerator(
        resolution=16, latent_dim=8, channels=(8, 4, 4), img_channels=img_channels, emit=emit
    )
    shapes = [tuple(x.shape) for x in g(torch.randn(5, 8))]
    sizes = [4, 8, 16] if emit == "all" else [16]
    assert shapes == [(5, img_channels, r, r) for r in sizes]


def test_every_emitted_scale_sends_its_gradient_to_its_own_block_and_all_coarser_ones():
    g = MultiScaleGenerator(resolution=16, latent_dim=8, channels=(8, 4, 4), emit="all")
    for k in range(3):
        g.zero_grad()
        g(torch.randn(4, 8))[k].square().sum().backward()
        reached = [next(b.parameters()).grad is not None for b in g.blocks]
        assert reached == [i <= k for i in range(3)]


def test_generator_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="channels must have one entry for each scale \\[4, 8, 16"):
        MultiScaleGenerator(resolution=16, channels=(8, 4))
    with pytest.raises(ValueError, match="emit must be one of finest, fading, all, residual"):
        MultiScaleGenerator(emit="some")
    with pytest.raises(ValueError, match="img_channels must be 1 or 3, got 2"):
        MultiScaleGenerator(img_channels=2)
    with pytest.raises(ValueError, match="z must have shape \\(B, 64\\), got \\(2, 8\\)"):
        MultiScaleGenerator()(torch.zeros(2, 8))


@pytest.mark.parametrize("inject", ["finest", "all"])
def test_discriminator_returns_one_logit_an_image(inject):
    d = MultiScaleDiscriminator(resolution=16, channels=(8, 4, 4), inject=inject)
    assert d(image_pyramid(torch.randn(6, 1, 16, 16), 3)).shape == (6,)


def test_with_inject_all_the_logit_depends_on_every_scale():
    d = MultiScaleDiscriminator(resolution=16, channels=(8, 4, 4), inject="all")
    scales = [x.requires_grad_(True) for x in image_pyramid(torch.randn(4, 1, 16, 16), 3)]
    slopes = torch.autograd.grad(d([x.clone() for x in scales]).sum(), scales)
    assert all(slope.abs().sum() > 0 for slope in slopes)


def test_pac_judges_several_images_as_one():
    d = MultiScaleDiscriminator(resolution=8, channels=(8, 4), pac=2)
    assert d(torch.randn(6, 1, 8, 8)).shape == (3,)
    with pytest.raises(ValueError, match="batch must be divisible by pac=2, got 5"):
        d(torch.randn(5, 1, 8, 8))


def test_spectral_norm_bounds_every_singular_value():
    d = MultiScaleDiscriminator(resolution=8, channels=(8, 4), spectral_norm=True)
    for _ in range(50):
        d(torch.randn(4, 1, 8, 8))
    for layer in [m for m in d.modules() if isinstance(m, nn.Conv2d)]:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        assert float(largest) == pytest.approx(1, abs=0.02)


def test_discriminator_refuses_images_of_another_size():
    d = MultiScaleDiscriminator(resolution=16, channels=(8, 4, 4), inject="all")
    with pytest.raises(ValueError, match="images must have the scales \\[4, 8, 16\\]"):
        d(image_pyramid(torch.zeros(2, 1, 32, 32), 3))
    with pytest.raises(ValueError, match="inject must be one of finest, fading, all"):
        MultiScaleDiscriminator(inject="none")


@pytest.mark.parametrize(("channels", "patch"), [((4,), 8), ((4, 4), 18), ((4, 4, 4), 38)])
def test_receptive_field_is_the_reach_of_the_gradient(channels, patch):
    d = PatchDiscriminator(channels=channels)
    x = torch.randn(1, 1, 64, 64, requires_grad=True)
    logits = d(x)
    (slope,) = torch.autograd.grad(logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2], x)
    rows = slope[0, 0].abs().sum(1).nonzero()
    assert receptive_field(d)[0] == patch == int(rows.max() - rows.min()) + 1
    assert receptive_field(d)[1] == 64 // logits.shape[-1]


def test_each_member_of_an_ensemble_sees_its_own_scale():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(x.shape[-1])
            return x.mean((2, 3))

    logits = DiscriminatorEnsemble(3, Spy)(torch.randn(2, 1, 32, 32))
    assert seen == [8, 16, 32]
    assert len(logits) == 3
    with pytest.raises(ValueError, match="n_scales must be at least 1, got 0"):
        DiscriminatorEnsemble(0, Spy)


def test_minibatch_stddev_tells_copies_from_a_crowd():
    layer, same = MinibatchStddev(4), torch.randn(1, 3, 4, 4).expand(8, 3, 4, 4)
    assert float(layer(same)[:, -1].max()) < 1e-3
    crowd = torch.randn(8, 3, 4, 4)
    spread = layer(crowd)[:, -1]
    expected = crowd.reshape(4, 2, 3, 4, 4).std(0, correction=0).mean((1, 2, 3))
    torch.testing.assert_close(spread[:2, 0, 0], expected)
    assert torch.equal(layer(crowd)[:, :3], crowd)
    with pytest.raises(ValueError, match="group_size must be at least 2, got 1"):
        MinibatchStddev(1)


def test_initialise_normal_has_dcgans_spread():
    layer = nn.Conv2d(64, 64, 3)
    initialise_normal(layer)
    assert float(layer.weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert float(layer.bias.detach().abs().max()) == 0
    with pytest.raises(ValueError, match="std must be > 0, got 0"):
        initialise_normal(layer, 0)


def test_initialise_he_keeps_the_size_of_a_signal():
    torch.manual_seed(0)
    layers = [m for _ in range(6) for m in (nn.Conv2d(64, 64, 3, 1, 1), nn.LeakyReLU(0.2))]
    network = nn.Sequential(*layers)
    initialise_he(network)
    x = torch.randn(2, 64, 32, 32)
    inner = network(x).detach()[..., 6:-6, 6:-6]  # away from the zero border
    assert 0.7 < float(inner.square().mean().sqrt() / x.square().mean().sqrt()) < 1.4
    with pytest.raises(ValueError, match="slope must be >= 0, got -1"):
        initialise_he(network, -1)


def test_scale_sizes_double_and_refuse_the_rest():
    assert scale_sizes(256, 4) == [4, 8, 16, 32, 64, 128, 256]
    assert [n for n in range(-2, 9) if is_power_of_two(n)] == [1, 2, 4, 8]
    with pytest.raises(ValueError, match="resolution must be a power of two, got 24"):
        scale_sizes(24, 4)
    with pytest.raises(
        ValueError, match="base_resolution must be at most the resolution 8, got 16"
    ):
        scale_sizes(8, 16)
