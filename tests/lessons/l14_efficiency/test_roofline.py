from collections import Counter

import pytest
import torch
from torch import nn

from msgan_lessons.family import dcgan
from msgan_lessons.lessons.l14_efficiency import roofline
from msgan_lessons.lessons.l14_efficiency.costs import tracing
from msgan_lessons.lessons.l14_efficiency.roofline import (
    LayerTiming,
    Roofline,
    layer_points,
    layer_timings,
    repeated,
    seconds_a_call,
    upsampling_points,
)

ROOF = Roofline(peak=100.0, bandwidth=10.0, cache_bandwidth=50.0)


def test_the_roof_is_the_lower_of_two_limits():
    assert [ROOF.attainable(i) for i in (1, 10, 1000)] == [10, 100, 100]
    assert [ROOF.attainable(i, cached=True) for i in (1, 2, 10)] == [50, 100, 100]
    for flops, moved in ((30.0, 1.0), (30.0, 60.0)):  # the shortest time
        assert ROOF.seconds(flops, moved) == pytest.approx(flops / ROOF.attainable(flops / moved))


def test_a_verdict_depends_on_the_side_of_the_ridge_and_the_distance():
    for flops, moved, verdict in (
        (5.0, 5.0, "memory"),  # half of the slope
        (50.0, 1.0, "compute"),  # half of the peak
        (10.0, 1.0, "neither"),  # a tenth of the peak
        (1.0, 1.0, "neither"),  # a tenth of the slope
    ):
        assert LayerTiming("G", "convolution", 8, flops, moved, 1.0).verdict(ROOF) == verdict


def test_a_measured_roof_is_a_machine():
    roof = roofline.measure_roof(repeats=2)
    assert 1e6 < roof.bandwidth < 1e13
    assert 1e7 < roof.peak < 1e15


def test_intensity_counts_each_tensor_once():
    layer = nn.Conv2d(2, 4, 3, padding=1, bias=False)
    with tracing(layer) as blocks:
        layer(torch.zeros(1, 2, 8, 8))
    (point,) = layer_points("D", blocks, repeats=1)
    assert point.flops == 2 * 9 * 2 * 4 * 64
    assert point.moved == 4 * (2 * 64 + 9 * 2 * 4 + 4 * 64)
    assert point.intensity == point.flops / point.moved


def test_all_layers_of_a_pair_get_their_point_and_nothing_is_changed():
    pair = dcgan(resolution=16, width=2)
    before = pair.generator.blocks[0][1].running_mean.clone()
    points = layer_timings(pair.generator, pair.discriminator, torch.randn(4, 64), repeats=1)
    kinds = Counter((p.network, p.kind) for p in points)
    g = {"transposed convolution": 3, "batch norm": 3, "activation": 3, "bilinear upsampling": 2}
    assert {kind: kinds["G", kind] for kind in g} == g
    assert kinds["D", "convolution"] == 4
    assert torch.equal(before, pair.generator.blocks[0][1].running_mean)
    with tracing(pair.generator) as blocks:
        pair.generator(torch.randn(4, 64))
    assert [p.resolution for p in upsampling_points(blocks, repeats=1)] == [8, 16]


def test_a_stopwatch_counts_calls_and_leaves_out_the_first():
    calls = []
    assert len(repeated(lambda: calls.append(1), 3)) == 3
    assert len(calls) == 4
    assert seconds_a_call(lambda: calls.append(1), 5) >= 0
    assert len(calls) == 9
