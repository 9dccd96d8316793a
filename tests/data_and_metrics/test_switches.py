"""A closed scale teaches nobody; open ones change nothing."""

import pytest
import torch

from msgan_lessons import family
from msgan_lessons.losses import find_loss
from msgan_lessons.metrics.signals import (
    SwitchedDiscriminator,
    judged_sizes,
    scale_gradients,
    scale_responses,
)
from msgan_lessons.pyramid import pyramid_like

SIZES = [4, 8, 16]
MULTI = ["lapgan", "msggan", "multiscale_d"]


def game(name):
    """A small pair with switches, a batch of real and fake scales, and latents."""
    torch.manual_seed(0)
    pair = family.build(name, resolution=16, width=2)
    z = torch.randn(4, pair.generator.latent_dim, generator=torch.Generator().manual_seed(1))
    fake = pair.generator(z)
    noise = torch.Generator().manual_seed(2)
    real = pyramid_like(torch.rand(4, 1, 16, 16, generator=noise) * 2 - 1, fake)
    D = SwitchedDiscriminator(pair.discriminator, judged_sizes(pair.discriminator, SIZES))
    return pair.generator, D, real, fake, z


@pytest.mark.parametrize("name", family.MODELS)
def test_with_all_scales_open_it_is_the_bare_d(name):
    _, D, real, _, _ = game(name)
    bare = D.discriminator
    assert D.sizes == judged_sizes(D, SIZES) == (SIZES if name in MULTI else [16])
    assert all(map(torch.equal, D(real), bare(real)))
    assert all(map(torch.equal, D.judge(real)[0], bare.judge(real)[0]))
    assert [p.data_ptr() for p in D.parameters()] == [p.data_ptr() for p in bare.parameters()]
    if name == "progan":
        D.grow_to(2, 0.5)
        assert bare.stage.tolist() == [2, 0.5]


@pytest.mark.parametrize("name", MULTI)
@pytest.mark.parametrize("closed", SIZES)
def test_no_gradient_reaches_g_through_a_closed_scale(name, closed):
    g, D, _, _, z = game(name)
    D.close([closed])
    fake = [x.detach().requires_grad_() for x in g(z)]
    find_loss("non_saturating").generator(D(fake)).backward()
    if name != "multiscale_d":  # its judges share one image
        slopes = {x.shape[-1]: x.grad for x in fake}
        assert slopes[closed] is None or not slopes[closed].any()
        assert all(slopes[r].any() for r in SIZES if r != closed)
    sizes, norms = scale_gradients(g, D, z)
    assert sizes == [r for r in SIZES if r != closed]
    assert (norms.sum(1) > 0).all()


@pytest.mark.parametrize("name", MULTI)
def test_d_does_not_see_what_happens_at_a_closed_scale(name):
    _, D, real, fake, _ = game(name)
    D.close([8])
    if name == "multiscale_d":
        assert len(D(real)) == 2
        return
    mixed = [b if b.shape[-1] == 8 else a for a, b in zip(real, fake, strict=True)]
    assert all(map(torch.equal, D(real), D(mixed)))


def test_the_judge_of_a_closed_scale_gets_no_gradient():
    _, D, real, fake, _ = game("lapgan")
    D.close([4])
    find_loss("hinge").discriminator(D(real), D([x.detach() for x in fake])).backward()
    seen = [any(p.grad is not None for p in m.parameters()) for m in D.discriminator.members]
    assert seen == [False, True, True]


def test_what_cannot_be_closed_is_refused_and_the_switches_stay():
    _, D, *_ = game("msggan")
    D.close([4])
    with pytest.raises(ValueError, match="one of the scales .4, 8, 16. must stay open"):
        D.close(SIZES)
    _, single, *_ = game("dcgan")
    with pytest.raises(ValueError, match="D judges the scales .16. alone: .* no connection at 4"):
        single.close([4])
    assert D.closed == {4}
    D.close([])
    assert not D.closed


@pytest.mark.parametrize(
    ("name", "closed", "open_sizes"),
    [("dcgan", [], [16]), ("progan", [], [16]), ("lapgan", [8], [4, 16]),
     ("multiscale_d", [8], [4, 16])],
)  # fmt: skip
def test_the_responses_are_d_of_x_and_d_of_g_of_z_or_those_of_each_member(name, closed, open_sizes):
    _, D, real, fake, _ = game(name)
    D.close(closed)
    sizes, logits = scale_responses(D, real, fake, SIZES)
    assert sizes == open_sizes
    pairs = zip(D(real), D(fake), strict=True)
    expected = [[a.mean().item(), b.mean().item()] for a, b in pairs]
    torch.testing.assert_close(logits, torch.tensor(expected))


def test_of_a_trunk_exchanging_nothing_changes_nothing_and_one_scale_only_that():
    _, D, real, fake, _ = game("msggan")
    _, same = scale_responses(D, real, real, SIZES)
    assert torch.equal(same[:, 0], same[:, 1])
    only_8 = [b if b.shape[-1] == 8 else a for a, b in zip(real, fake, strict=True)]
    _, logits = scale_responses(D, real, only_8, SIZES)
    assert torch.equal(logits[[0, 2], 0], logits[[0, 2], 1])
    torch.testing.assert_close(logits[1, 1], D(only_8)[0].mean())
    assert logits[1, 1] != logits[1, 0]
