import pytest

from msgan_lessons.family import MODELS
from msgan_lessons.lessons.l14_efficiency import pictures
from msgan_lessons.lessons.l14_efficiency.measured import BlockCost
from msgan_lessons.lessons.l14_efficiency.pictures import CostBench
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline

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
