"""What looks at a batch as a whole, where there is one process alone (two: test_processes.py)."""

import pytest
import torch
from torch import nn

from msgan_lessons.losses import LOSSES, Loss, feature_matching
from msgan_lessons.parallel import processes
from msgan_lessons.parallel.processes import (
    all_gather,
    check_shares,
    process_count,
    shard,
    whole_loss,
    whole_matching,
)


def test_shares_make_up_the_batch_and_have_nothing_in_common():
    batch = torch.arange(24)
    shares = [shard(batch, 3, rank, pac=2) for rank in range(3)]
    assert [len(share) for share in shares] == [8, 8, 8]
    assert torch.cat(shares).sort().values.equal(batch)


@pytest.mark.parametrize("kind", [list, tuple])
def test_each_tensor_of_a_list_is_dealt_alike(kind):
    images, latents = torch.arange(8).view(4, 2), torch.arange(4)
    dealt_images, dealt_latents = shard(kind((images, latents)), 2, 1)
    assert dealt_images.equal(images[1::2])
    assert dealt_latents.equal(latents[1::2])


def test_one_share_is_the_batch():
    batch = torch.randn(6, 1, 2, 2)
    assert shard(batch, 1, 0).equal(batch)


def test_a_batch_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="batch_size must be divisible by 4 .2 processes, packs"):
        shard(torch.zeros(6), 2, 0, pac=2)
    with pytest.raises(
        ValueError, match="divisible by 3 .3 processes, D compares 1 images., got 4"
    ):
        check_shares(nn.Identity(), 4, 3)


def test_alone_nothing_is_gathered_from_others():
    x = torch.randn(3, 2, requires_grad=True)
    assert process_count() == 1
    assert all_gather(x).shape == (1, 3, 2)


@pytest.mark.parametrize("name", LOSSES)
def test_only_losses_that_are_no_mean_over_the_batch_see_all_logits(name):
    loss = LOSSES[name]
    same = whole_loss(loss).discriminator_loss is loss.discriminator_loss
    assert same == (name != "relativistic_average")


def test_a_loss_that_is_no_mean_has_over_two_shares_the_value_of_the_whole(monkeypatch):
    real, fake = torch.randn(2, 8).double()
    halves = [(real[:4], fake[:4]), (real[4:], fake[4:])]
    others = {x.data_ptr(): pair for pair in zip(*halves, strict=True) for x in pair}
    monkeypatch.setattr(processes, "all_gather", lambda x: torch.stack(others[x.data_ptr()]))
    loss = LOSSES["relativistic_average"]
    whole = loss.discriminator(real, fake)
    for share in halves:
        torch.testing.assert_close(whole_loss(loss).discriminator(*share), whole)
        assert not torch.isclose(loss.discriminator(*share), whole)


def test_a_new_loss_is_recognised_by_what_it_does():
    mean = Loss(lambda a, b: (a - b).abs().mean(), lambda a, b: a.mean(), "")
    largest = Loss(lambda a, b: (a - b).abs().max(), lambda a, b: a.std(), "")
    assert whole_loss(mean) == mean
    assert whole_loss(largest).discriminator_loss is not largest.discriminator_loss
    assert whole_loss(largest).generator_loss is not largest.generator_loss


def test_alone_matching_is_feature_matching():
    real, fake = ([[torch.randn(4, 2, 3, 3)], [torch.randn(4, 5, 2, 2)]] for _ in range(2))
    torch.testing.assert_close(whole_matching(real, fake), feature_matching(real, fake))
