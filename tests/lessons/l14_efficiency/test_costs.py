import pytest
import torch
from torch import nn

from msgan_lessons.blocks import strided_block, upsampling_block
from msgan_lessons.family import MODELS, build, dcgan
from msgan_lessons.lessons.l14_efficiency import costs, pictures
from msgan_lessons.lessons.l14_efficiency.costs import tracing
from msgan_lessons.lessons.l14_efficiency.measured import (
    BlockCost,
    counted_flops,
    measure_pair,
    predict_blocks,
    saved_tensor_sizes,
)
from msgan_lessons.lessons.l14_efficiency.pictures import CostBench
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline
from msgan_lessons.metrics.contest import step_flops
from msgan_lessons.training import Game

ROOF = Roofline(peak=50e9, bandwidth=10e9, cache_bandwidth=40e9)


def small(name):
    return build(name, resolution=16, width=2)


@pytest.mark.parametrize(
    ("layer", "side"),
    [
        (nn.Conv2d(3, 5, 3, padding=1, bias=False), 16),
        (nn.Conv2d(3, 5, 4, 2, 1), 8),
        (nn.ConvTranspose2d(3, 5, 4, 2, 1), 16),
    ],
)
def test_a_convolution_costs_what_torch_makes_and_counts(layer, side):
    k, bias, image = layer.kernel_size[0], layer.bias is not None, torch.zeros(1, 3, 16, 16)
    assert costs.conv_parameters(k, 3, 5, bias) == sum(p.numel() for p in layer.parameters())
    assert 2 * costs.conv_multiply_adds(k, 3, 5, side) == counted_flops(lambda: layer(image))


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
def test_blocks_hold_all_parameters_that_play_and_cost_what_the_formulas_say(name):
    pair = small(name)
    z = torch.randn(8, pair.generator.latent_dim)
    blocks = measure_pair(pair.generator, pair.discriminator, z, roof=ROOF, repeats=1)
    for block in blocks:
        for key in ("parameters", "flops", "backward_flops", "kept"):
            assert block.predicted[key] == block.measured[key], (block.name, key)
    whole = sum(p.numel() for n in (pair.generator, pair.discriminator) for p in n.parameters())
    found = sum(block.measured["parameters"] for block in blocks)
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


PREDICTED = {"parameters": 1000, "flops": 2e9, "backward_flops": 4e9, "kept": 5e5, "seconds": 0.01}


def test_blocks_of_a_scale_are_added_up_and_a_share_is_that_of_one_network():
    found = (("G", 8, 2e9), ("G", 16, 2e9), ("G", 16, 4e9), ("D", 16, 2e9))
    blocks = [BlockCost(g, "blocks.0", side, PREDICTED, {"flops": x}) for g, side, x in found]
    sums = pictures.sums_by_scale(blocks, "flops", "measured")
    assert sums == {("G", 8): 2e9, ("G", 16): 6e9, ("D", 16): 2e9}
    assert [pictures.share_at(blocks, network, 16, "flops") for network in "GD"] == [0.75, 1]


@pytest.mark.parametrize("model", MODELS)
def test_the_bench_predicts_every_member_without_computing(model):
    bench = CostBench(ROOF, model)
    coarse, fine = (bench.blocks(r, 4, 8) for r in (16, 32))
    assert all(b.measured == {} for b in fine)
    assert max(b.resolution for b in fine) == 2 * max(b.resolution for b in coarse) == 32


def test_the_bench_says_its_sums_and_starts_where_it_is_told():
    bench = CostBench(ROOF)
    picture = bench.bars(32, 16, 32)
    assert "420,978 parameters" in picture.caption
    start = {name: values[0] for name, values in bench.choices(64, 4, 8).items()}
    assert start == {"resolution": 64, "width": 4, "batch_size": 8}
