"""D judges a list of scales: what enters, what each logit depends on, patches and ensembles."""

import kornia
import pytest
import torch
from seeded import images, normal
from torch import nn

from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    DocumentDiscriminator,
    MultiScaleDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.family import GrowingDiscriminator
from msgan_lessons.lessons.l04_discriminator.pictures import logit_at, patch_of, receptive_field
from msgan_lessons.pyramid import image_pyramid

SMALL = {"resolution": 16, "channels": (8, 4, 4)}


def slopes(logits, scales):
    """Slope of the sum of logits at each image; None where it does not depend on it."""
    return torch.autograd.grad(logits.sum(), scales, allow_unused=True, retain_graph=True)


def leaves(*shape, n_scales):
    return [x.detach().requires_grad_(True) for x in image_pyramid(images(*shape), n_scales)]


def test_documents_discriminator_has_a_body_as_written_and_a_head():
    d, x = DocumentDiscriminator(), images(2, 3, 128, 128)
    assert d.body(x).shape == (2, 512, 8, 8)
    assert [s.shape for s in d([x])] == [(2,)]
    with pytest.raises(ValueError, match=r"images must have shape \(B, 3, 128, 128\)"):
        d([torch.zeros(2, 1, 128, 128)])


@pytest.mark.parametrize("inject", ["finest", "all"])
def test_one_logit_an_image_that_depends_on_every_scale_that_enters(inject):
    d, scales = MultiScaleDiscriminator(**SMALL, inject=inject), leaves(6, 1, 16, 16, n_scales=3)
    (logits,) = d(scales)
    assert logits.shape == (6,)
    reached = [s is not None and bool(s.abs().sum() > 0) for s in slopes(logits, scales)]
    assert reached == [inject == "all", inject == "all", True]


def test_pac_judges_several_images_as_one():
    d = MultiScaleDiscriminator(resolution=8, channels=(8, 4), pac=2)
    assert d([images(6, 1, 8, 8)])[0].shape == (3,)
    with pytest.raises(ValueError, match="batch must be divisible by pac=2, got 5"):
        d([images(5, 1, 8, 8)])


def test_spectral_norm_bounds_every_singular_value():
    d = MultiScaleDiscriminator(resolution=8, channels=(8, 4), spectral_norm=True)
    for _ in range(50):
        d([images(4, 1, 8, 8)])
    for layer in [m for m in d.modules() if isinstance(m, nn.Conv2d)]:
        largest = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)
        assert float(largest) == pytest.approx(1, abs=0.02)


def test_discriminator_refuses_images_of_another_size():
    d = MultiScaleDiscriminator(**SMALL, inject="all")
    with pytest.raises(ValueError, match=r"images must have the scales \[4, 8, 16\]"):
        d(image_pyramid(torch.zeros(2, 1, 32, 32), 3))
    with pytest.raises(ValueError, match="inject must be one of finest, all, got 'none'"):
        MultiScaleDiscriminator(inject="none")


@pytest.mark.parametrize(
    "make",
    [
        DocumentDiscriminator,
        PatchDiscriminator,
        MultiScaleDiscriminator,
        GrowingDiscriminator,
        lambda: DiscriminatorEnsemble(2, PatchDiscriminator),
        lambda: DiscriminatorEnsemble(2, PatchDiscriminator, inject="all"),
    ],
)
def test_a_tensor_in_place_of_a_list_is_refused(make):
    said = r"^images must be a list of tensors, .* got a tensor \(2, 1, 32, 32\); one scale is"
    with pytest.raises(TypeError, match=said):
        make()(torch.zeros(2, 1, 32, 32))


# --- an ensemble ---


class Spy(nn.Module):
    """A D that judges by the mean and keeps what it sees."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def forward(self, scales):
        self.seen.extend(scales)
        return [scales[-1].mean((1, 2, 3))]


def test_each_member_sees_the_image_averaged_down_as_kornia_does():
    seen, x = [], images(2, 3, 32, 32)
    assert len(DiscriminatorEnsemble(3, lambda: Spy(seen))([x])) == 3
    blur = kornia.filters.BoxBlur((2, 2), border_type="constant")
    expected = [x]
    for _ in range(2):  # a 2x2 mean, at every second place
        expected.insert(0, blur(expected[0])[..., ::2, ::2])
    torch.testing.assert_close(seen, expected)
    with pytest.raises(ValueError, match="n_scales must be at least 1, got 0"):
        DiscriminatorEnsemble(0, PatchDiscriminator)


def test_each_member_sees_its_own_scale_or_all_see_the_finest():
    own = DiscriminatorEnsemble(3, PatchDiscriminator, inject="all")
    pooled = DiscriminatorEnsemble(3, PatchDiscriminator)
    scales = leaves(2, 1, 32, 32, n_scales=3)
    for k, (mine, pool) in enumerate(zip(own(scales), pooled(scales), strict=True)):
        assert [s is not None for s in slopes(mine, scales)] == [i == k for i in range(3)]
        assert [s is not None for s in slopes(pool, scales)] == [False, False, True]
    with pytest.raises(ValueError, match="images must hold 3 scales, got 1"):
        own(scales[-1:])


def test_judge_gives_the_same_logits_and_the_layers_between():
    d = DiscriminatorEnsemble(2, lambda: PatchDiscriminator(channels=(4, 6)))
    x = [images(2, 1, 32, 32)]
    logits, features = d.judge(x)
    assert all(map(torch.equal, logits, d(x)))
    shapes = [[tuple(f.shape) for f in scale] for scale in features]
    assert shapes == [[(2, 4, 8, 8), (2, 6, 4, 4)], [(2, 4, 16, 16), (2, 6, 8, 8)]]


# --- patches ---


@pytest.mark.parametrize(("n", "side"), [(1, 8), (2, 18), (3, 38)])
@pytest.mark.parametrize(("row", "column"), [(3, 4), (4, 3)])
def test_patch_is_where_the_gradient_of_one_logit_is(n, side, row, column):
    torch.manual_seed(0)
    judge, x = PatchDiscriminator(channels=(4,) * n), normal(1, 1, 64, 64).requires_grad_(True)
    (logits,) = judge([x])
    logits[0, 0, row, column].backward()
    touched = x.grad[0, 0].abs() > 0
    top, left, length = patch_of(judge, row, column)
    assert receptive_field(judge) == (side, 64 // logits.shape[-1])
    assert length == side
    for start, axis in ((top, 1), (left, 0)):
        reached = touched.any(axis).nonzero().flatten().tolist()
        assert reached == list(range(max(start, 0), min(start + side, 64)))


def test_side_of_the_documents_patch_is_the_receptive_field():
    body = DocumentDiscriminator().body
    assert patch_of(body, 0, 0)[2] == receptive_field(body)[0] == 46


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_logit_under_a_place_is_a_logit_whose_patch_holds_it(n):
    judge = PatchDiscriminator(channels=(1,) * n)
    for place in (0.0, 0.3, 0.999, 1.0):
        row, column, count = logit_at(judge, 32, place, 1 - place)
        assert judge([torch.zeros(1, 1, 32, 32)])[0].shape[-2:] == (count, count)
        top, left, side = patch_of(judge, row, column)
        assert top <= (1 - place) * 32 <= top + side
        assert left <= place * 32 <= left + side


def test_a_place_outside_or_a_resolution_that_cannot_be_halved_is_refused():
    judge = PatchDiscriminator(channels=(1, 1))
    with pytest.raises(ValueError, match="divisible by the strides' product 4, got 10"):
        logit_at(judge, 10, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"across and down must be from 0 to 1, got 1.5 and 0.5"):
        logit_at(judge, 8, 1.5, 0.5)
