"""Losses, penalties and feature matching: signs, closed forms, slopes, and lists of scales."""

import math

import pytest
import torch
from seeded import images, normal, stream
from torch import nn
from torch.nn import functional as F

from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.losses import (
    LOSSES,
    Loss,
    feature_matching,
    find_loss,
    gradient_penalty,
    over_scales,
    paired_feature_matching,
    pixel_mse,
    r1_penalty,
    r2_penalty,
)
from msgan_lessons.objective import minimax_value
from msgan_lessons.pyramid import image_pyramid

NAMES = {
    "minimax", "non_saturating", "lsgan", "hinge", "wgan", "relativistic", "relativistic_average",
}  # fmt: skip
REAL, FAKE = images(2, 16, seed=1, dtype=torch.float64) * 0.4 + 0.5  # between all targets, 0 and 1
AVERAGE = 2 + 2 * math.log1p(math.exp(-2))  # softplus(2) + softplus(-2): the means are 2


def values(name, real, fake):
    """Both sides of a loss at one scale, from lists of numbers."""
    real, fake = torch.tensor(real), torch.tensor(fake)
    loss = LOSSES[name]
    return loss.discriminator([real], [fake]).item(), loss.generator([fake], [real]).item()


def slopes(side, *logits):
    """Slope of a loss with respect to each logit of one scale."""
    leaves = [x.clone().requires_grad_(True) for x in logits]
    return torch.autograd.grad(side(*([x] for x in leaves)), leaves, allow_unused=True)


def test_the_table_holds_the_losses_of_the_course():
    assert set(LOSSES) >= NAMES


@pytest.mark.parametrize("name", LOSSES)
def test_signs_d_raises_real_and_lowers_fake_g_raises_fake(name):
    loss = LOSSES[name]
    real, fake = slopes(loss.discriminator, REAL, FAKE)
    g_fake = slopes(loss.generator, FAKE, REAL)[0]
    for downhill in (real, -fake, g_fake):
        assert (downhill <= 0).all()
        assert downhill.sum() < 0


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_losses_and_slopes_are_finite_at_logits_of_200(name, sign):
    real, fake = torch.full((4,), 200.0 * sign), torch.full((4,), -200.0 * sign)
    loss = LOSSES[name]
    assert all(map(math.isfinite, values(name, real.tolist(), fake.tolist())))
    for side, args in ((loss.discriminator, (real, fake)), (loss.generator, (fake, real))):
        assert all(g is None or g.isfinite().all() for g in slopes(side, *args))


def test_minimax_is_a_zero_sum_game():
    loss = LOSSES["minimax"]
    torch.testing.assert_close(loss.discriminator([REAL], [FAKE]), -minimax_value(REAL, FAKE))
    only_fake = minimax_value(torch.full_like(REAL, 800.0), FAKE)  # log D(x) = 0
    torch.testing.assert_close(loss.generator([FAKE]), only_fake)


def test_non_saturating_is_cross_entropy_with_labels():
    ones, zeros, bce = torch.ones(16).double(), torch.zeros(16).double(), LOSSES["non_saturating"]
    cross = F.binary_cross_entropy_with_logits
    both = cross(REAL, ones) + cross(FAKE, zeros)
    torch.testing.assert_close(bce.discriminator([REAL], [FAKE]), both)
    torch.testing.assert_close(bce.generator([FAKE]), cross(FAKE, ones))


def test_saturating_and_non_saturating_slopes_meet_at_one_half_alone():
    s = torch.linspace(-4, 4, 81, dtype=torch.float64)
    (saturating,) = slopes(lambda x: 81 * LOSSES["minimax"].generator(x), s)
    (other,) = slopes(lambda x: 81 * LOSSES["non_saturating"].generator(x), s)
    torch.testing.assert_close(saturating, -torch.sigmoid(s))
    torch.testing.assert_close(other, -(1 - torch.sigmoid(s)))
    meeting = torch.isclose(saturating, other)
    assert s[meeting].abs().max() < 1e-9
    assert int(meeting.sum()) == 1


@pytest.mark.parametrize(
    ("name", "real", "fake", "d_loss", "g_loss"),
    [
        ("lsgan", [0.0, 2.0], [-1.0, 1.0], 1, 1),  # squares of scores, not of their mean
        ("hinge", [1.5], [-1.5], 0, 1.5),  # D does not care beyond its margins
        ("hinge", [0.0], [0.0], 2, 0),
        ("hinge", [0.0], [3.0], 5, -3),
        ("wgan", [1.0, 3.0], [0.0, 1.0], -1.5, -0.5),
        ("relativistic", [0.0, 4.0], [0.0, 4.0], math.log(2), math.log(2)),
        ("relativistic_average", [0.0, 4.0], [0.0, 4.0], AVERAGE, AVERAGE),
    ],
)
def test_values_at_a_few_logits(name, real, fake, d_loss, g_loss):
    assert values(name, real, fake) == pytest.approx((d_loss, g_loss))


@pytest.mark.parametrize("name", ["relativistic", "relativistic_average"])
def test_relativistic_losses_see_differences_alone(name):
    loss = LOSSES[name]
    d_loss = loss.discriminator([REAL], [FAKE])
    torch.testing.assert_close(d_loss, loss.discriminator([REAL + 7], [FAKE + 7]))
    torch.testing.assert_close(loss.generator([REAL], [FAKE]), d_loss)
    with pytest.raises(ValueError, match="real_logits must be given"):
        loss.generator([FAKE])


def test_pixel_mse_is_torchs_mse():
    a, b = images(2, 3, 1, 4, 4)
    torch.testing.assert_close(pixel_mse(a, b), F.mse_loss(a, b))
    with pytest.raises(ValueError, match=r"one shape, got \(1, 2\) and \(2, 1\)"):
        pixel_mse(torch.zeros(1, 2), torch.zeros(2, 1))


def test_scales_are_averaged_after_the_batch():
    coarse, fine = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 8, 8)
    real, fake = [coarse + 1, fine + 3], [coarse, fine]
    assert float(LOSSES["wgan"].discriminator(real, fake)) == pytest.approx(-2)
    weighted = LOSSES["wgan"].discriminator(real, fake, scale_weights=[3, 1])
    assert float(weighted) == pytest.approx(-1.5)
    with pytest.raises(ValueError, match="same scales, got 2 and 1"):
        LOSSES["hinge"].discriminator(real, fake[:1])
    with pytest.raises(ValueError, match="scale_weights must be 1 numbers >= 0"):
        over_scales(lambda a, b: a.sum(), real[:1], fake[:1], [-1.0])


def test_half_precision_logits_give_a_loss_in_float32():
    logits = torch.zeros(4, dtype=torch.bfloat16)
    assert LOSSES["non_saturating"].generator([logits]).dtype == torch.float32


def test_a_new_loss_is_known_at_once_and_an_unknown_one_is_told_what_there_is(monkeypatch):
    entry = Loss(lambda r, f: (f - r).mean(), lambda f, r=None: -f.mean(), "a test")
    monkeypatch.setitem(LOSSES, "mine", entry)
    assert float(find_loss("mine").discriminator([torch.ones(2)], [torch.zeros(2)])) == -1
    with pytest.raises(ValueError, match="loss must be one of minimax, .*mine, got 'hinje'"):
        find_loss("hinje")


# --- penalties ---


class Linear(nn.Module):
    """D(x) = slope * sum of all pixels of all scales: its gradient is known."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, scales):
        return [self.slope * sum(x.flatten(1).sum(1) for x in scales)]


def test_r1_is_the_squared_slope_summed_over_pixels_and_scales_and_can_be_minimised():
    scales, d = image_pyramid(images(3, 1, 8, 8), 2), Linear(0.5)  # 16 + 64 pixels
    assert r2_penalty(d, scales[-1:]).item() == pytest.approx(0.25 * 64)
    penalty = r1_penalty(d, scales)
    assert penalty.item() == pytest.approx(0.25 * 80)
    penalty.backward()
    assert float(d.slope.grad) == pytest.approx(2 * 0.5 * 80)


def test_r1_agrees_with_finite_differences():
    torch.manual_seed(0)
    d = MultiScaleDiscriminator(resolution=8, channels=(8, 4), minibatch_stddev=False).double()
    x = normal(1, 1, 8, 8, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda v: d([v.double()])[0], x.float())
    expected = pytest.approx(float(jacobian.square().sum()), rel=1e-3)
    assert r1_penalty(d.float(), [x]).item() == expected


def test_d_of_several_logits_is_penalised_for_their_mean():
    two_a_pixel = lambda scales: [torch.cat([scales[0]] * 2, 1)]  # noqa: E731 - each of slope 1
    x = images(5, 1, 4, 4)
    assert r1_penalty(two_a_pixel, [x]).item() == pytest.approx(16 * (2 / 32) ** 2)
    both = lambda scales: [x.flatten(1).sum(1) for x in scales]  # noqa: E731 - one a scale
    assert r1_penalty(both, [x, x]).item() == pytest.approx((16 + 16) / 2**2)


@pytest.mark.parametrize(("slope", "penalty"), [(0.25, 0), (0.0, 1), (1.0, 9)])
def test_gradient_penalty_is_the_squared_distance_of_the_slope_from_one(slope, penalty):
    x, y = images(2, 6, 1, 4, 4)  # a slope in each of 16 pixels
    assert gradient_penalty(Linear(slope), [x], [y]).item() == pytest.approx(penalty, abs=1e-5)


def test_gradient_penalty_looks_between_real_and_fake_alike_for_one_stream():
    seen = []

    def spy(scales):
        seen.append([x.detach().flatten(1) for x in scales])
        return [sum(x.flatten(1).sum(1) for x in scales)]

    real, fake = ([torch.full((64, 1, r, r), v) for r in (1, 2)] for v in (0.0, 1.0))
    for seed in (0, 0, 1):
        gradient_penalty(spy, real, fake, stream(seed))
    coarse, fine = seen[0]
    assert ((fine >= 0) & (fine <= 1)).all()
    assert (fine == coarse).all()  # one epsilon an image, at all pixels of all scales
    assert fine[:, 0].unique().numel() == 64
    assert torch.equal(fine, seen[1][1])
    assert not torch.equal(fine, seen[2][1])
    gradient_penalty(spy, real, fake, epsilon=torch.full((64,), 0.25))
    assert (seen[3][1] == 0.75).all()  # 0.25 of the way from the fake to the real one


def test_penalties_of_points_in_the_plane_are_those_of_their_slope():
    """D(x, y) = 3 x + 4 y has the slope 5 everywhere; every point is judged once."""
    seen = []

    def d(scales):
        seen.append(scales[0].shape)
        return [scales[0] @ torch.tensor([3.0, 4.0])]

    real, fake = images(2, 6, 2)
    assert gradient_penalty(d, [real], [fake]).item() == pytest.approx(16)
    assert r1_penalty(d, [real]).item() == pytest.approx(25)
    assert seen == [(6, 2), (6, 2)]


def test_no_penalty_reaches_g():
    g, d = torch.ones(2, 1, 4, 4, requires_grad=True), Linear(1.0)
    r2_penalty(d, [g * 2]).backward()
    assert g.grad is None
    assert d.slope.grad is not None


def test_gradient_penalty_refuses_other_shapes():
    with pytest.raises(ValueError, match="real and fake images must have the same shapes"):
        gradient_penalty(Linear(1.0), [torch.zeros(2, 1, 4, 4)], [torch.zeros(2, 1, 8, 8)])


X = torch.zeros(2, 1, 4, 4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: LOSSES["hinge"].discriminator(X, [X]),
        lambda: LOSSES["hinge"].discriminator([X], X),
        lambda: LOSSES["hinge"].generator(X),
        lambda: r1_penalty(Linear(1.0), X),
        lambda: r2_penalty(Linear(1.0), X),
        lambda: gradient_penalty(Linear(1.0), X, [X]),
        lambda: gradient_penalty(Linear(1.0), [X], X),
        lambda: r1_penalty(lambda scales: scales[0].sum((1, 2, 3)), [X]),
        lambda: feature_matching([X], [X]),
        lambda: paired_feature_matching([[X]], [X]),
    ],
)
def test_a_tensor_in_place_of_a_list_is_refused_in_one_sentence(call):
    with pytest.raises(TypeError, match=r"must be a list of tensors.* got a tensor \(2[^.]*\.$"):
        call()


# --- feature matching ---


def test_feature_matching_is_the_l1_distance_of_mean_features():
    real, fake = images(6, 3, 4, 4), images(5, 3, 4, 4, seed=1)
    expected = (real.mean(0) - fake.mean(0)).abs().mean()
    torch.testing.assert_close(feature_matching([[real]], [[fake]]), expected)
    torch.testing.assert_close(feature_matching([[real], [real]], [[fake], [real]]), expected / 2)
    one, other = real[:1], fake[:1]  # of one image: pix2pixHD's
    torch.testing.assert_close(feature_matching([[one]], [[other]]), F.l1_loss(one, other))


def test_feature_matching_moves_g_alone_and_is_0_for_the_same_images():
    real, fake = (images(2, 3, 4, 4).requires_grad_(True) for _ in range(2))
    feature_matching([[real]], [[fake + 0.1]]).backward()
    assert real.grad is None
    assert fake.grad.min() > 0  # too bright: down
    assert feature_matching([[real]], [[real.detach()]]).item() == 0


def test_paired_matching_sees_what_means_do_not():
    one, rest = torch.tensor([[1.0], [-1.0]]), torch.zeros(2, 3)
    assert feature_matching([[one, rest]], [[-one, rest]]).item() == 0
    assert paired_feature_matching([[one, rest]], [[-one, rest]]).item() == 1  # 2, 0: two layers
    with pytest.raises(ValueError, match="one real twin, got 2 real and 1 fake"):
        paired_feature_matching([[one, rest]], [[one[:1], rest]])
    for match in (feature_matching, paired_feature_matching):
        for other in ([one], [one, rest[:, :2]]):
            with pytest.raises(ValueError, match="real and fake features must have the same layer"):
                match([[one, rest]], [other])
