import copy
import os
from contextlib import nullcontext
from types import SimpleNamespace

import psutil
import pytest
import torch

from msgan_lessons.family import dcgan
from msgan_lessons.lessons.l14_efficiency import roofline, speed_ups
from msgan_lessons.lessons.l14_efficiency.measured import compare_processes
from msgan_lessons.lessons.l14_efficiency.roofline import Roofline

TURNS = {"rounds": 2, "calls": 1}


@pytest.fixture
def pair():
    torch.manual_seed(0)
    return dcgan(resolution=8, width=2)


@pytest.fixture
def batch():
    return torch.rand(8, 1, 8, 8) * 2 - 1


def test_turns_alternate_after_one_call_of_each():
    order = []
    players = {name: lambda name=name: order.append(name) for name in "ab"}
    found = roofline.time_interleaved(players, rounds=2, calls=2)
    assert order == list("ab" + "aabb" + "aabb")
    assert {name: len(seconds) for name, seconds in found.items()} == {"a": 2, "b": 2}


def test_a_speed_up_is_a_median_of_ratios_amdahl_knows_its_ends_and_lazy_costs_vanish():
    assert roofline.speed_up([2, 2, 9], [1, 2, 3]) == (2, 1, 3)
    assert roofline.speed_up([1, 2], [1, 2]) == (1, 1, 1)
    ends = [speed_ups.amdahl(*x) for x in ((0, 100), (1, 4), (0.75, 1e12))]
    assert ends == pytest.approx([1, 4, 4])
    factors = [speed_ups.lazy_factor(0.6, k) for k in (1, 4, 1000)]
    assert factors == pytest.approx([1.6, 1.15, 1.0006])


def test_the_layouts_differ_in_strides_and_nothing_else(pair, batch):
    contiguous, last = (step.__self__ for step in speed_ups.layouts(pair, batch).values())
    for name, weight in contiguous.generator.named_parameters():
        assert torch.equal(weight, last.generator.get_parameter(name))
    weight = [g.generator.blocks[1][0].weight for g in (contiguous, last)]
    assert weight[0].is_contiguous()
    assert weight[1].is_contiguous(memory_format=torch.channels_last)
    assert contiguous.step()["d_loss"] == pytest.approx(last.step()["d_loss"], rel=1e-4)


def test_bfloat16_moves_the_loss_a_little(pair, batch):
    full, half = (step() for step in speed_ups.precisions(pair, batch).values())
    assert full["d_loss"] != half["d_loss"]
    assert full["d_loss"] == pytest.approx(half["d_loss"], rel=0.05)


def test_comparisons_leave_the_model_as_it_was(pair, batch):
    before = copy.deepcopy(pair.generator.state_dict())
    found = speed_ups.compare_formats(pair, batch, **TURNS)
    assert list(found) == ["channels_last for contiguous", "bfloat16 for float32"]
    assert all(torch.equal(before[k], v) for k, v in pair.generator.state_dict().items())


def test_batches_have_their_sizes(pair, batch):
    steps = speed_ups.batch_sizes(pair, batch, (2, 8))
    assert {name: step()["n_images"] for name, step in steps.items()} == {"2": 2, "8": 8}


def test_a_lazy_row_has_all_its_steps_and_its_penalties(pair, batch):
    rows = {name: row() for name, row in speed_ups.lazy_r1_steps(pair, batch, (1, 4)).items()}
    assert [len(row) for row in rows.values()] == [4, 4, 4]
    penalised = {name: sum(step["d_penalty"] > 0 for step in row) for name, row in rows.items()}
    assert penalised == {"none": 0, "1": 4, "4": 1}


def test_threads_are_set_for_the_step_alone(pair, batch, monkeypatch):
    seen, before = [], torch.get_num_threads()
    game = SimpleNamespace(step=lambda: seen.append(torch.get_num_threads()))
    monkeypatch.setattr(speed_ups, "benchmark_game", lambda *_: game)
    for step in speed_ups.threads(pair, batch, (1, 2)).values():
        step()
    assert seen == [1, 2]
    assert torch.get_num_threads() == before


def test_the_busy_neighbour_is_there_and_gone():
    here = psutil.Process(os.getpid())
    before = {child.pid for child in here.children()}
    with speed_ups.background_load():
        assert len({child.pid for child in here.children()} - before) == 1
    assert {child.pid for child in here.children()} <= before


def test_threads_are_compared_alone_and_beside_a_neighbour(pair, batch, monkeypatch):
    monkeypatch.setattr(speed_ups, "background_load", nullcontext)
    found = speed_ups.compare_threads(pair, batch, rounds=2)
    alone, beside = found
    assert beside == f"{alone}, beside a busy process"
    assert all(len(rounds) == 2 for two in found.values() for rounds in two.values())


def test_nothing_is_compiled_unasked_or_without_a_compiler(pair, batch, monkeypatch, capsys):
    assert speed_ups.compare_compiled("none", pair, batch, **TURNS) == {}
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    assert speed_ups.compare_compiled("inductor", pair, batch, **TURNS) == {}
    assert "torch.compile needs a C++ compiler, found none of g++" in capsys.readouterr().out


def test_contestants_share_their_seed_and_differ_in_scales_or_batch():
    found = speed_ups.contestants_by_scale("dcgan", 32, 1, 8, seed=3)
    assert list(found) == [
        "8x8, batch 8", "16x16, batch 8", "32x32, batch 8", "32x32, batch 2", "32x32, batch 32",
    ]  # fmt: skip
    *_, first, second, third = (model.generator.state_dict() for model in found.values())
    assert all(torch.equal(first[k], second[k]) and torch.equal(first[k], third[k]) for k in first)


def test_the_shortest_step_grows_with_the_batch(pair, batch):
    roof = Roofline(peak=1e9, bandwidth=1e9, cache_bandwidth=1e9)
    models = {str(n): pair.with_(batch_size=n) for n in (4, 8)}
    found = speed_ups.shortest_steps(models, batch, roof)
    assert found["8"] == pytest.approx(2 * found["4"])


def test_synced_is_rounding_and_local_is_not():
    found = compare_processes("dcgan", steps=3, batch_size=8, resolution=8, width=2)
    assert found.synced < 1e-9 < 1e-4 < found.local
    assert found.seconds_one > 0 < found.seconds_many
    assert (found.count, found.steps) == (2, 3)
