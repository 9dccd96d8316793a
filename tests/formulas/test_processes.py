"""Several processes with a share of the batch each are one with the whole (on the CPU, gloo)."""

import json
from types import SimpleNamespace

import pytest
import torch
import two_processes as two
from safetensors.torch import load_file
from seeded import images, normal
from torch import nn

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.losses import LOSSES, Loss, feature_matching
from msgan_lessons.parallel import processes
from msgan_lessons.parallel.launching import launched
from msgan_lessons.parallel.processes import (
    Processes,
    SyncedBatchNorm2d,
    all_gather,
    check_shares,
    process_count,
    shard,
    sync_batch_norm,
    whole_loss,
    whole_matching,
)
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


def both(folder, name):
    """What the two processes said of a case."""
    return [json.loads((folder / f"said.{rank}").read_text())[name] for rank in (0, 1)]


def distance(first, second):
    assert first.keys() == second.keys()
    return max(float((first[k].double() - second[k].double()).abs().max()) for k in first)


@pytest.mark.parametrize("name", two.CASES)
def test_two_processes_end_where_one_ends_alike_to_the_last_bit(name, folder, alone):
    state, rows = alone(name)
    first, second = (load_file(folder / f"{name}.{rank}") for rank in (0, 1))
    assert distance(state, first) < ROUNDING
    assert distance(first, second) == 0
    said, other = both(folder, name)
    assert said == other
    for one, together in zip(rows, said, strict=True):
        assert together == pytest.approx(one, abs=ROUNDING)


def test_batch_norm_over_each_share_is_another_training(folder, alone):
    assert distance(alone("dcgan")[0], load_file(folder / "local.0")) > 1e-4


def test_a_loss_that_is_not_finite_or_the_clock_of_process_0_stops_both(folder):
    said, other = both(folder, "diverged")
    assert said == other
    assert "training diverged at step 2" in said
    assert both(folder, "stopped") == [1, 1]


# --- shares of a batch ---


@pytest.fixture
def pretended():
    """A function that makes one of several processes, without the others."""

    def make(count=2, rank=0, pac=1):
        processes = object.__new__(Processes)
        processes._accelerator = SimpleNamespace(
            num_processes=count, process_index=rank, device=torch.device("cpu")
        )
        processes._pac = pac
        return processes

    return make


def test_shares_make_up_the_batch_and_each_tensor_of_a_list_is_dealt_alike():
    batch = torch.arange(24)
    shares = [shard(batch, 3, rank, pac=2) for rank in range(3)]
    assert [len(share) for share in shares] == [8, 8, 8]
    assert torch.cat(shares).sort().values.equal(batch)
    assert shard(batch, 1, 0).equal(batch)
    for kind in (list, tuple):
        dealt = shard(kind((torch.arange(8).view(4, 2), torch.arange(4))), 2, 1)
        assert isinstance(dealt, kind)
        assert [x.tolist() for x in dealt] == [[[2, 3], [6, 7]], [1, 3]]


@pytest.mark.parametrize("judge", [{}, {"pac": 2}, {"minibatch_stddev": False, "pac": 4}])
def test_shares_keep_the_groups_that_d_compares(judge, pretended):
    d = MultiScaleDiscriminator(resolution=8, channels=(4, 4), **judge).double()
    batch = [images(32, 1, 8, 8, dtype=torch.float64)]
    (whole,) = d(batch)
    shares = [d(pretended(2, rank, d.pac).share(batch))[0] for rank in (0, 1)]
    torch.testing.assert_close(torch.stack(shares, 1).flatten(), whole)


@pytest.mark.parametrize(
    ("judge", "batch_size", "said"),
    [
        ({}, 12, "must be divisible by 8 .2 processes, D compares 4 images., got 12"),
        ({"minibatch_stddev": False}, 5, "batch_size must be divisible by 2 .2 processes"),
        ({"minibatch_stddev": False, "pac": 2}, 6, "batch_size must be divisible by 4"),
        ({"pac": 2}, 24, "must be divisible by 16 .2 processes, D compares 8 images., got 24"),
    ],
)
def test_a_batch_that_would_show_d_other_groups_is_refused(judge, batch_size, said, pretended):
    game = SimpleNamespace(
        discriminator=MultiScaleDiscriminator(**judge), config=TrainConfig(batch_size=batch_size)
    )
    with pytest.raises(ValueError, match=said):
        pretended().prepare(game)


def test_a_batch_that_does_not_divide_is_refused(pretended):
    with pytest.raises(ValueError, match="batch_size must be divisible by 4 .2 processes, packs"):
        shard(torch.zeros(6), 2, 0, pac=2)
    with pytest.raises(ValueError, match="by 3 .3 processes, D compares 1 images., got 4"):
        check_shares(nn.Identity(), 4, 3)
    with pytest.raises(ValueError, match="batch_size must be divisible by 3 .3 processes"):
        pretended(3).share([torch.zeros(9, 2), torch.zeros(8)])


# --- what looks at the batch as a whole ---


def test_alone_nothing_is_gathered_from_others():
    x = torch.randn(3, 2, requires_grad=True)
    assert process_count() == 1
    assert all_gather(x).shape == (1, 3, 2)
    real, fake = ([[normal(4, 2, 3, 3, seed=s)], [normal(4, 5, 2, 2, seed=s)]] for s in (0, 1))
    torch.testing.assert_close(whole_matching(real, fake), feature_matching(real, fake))


def test_only_losses_that_are_no_mean_over_the_batch_see_all_logits():
    mean = Loss(lambda a, b: (a - b).abs().mean(), lambda a, b: a.mean(), "")
    largest = Loss(lambda a, b: (a - b).abs().max(), lambda a, b: a.std(), "")
    for loss in (*LOSSES.values(), mean, largest):
        is_mean = loss not in (LOSSES["relativistic_average"], largest)
        whole = whole_loss(loss)
        assert (whole.discriminator_loss is loss.discriminator_loss) == is_mean
        assert (whole.generator_loss is loss.generator_loss) == is_mean


def test_a_loss_that_is_no_mean_has_over_two_shares_the_value_of_the_whole(monkeypatch):
    real, fake = normal(2, 8, dtype=torch.float64)
    halves = [(real[:4], fake[:4]), (real[4:], fake[4:])]
    others = {x.data_ptr(): pair for pair in zip(*halves, strict=True) for x in pair}
    monkeypatch.setattr(processes, "all_gather", lambda x: torch.stack(others[x.data_ptr()]))
    loss = LOSSES["relativistic_average"]
    whole = loss.discriminator([real], [fake])
    for a, b in halves:
        torch.testing.assert_close(whole_loss(loss).discriminator([a], [b]), whole)
        assert not torch.isclose(loss.discriminator([a], [b]), whole)


# --- batch norm over all processes ---


@pytest.fixture
def twins(monkeypatch):
    """A second process that always has the same share as this one."""
    monkeypatch.setattr(processes, "process_count", lambda: 2)
    monkeypatch.setattr(processes, "all_gather", lambda x: torch.stack([x, x]))


def layers(**arguments):
    torch.manual_seed(0)
    ours = SyncedBatchNorm2d(3, **arguments).double()
    if ours.affine:
        nn.init.normal_(ours.weight), nn.init.normal_(ours.bias)
    torchs = nn.BatchNorm2d(3, **arguments).double()
    torchs.load_state_dict(ours.state_dict())
    return ours, torchs


@pytest.mark.parametrize(
    "arguments", [{}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}]
)
def test_twins_norm_as_torch_norms_their_batch(arguments, twins):
    ours, torchs = layers(**arguments)
    for seed in range(3):
        x = normal(4, 3, 5, 5, seed=seed, dtype=torch.float64) + 2
        torch.testing.assert_close(ours(x), torchs(torch.cat([x, x]))[:4])
    torch.testing.assert_close(ours.state_dict(), torchs.state_dict())
    with pytest.raises(ValueError, match="4D"):
        ours(torch.zeros(4, 3))


def test_its_first_and_second_derivatives_are_right(twins):
    ours, _ = layers()
    x = normal(2, 3, 2, 2, dtype=torch.float64).requires_grad_(True)
    assert torch.autograd.gradcheck(ours, x)
    assert torch.autograd.gradgradcheck(ours, x)


def test_two_processes_norm_differentiate_and_remember_as_one_with_the_whole_batch(tmp_path):
    launched(two.norm_share, tmp_path, seconds=120)
    whole, shares = two.norm_whole(), [load_file(tmp_path / f"norm.{r}") for r in (0, 1)]
    for name, value in whole.items():
        first, second = (share[name] for share in shares)
        if name in two.NORM_SHARED:  # of the images, half in each process
            first = torch.stack([first, second], 1).flatten(0, 1)
        elif name in two.NORM_SUMMED:  # of the weights: each process has its part of the sum
            first = first + second
        else:
            assert torch.equal(first, second)
        torch.testing.assert_close(first, value, msg=name)


def test_alone_or_in_evaluation_it_is_torchs_to_the_last_bit(monkeypatch):
    x, (ours, torchs) = normal(4, 3, 5, 5, dtype=torch.float64), layers()
    assert torch.equal(ours(x), torchs(x))
    monkeypatch.setattr(processes, "process_count", lambda: 2)
    assert torch.equal(ours.eval()(x), torchs.eval()(x))


def test_half_precision_is_normed_in_single(twins):
    x = (normal(4, 3, 5, 5) + 100).bfloat16()
    y = SyncedBatchNorm2d(3)(x)
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), nn.BatchNorm2d(3)(x.float()), rtol=0.01, atol=0.01)


def test_a_network_keeps_weights_names_and_optimiser():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.BatchNorm2d(2)), nn.BatchNorm1d(2))
    before, weights = list(network.state_dict()), list(network.parameters())
    assert sync_batch_norm(network) is network
    assert list(network.state_dict()) == before
    assert all(a is b for a, b in zip(network.parameters(), weights, strict=True))
    kinds = [type(m).__name__ for m in network.modules()]
    assert kinds[-2:] == ["SyncedBatchNorm2d", "BatchNorm1d"]


# --- one of the processes ---


def test_a_number_of_processes_that_do_not_find_each_other_is_refused(monkeypatch, pretended):
    monkeypatch.setattr(processes, "Accelerator", lambda **_: pretended(1)._accelerator)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="2 processes must find each other, got 1"):
        Processes(cpu=True)


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(processes, "has_no_gpu", lambda: False)
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="--num_processes must be at most 1, the GPUs"):
        Processes()


def test_an_optimiser_averages_before_it_steps(pretended):
    layer, one = nn.Linear(2, 1), pretended()
    layer.weight.grad, before = torch.ones(1, 2), layer.weight.detach().clone()
    one._accelerator.reduce = lambda bucket, how: bucket / 2  # the other one has zeros
    one.optimizer(torch.optim.SGD(layer.parameters(), lr=1.0)).step()
    torch.testing.assert_close(layer.weight.detach(), before - 0.5)
    assert layer.bias.grad is None


def test_processes_on_the_cpu_wait_without_naming_a_gpu(monkeypatch, pretended):
    """With one GPU and two processes on the CPU, Accelerate's own barrier named a second GPU."""
    waited, one = [], pretended()
    one._accelerator.wait_for_everyone = lambda: pytest.fail("invalid device ordinal")
    monkeypatch.setattr(torch.distributed, "barrier", lambda: waited.append(True))
    one.wait()
    assert waited == [True]
