"""Batch norm over all processes; two processes with the same share are played by one."""

import pytest
import torch
import two_processes as two
from safetensors.torch import load_file
from torch import nn

from msgan_lessons.parallel import processes
from msgan_lessons.parallel.launching import launched
from msgan_lessons.parallel.processes import SyncedBatchNorm2d, sync_batch_norm


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
        x = torch.randn(4, 3, 5, 5, generator=torch.manual_seed(seed), dtype=torch.float64) + 2
        torch.testing.assert_close(ours(x), torchs(torch.cat([x, x]))[:4])
    for (name, a), b in zip(ours.state_dict().items(), torchs.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, msg=name)


def test_its_first_and_second_derivatives_are_right(twins):
    ours, _ = layers()
    x = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ours, x)
    assert torch.autograd.gradgradcheck(ours, x)


def test_two_processes_norm_differentiate_and_remember_as_one_with_the_whole_batch(tmp_path):
    launched(two.norm_share, tmp_path, seconds=120)
    whole, shares = two.norm_whole(), [load_file(tmp_path / f"norm.{r}") for r in (0, 1)]
    for name, value in whole.items():
        if name in two.NORM_SHARED:  # of the images, half in each process
            both = torch.stack([share[name] for share in shares], 1).flatten(0, 1)
            torch.testing.assert_close(both, value, msg=name)
        elif name in two.NORM_SUMMED:  # of the weights: each process has its part of the sum
            torch.testing.assert_close(shares[0][name] + shares[1][name], value, msg=name)
        else:
            torch.testing.assert_close(shares[0][name], value, msg=name)
            assert torch.equal(shares[0][name], shares[1][name])


def test_alone_or_in_evaluation_it_is_torchs_to_the_last_bit(monkeypatch):
    x = torch.randn(4, 3, 5, 5, dtype=torch.float64)
    ours, torchs = layers()
    assert torch.equal(ours(x), torchs(x))
    monkeypatch.setattr(processes, "process_count", lambda: 2)
    assert torch.equal(ours.eval()(x), torchs.eval()(x))


def test_half_precision_is_normed_in_single(twins):
    x = (torch.randn(4, 3, 5, 5) + 100).bfloat16()
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
    assert kinds.count("SyncedBatchNorm2d") == 1
    assert "BatchNorm1d" in kinds


def test_what_is_not_a_batch_of_images_is_refused(twins):
    with pytest.raises(ValueError, match="4D"):
        SyncedBatchNorm2d(3)(torch.zeros(4, 3))
