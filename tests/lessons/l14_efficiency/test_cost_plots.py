import pytest
import torch

from msgan_lessons.family import MODELS
from msgan_lessons.lessons.l14_efficiency import pictures
from msgan_lessons.lessons.l14_efficiency.measured import BlockCost
from msgan_lessons.lessons.l14_efficiency.pictures import CostBench
from msgan_lessons.lessons.l14_efficiency.roofline import LayerTiming, Roofline

ROOF = Roofline(peak=80e9, bandwidth=10e9, cache_bandwidth=40e9)
PREDICTED = {"parameters": 1000, "flops": 2e9, "backward_flops": 4e9, "kept": 5e5, "seconds": 0.01}


def block(network, resolution, flops=2e9):
    measured = {**PREDICTED, "flops": flops, "seconds": 0.02, "step_seconds": 0.06}
    return BlockCost(network, "blocks.0", resolution, PREDICTED, measured)


BLOCKS = [block("G", 8), block("G", 16), block("G", 16, 4e9), block("D", 16)]


def test_blocks_of_a_scale_are_added_up():
    sums = pictures.sums_by_scale(BLOCKS, "flops", "measured")
    assert sums == {("G", 8): 2e9, ("G", 16): 6e9, ("D", 16): 2e9}


def test_a_share_is_that_of_one_network():
    assert pictures.share_at(BLOCKS, "G", 16, "flops") == 0.75
    assert pictures.share_at(BLOCKS, "D", 16, "flops") == 1


def test_cost_bars_tell_what_was_measured():
    picture = pictures.cost_bars(BLOCKS, "look")
    assert "as measured" in picture.alt
    assert "operations forward, GFLOP: G 8x8 2, G 16x16 6, D 16x16 2" in picture.alt
    assert "time forward, ms: G 8x8 20, G 16x16 40, D 16x16 20" in picture.alt
    assert "kept for backward, MB: G 8x8 2, G 16x16 4" in picture.alt


def test_cost_bars_do_without_a_measurement():
    predicted = [BlockCost("G", "blocks.0", 8, PREDICTED, {})]
    picture = pictures.cost_bars(predicted, "look")
    assert "as predicted" in picture.alt
    assert "time forward, ms: G 8x8 10" in picture.alt


def test_a_table_has_a_line_for_each_block():
    head, *lines = pictures.cost_table(BLOCKS).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in (head, *lines)}) == 1
    assert lines[2].split() == [
        "G", "16x16", "blocks.0", "1,000", "4.000", "4.000", "2.00", "10.00", "20.00", "60.00",
    ]  # fmt: skip


def test_a_roof_tells_its_numbers_and_its_fastest_layer():
    points = [
        LayerTiming("G", "transposed convolution", 32, 60e9, 1e9, 1.0),
        LayerTiming("D", "convolution", 4, 70e9, 1e9, 1.0),
        LayerTiming("G", "batch norm", 8, 5e9, 8e9, 1.0),
        LayerTiming("D", "minibatch stddev", 4, 1e6, 1e6, 1.0),
    ]
    picture = pictures.roof_plot(ROOF, points, "look")
    assert "peak 80 GFLOP/s, memory 10 GB/s, cache 40 GB/s, and 4 layers" in picture.alt
    assert "Fastest: convolution of D at 4x4, 70 GFLOP/s at 70 operations a byte" in picture.alt
    assert "Waiting for: compute 2, memory 1, neither 1." in picture.alt
    memory, compute, neither = pictures.verdict_lines(ROOF, points).splitlines()
    assert memory.endswith("25% of the time: batch norm G 8")
    assert compute.endswith("50% of the time: transposed convolution G 32; convolution D 4")
    assert neither.endswith("minibatch stddev D 4")


def test_speed_ups_are_told_with_their_range():
    changes = {"new for old": {"old": [2.0, 4.0], "new": [1.0, 1.0]}}
    picture = pictures.speed_up_bars(changes, "look")
    assert "new for old: 3.00 (2.00 to 4.00)" in picture.alt


def test_schedules_tell_images_updates_and_penalties():
    batches = {"8": [0.1, 0.1], "16": [0.1, 0.1]}
    penalties = {"none": [1.0], "1": [1.5], "4": [1.2]}
    alt = pictures.schedule_curves(batches, penalties, "look").alt
    assert "by batch size: 8: 12.5, 16: 6.25" in alt
    assert "a second: 8: 10, 16: 10" in alt
    assert "by its interval: 1: 1.5, 4: 1.2." in alt


def test_what_was_bought_is_told_beside_the_images():
    row = {"model": "8x8", "seconds": 2.0, "step": 100, "frechet": 12.34}
    row["scales"] = [torch.zeros(8, 1, 8, 8)]
    picture = pictures.bought_rows([row], {"8x8": 0.005}, "look")
    assert "8x8: 100 steps of 20 ms (roof: 5), Fréchet distance 12.3" in picture.alt


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pictures.cost_bars([], "look"), "measured must hold at least one block"),
        (lambda: pictures.roof_plot(ROOF, [], "look"), "points must hold at least one layer"),
        (lambda: pictures.speed_up_bars({}, "look"), "changes must hold at least one"),
        (lambda: CostBench(ROOF, "gan"), "model must be one of dcgan"),
    ],
)
def test_nothing_to_draw_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
