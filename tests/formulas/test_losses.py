import math

import pytest
import torch
from torch.nn import functional as F

from msgan_lessons.losses import LOSSES, Loss, find_loss, over_scales, pixel_mse
from msgan_lessons.objective import minimax_value

NAMES = {
    "minimax",
    "non_saturating",
    "lsgan",
    "hinge",
    "wgan",
    "relativistic",
    "relativistic_average",
}


def slopes(side, *logits):
    """Slope of a loss with respect to each logit."""
    leaves = [x.clone().requires_grad_(True) for x in logits]
    return torch.autograd.grad(side(*leaves), leaves, allow_unused=True)


@pytest.fixture
def logits():
    """Real and fake logits between the targets of all losses, 0 and 1."""
    generator = torch.Generator().manual_seed(1)
    return torch.rand(2, 16, generator=generator, dtype=torch.float64) * 0.8 + 0.1


def test_the_table_holds_the_losses_of_the_course():
    assert set(LOSSES) >= NAMES


@pytest.mark.parametrize("name", LOSSES)
def test_signs_d_raises_real_and_lowers_fake_g_raises_fake(name, logits):
    loss = LOSSES[name]
    real, fake = slopes(loss.discriminator, *logits)
    assert (real <= 0).all()
    assert real.sum() < 0
    assert (fake >= 0).all()
    assert fake.sum() > 0
    g_fake = slopes(loss.generator, logits[1], logits[0])[0]
    assert (g_fake <= 0).all()
    assert g_fake.sum() < 0


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_losses_and_slopes_are_finite_at_logits_of_200(name, sign):
    real, fake = torch.full((4,), 200.0 * sign), torch.full((4,), -200.0 * sign)
    loss = LOSSES[name]
    for side, args in ((loss.discriminator, (real, fake)), (loss.generator, (fake, real))):
        assert math.isfinite(float(side(*args)))
        assert all(g is None or g.isfinite().all() for g in slopes(side, *args))


def test_minimax_is_a_zero_sum_game(logits):
    loss = LOSSES["minimax"]
    real, fake = logits
    torch.testing.assert_close(loss.discriminator(real, fake), -minimax_value(real, fake))
    only_fake = minimax_value(torch.full_like(real, 800.0), fake)  # log D(x) = 0
    torch.testing.assert_close(loss.generator(fake), only_fake)


def test_non_saturating_is_cross_entropy_with_labels(logits):
    real, fake = logits
    ones, zeros = torch.ones_like(real), torch.zeros_like(real)
    bce = F.binary_cross_entropy_with_logits
    loss = LOSSES["non_saturating"]
    torch.testing.assert_close(loss.discriminator(real, fake), bce(real, ones) + bce(fake, zeros))
    torch.testing.assert_close(loss.generator(fake), bce(fake, ones))


def test_saturating_and_non_saturating_slopes_meet_at_one_half_alone():
    s = torch.linspace(-4, 4, 81, dtype=torch.float64)
    (saturating,) = slopes(lambda x: 81 * LOSSES["minimax"].generator(x), s)
    (other,) = slopes(lambda x: 81 * LOSSES["non_saturating"].generator(x), s)
    torch.testing.assert_close(saturating, -torch.sigmoid(s))
    torch.testing.assert_close(other, -(1 - torch.sigmoid(s)))
    meeting = torch.isclose(saturating, other)
    assert s[meeting].abs().max() < 1e-9
    assert int(meeting.sum()) == 1


def test_lsgan_squares_each_score_and_not_their_mean():
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 1.0])
    assert float(LOSSES["lsgan"].discriminator(real, fake)) == pytest.approx(1.0)
    assert float(LOSSES["lsgan"].generator(fake)) == pytest.approx(1.0)


def test_hinge_stops_caring_beyond_its_margins():
    loss = LOSSES["hinge"]
    assert float(loss.discriminator(torch.tensor([1.5]), torch.tensor([-1.5]))) == 0
    assert float(loss.discriminator(torch.tensor([0.0]), torch.tensor([0.0]))) == 2
    assert float(loss.generator(torch.tensor([3.0]))) == -3


def test_wgan_is_a_difference_of_means():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 1.0])
    assert float(LOSSES["wgan"].discriminator(real, fake)) == pytest.approx(-1.5)
    assert float(LOSSES["wgan"].generator(fake)) == pytest.approx(-0.5)


@pytest.mark.parametrize("name", ["relativistic", "relativistic_average"])
def test_relativistic_losses_see_differences_alone(name, logits):
    real, fake = logits
    loss = LOSSES[name]
    torch.testing.assert_close(
        loss.discriminator(real, fake), loss.discriminator(real + 7, fake + 7)
    )
    torch.testing.assert_close(loss.generator(fake, real), loss.discriminator(fake, real))


def test_relativistic_pairs_and_average_pairs_differ():
    real, fake = torch.tensor([0.0, 4.0]), torch.tensor([0.0, 4.0])
    paired = float(LOSSES["relativistic"].discriminator(real, fake))
    average = float(LOSSES["relativistic_average"].discriminator(real, fake))
    assert paired == pytest.approx(math.log(2))
    expected = F.softplus(-(real - 2)).mean() + F.softplus(fake - 2).mean()
    assert average == pytest.approx(float(expected))


def test_relativistic_generator_needs_real_logits():
    with pytest.raises(ValueError, match="real_logits must be given"):
        LOSSES["relativistic"].generator(torch.zeros(2))


def test_pixel_mse_is_torchs_mse():
    a, b = torch.randn(2, 3, 1, 4, 4)
    torch.testing.assert_close(pixel_mse(a, b), F.mse_loss(a, b))
    with pytest.raises(ValueError, match="one shape, got \\(1, 2\\) and \\(2, 1\\)"):
        pixel_mse(torch.zeros(1, 2), torch.zeros(2, 1))


def test_scales_are_averaged_after_the_batch():
    coarse, fine = torch.zeros(2, 1, 2, 2), torch.zeros(2, 1, 8, 8)
    real, fake = [coarse + 1, fine + 3], [coarse, fine]
    assert float(LOSSES["wgan"].discriminator(real, fake)) == pytest.approx(-2)
    weighted = LOSSES["wgan"].discriminator(real, fake, scale_weights=[3, 1])
    assert float(weighted) == pytest.approx(-1.5)


def test_half_precision_logits_give_a_loss_in_float32():
    logits = torch.zeros(4, dtype=torch.bfloat16)
    assert LOSSES["non_saturating"].generator(logits).dtype == torch.float32


def test_a_loss_refuses_scales_that_do_not_fit():
    two, one = [torch.zeros(1), torch.zeros(1)], [torch.zeros(1)]
    with pytest.raises(ValueError, match="same scales, got 2 and 1"):
        LOSSES["hinge"].discriminator(two, one)
    with pytest.raises(ValueError, match="scale_weights must be 1 numbers >= 0"):
        over_scales(lambda a, b: a.sum(), one, one, [-1.0])


def test_find_loss_names_what_there_is():
    with pytest.raises(ValueError, match="loss must be one of minimax, .*got 'hinje'"):
        find_loss("hinje")


def test_a_new_loss_is_known_at_once(monkeypatch):
    entry = Loss(lambda r, f: (f - r).mean(), lambda f, r=None: -f.mean(), "a test")
    monkeypatch.setitem(LOSSES, "mine", entry)
    assert float(find_loss("mine").discriminator(torch.ones(2), torch.zeros(2))) == -1
