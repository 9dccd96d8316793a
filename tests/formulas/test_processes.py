"""Two processes with half the batch each are one with the whole (two CPU processes, gloo)."""

import json
from types import SimpleNamespace

import pytest
import torch
import two_processes as two
from safetensors.torch import load_file
from torch import nn

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.parallel.launching import launched
from msgan_lessons.parallel.processes import Processes
from msgan_lessons.training import TrainConfig

ROUNDING = 1e-9  # double precision; at most 2e-11 was measured, and 1e-2 for what is not rounding


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("processes")
    two.new_game("dcgan").step()  # what torch loads at its first step, both inherit
    launched(two.play_all, place, seconds=240)
    return place


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    return two.play


def distance(first, second):
    assert first.keys() == second.keys()
    return max(float((first[k].double() - second[k].double()).abs().max()) for k in first)


@pytest.mark.parametrize("name", two.CASES)
def test_two_processes_end_where_one_ends(name, folder, alone):
    state, rows = alone(name)
    assert distance(state, load_file(folder / f"{name}.0")) < ROUNDING
    together = json.loads((folder / "said.0").read_text())[name]
    for one, both in zip(rows, together, strict=True):
        assert both == pytest.approx(one, abs=ROUNDING)


@pytest.mark.parametrize("name", two.CASES)
def test_both_processes_are_alike_to_the_last_bit(name, folder):
    assert distance(*(load_file(folder / f"{name}.{rank}") for rank in (0, 1))) == 0
    rows = [json.loads((folder / f"said.{rank}").read_text())[name] for rank in (0, 1)]
    assert rows[0] == rows[1]


def test_batch_norm_over_each_share_is_another_training(folder, alone):
    assert distance(alone("dcgan")[0], load_file(folder / "local.0")) > 1e-4


def test_a_loss_that_is_not_finite_in_one_process_stops_both(folder):
    said = [json.loads((folder / f"said.{rank}").read_text())["diverged"] for rank in (0, 1)]
    assert said[0] == said[1]
    assert "training diverged at step 2" in said[0]


def test_when_time_is_up_for_process_0_both_stop_at_the_same_step(folder):
    assert [json.loads((folder / f"said.{r}").read_text())["stopped"] for r in (0, 1)] == [1, 1]


def pretended(count=2):
    """Process 0 of several, without the others."""
    processes = object.__new__(Processes)
    processes._accelerator = SimpleNamespace(num_processes=count, process_index=0)
    return processes


@pytest.mark.parametrize(
    ("judge", "batch_size", "said"),
    [
        (
            {},
            12,
            "must be divisible by 8 .2 processes, D compares 4 images., got 12",
        ),
        ({"minibatch_stddev": False}, 5, "batch_size must be divisible by 2 .2 processes"),
        ({"minibatch_stddev": False, "pac": 2}, 6, "batch_size must be divisible by 4"),
        ({"pac": 2}, 24, "must be divisible by 16 .2 processes, D compares 8 images., got 24"),
    ],
)
def test_a_batch_that_would_show_d_other_groups_is_refused(judge, batch_size, said):
    game = SimpleNamespace(
        discriminator=MultiScaleDiscriminator(**judge), config=TrainConfig(batch_size=batch_size)
    )
    with pytest.raises(ValueError, match=said):
        pretended().prepare(game)


@pytest.mark.parametrize("judge", [{}, {"pac": 2}, {"minibatch_stddev": False, "pac": 4}])
def test_shares_keep_the_groups_that_d_compares(judge):
    D = MultiScaleDiscriminator(resolution=8, channels=(4, 4), **judge).double()
    images = torch.randn(32, 1, 8, 8, dtype=torch.float64)
    shares = []
    for rank in (0, 1):
        processes = pretended()
        processes._pac = D.pac
        processes._accelerator.process_index = rank
        shares.append(D(processes.share(images)))
    torch.testing.assert_close(torch.stack(shares, 1).flatten(), D(images))


def test_a_share_that_is_not_equal_is_refused():
    processes = pretended(3)
    processes._pac = 1
    with pytest.raises(ValueError, match="batch_size must be divisible by 3 .3 processes"):
        processes.share([torch.zeros(9, 2), torch.zeros(8)])


def test_a_number_of_processes_that_do_not_find_each_other_is_refused(monkeypatch):
    monkeypatch.setattr(
        "msgan_lessons.parallel.processes.Accelerator", lambda **_: pretended(1)._accelerator
    )
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="2 processes must find each other, got 1"):
        Processes(cpu=True)


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr("msgan_lessons.parallel.processes.has_no_gpu", lambda: False)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="--num_processes must be at most 1, the GPUs"):
        Processes()


def test_an_optimiser_averages_before_it_steps(monkeypatch):
    layer = nn.Linear(2, 1)
    layer.weight.grad, before = torch.ones(1, 2), layer.weight.detach().clone()
    processes = pretended()
    processes._accelerator.reduce = lambda bucket, how: bucket / 2  # the other one has zeros
    processes.optimizer(torch.optim.SGD(layer.parameters(), lr=1.0)).step()
    torch.testing.assert_close(layer.weight.detach(), before - 0.5)
    assert layer.bias.grad is None


def test_processes_on_the_cpu_wait_without_naming_a_gpu(monkeypatch):
    """With one GPU and two processes on the CPU, Accelerate's own barrier named a second GPU."""
    waited = []

    class Gathered:
        num_processes, device = 2, torch.device("cpu")

        def wait_for_everyone(self):
            raise AssertionError("invalid device ordinal")

    monkeypatch.setattr(torch.distributed, "barrier", lambda: waited.append(True))
    processes = Processes.__new__(Processes)
    processes._accelerator = Gathered()
    processes.wait()
    assert waited == [True]
