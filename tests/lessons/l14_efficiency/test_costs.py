import pytest
import torch
from torch import nn

from msgan_lessons.blocks import strided_block, upsampling_block
from msgan_lessons.family import MODELS, build, channels_for, dcgan
from msgan_lessons.lessons.l14_efficiency import costs, speed_ups
from msgan_lessons.lessons.l14_efficiency.costs import tracing
from msgan_lessons.lessons.l14_efficiency.measured import (
    counted_flops,
    measure_pair,
    predict_blocks,
    saved_tensor_sizes,
)
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline
from msgan_lessons.metrics.contest import step_flops
from msgan_lessons.training import Game

ROOF = Roofline(peak=50e9, bandwidth=10e9, cache_bandwidth=40e9)
COUNTED = ("parameters", "flops", "backward_flops", "kept")


def small(name):
    return build(name, resolution=16, width=2)


def measured(name, batch=8):
    pair = small(name)
    z = torch.randn(batch, pair.generator.latent_dim)
    return measure_pair(pair.generator, pair.discriminator, z, roof=ROOF, repeats=1)


@pytest.mark.parametrize("k", [1, 3, 4])
@pytest.mark.parametrize("bias", [True, False])
def test_parameters_of_a_convolution_are_those_that_torch_makes(k, bias):
    for kind in (nn.Conv2d, nn.ConvTranspose2d):
        layer = kind(5, 7, k, bias=bias)
        assert costs.conv_parameters(k, 5, 7, bias) == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize(
    ("layer", "side"),
    [
        (nn.Conv2d(3, 5, 3, padding=1), 16),
        (nn.Conv2d(3, 5, 4, 2, 1), 8),
        (nn.ConvTranspose2d(3, 5, 4, 2, 1), 16),
    ],
)
def test_multiply_adds_are_half_of_what_torch_counts(layer, side):
    image = torch.zeros(1, 3, 16, 16)
    counted = counted_flops(lambda: layer(image))
    assert 2 * costs.conv_multiply_adds(layer.kernel_size[0], 3, 5, side) == counted


@pytest.mark.parametrize(("resolution", "width"), [(32, 16), (16, 3)])
def test_scales_cost_the_same_operations_where_channels_double(resolution, width):
    c = channels_for(resolution, width)
    sides = [4 * 2**k for k in range(len(c))]
    found = {
        costs.conv_multiply_adds(4, coarse, fine, r // 2)
        for r, fine, coarse in zip(sides[1:], c[1:], c[:-1], strict=True)
    }
    assert found == {8 * (width * resolution) ** 2}


def test_a_block_keeps_twice_what_leaves_it_and_what_entered():
    block = upsampling_block(8, 4)
    with tracing(block) as blocks:
        block(torch.zeros(2, 8, 4, 4))
    entered, left, statistics = 2 * 8 * 16, 2 * 4 * 64, 2 * 4
    assert blocks[0].total("kept") == entered + 2 * left + statistics
    assert (blocks[0].resolution, blocks[0].over) == (8, True)


def test_tracing_leaves_no_hook_behind():
    block = strided_block(1, 2)
    with tracing(block) as blocks:
        block(torch.zeros(1, 1, 8, 8))
    block(torch.zeros(1, 1, 8, 8))
    assert len(blocks) == 1
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in block.modules())


@pytest.mark.parametrize("name", MODELS)
def test_every_block_of_every_member_costs_what_the_formulas_say(name):
    for block in measured(name):
        for key in COUNTED:
            assert block.predicted[key] == block.measured[key], (block.name, key)


@pytest.mark.parametrize("name", MODELS)
def test_blocks_hold_all_parameters_that_play(name):
    pair = small(name)
    whole = sum(p.numel() for n in (pair.generator, pair.discriminator) for p in n.parameters())
    found = sum(block.measured["parameters"] for block in measured(name))
    resting = name == "progan"  # grown up, its layers to and from coarser images rest
    assert found < whole if resting else found == whole


def test_kept_numbers_are_a_network_s_own_and_count_shared_tensors_once():
    network = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU())
    x = torch.zeros(4, 1, 8, 8)
    assert saved_tensor_sizes(network, x) == {"": 4 * 64 + 4 * 2 * 64}


def test_on_the_meta_device_the_prediction_is_the_same():
    pair = small("msggan")
    z = torch.randn(8, pair.generator.latent_dim)
    there = predict_blocks("G", pair.generator, z, roof=ROOF)
    pair.generator.to("meta")
    here = predict_blocks("G", pair.generator, z.to("meta"), roof=ROOF)
    assert [b.predicted for b in there] == [b.predicted for b in here]
    assert all(b.measured == {} for b in here)


@pytest.mark.parametrize("name", MODELS)
def test_a_step_costs_what_torch_counts(name):
    pair, batch = small(name).with_(growth_images=0), torch.zeros(8, 1, 16, 16)
    game = Game(pair.generator, pair.discriminator, iter(lambda: batch, None), pair.config)
    predicted = [costs.predict_step(pair, batch, probes=p).step for p in (True, False)]
    assert [step_flops(game), step_flops(game)] == predicted


def test_a_step_of_dcgan_is_formula_41():
    pair, batch = dcgan(resolution=16, width=2), torch.zeros(8, 1, 16, 16)
    cost = costs.predict_step(pair, batch)
    g, d = pair.generator.blocks[0], pair.discriminator.blocks[0]
    first_g = counted_flops(lambda: g(torch.zeros(8, 64, 1, 1)))
    first_d = counted_flops(lambda: d(batch))
    assert cost.step == 3 * cost.generator + 8 * cost.discriminator - first_g - 2 * first_d
    assert cost.numbers == 4 * cost.parameters + cost.kept


def test_a_step_is_predicted_without_a_trace_on_the_model():
    pair = small("progan")
    before = {k: v.clone() for k, v in pair.generator.state_dict().items()}
    costs.predict_step(pair, torch.zeros(4, 1, 16, 16))
    assert all(torch.equal(before[k], v) for k, v in pair.generator.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in pair.discriminator.parameters())


def test_amdahl_knows_its_ends():
    assert speed_ups.amdahl(0, 100) == 1
    assert speed_ups.amdahl(1, 4) == 4
    assert speed_ups.amdahl(0.75, 1e12) == pytest.approx(4)


def test_a_penalty_done_seldom_costs_nothing_in_the_end():
    factors = [speed_ups.lazy_factor(0.6, k) for k in (1, 4, 1000)]
    assert factors == pytest.approx([1.6, 1.15, 1.0006])
