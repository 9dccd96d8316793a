import pytest
import torch

from msgan_lessons.lessons.l06_losses import pictures
from msgan_lessons.losses import LOSSES, Loss


def test_slopes_of_minimax_and_non_saturating_are_minus_d_and_minus_one_minus_d():
    logits = torch.linspace(-6, 6, 13, dtype=torch.float64)
    d = torch.sigmoid(logits)
    torch.testing.assert_close(pictures.generator_slope("minimax", logits), -d)
    torch.testing.assert_close(pictures.generator_slope("non_saturating", logits), d - 1)


@pytest.mark.parametrize("name", ["hinge", "wgan"])
def test_slope_of_a_linear_loss_is_minus_one_everywhere(name):
    logits = torch.linspace(-9, 9, 5)
    assert torch.equal(pictures.generator_slope(name, logits), -torch.ones(5))


def test_slope_of_an_unknown_loss_names_the_known_ones():
    with pytest.raises(ValueError, match="loss must be one of minimax"):
        pictures.generator_slope("mse", torch.zeros(1))


def test_table_has_a_row_for_every_loss_in_order():
    assert [row[0] for row in pictures.loss_table().rows] == list(LOSSES)


def test_a_new_entry_appears_in_the_table_by_itself(monkeypatch):
    new = Loss(lambda real, fake: (fake - real).mean(), lambda fake, real: -fake.mean(), "me, 1")
    monkeypatch.setitem(LOSSES, "mine", new)
    last = pictures.loss_table().rows[-1]
    assert last[0] == "mine"
    assert last[-1] == "me, 1"
    assert "-1.00" in last


def test_table_shows_formulas_without_their_references():
    text = repr(pictures.loss_table())
    assert "E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))] |" in text
    assert "E[log(1 - D(G(z)))] = -V(D, G) |" in text


def test_table_escapes_what_html_would_read():
    shown = pictures.Table(["a"], [["x < y"]])._repr_html_()
    assert "x &lt; y" in shown


def test_table_refuses_a_row_of_another_length():
    with pytest.raises(ValueError, match="must have 2 entries, got 1"):
        pictures.Table(["a", "b"], [["c"]])


def test_slopes_picture_names_its_losses_and_refuses_none():
    picture = pictures.generator_slopes(list(LOSSES))
    assert all(name in picture.alt for name in LOSSES)
    with pytest.raises(ValueError, match="at least one loss"):
        pictures.generator_slopes([])


def test_samples_picture_names_every_loss():
    images = torch.zeros(3, 1, 8, 8)
    picture = pictures.samples({"hinge": images, "wgan": images}, images, images[0])
    assert "hinge, wgan" in picture.alt


def test_shares_leave_out_a_loss_without_a_discriminator():
    rows = [{"step": i, "d_fake_before": 0.5} for i in (1, 2)]
    picture = pictures.fake_shares({"pixel_mse": [], "hinge": rows})
    assert picture.alt == "D(G(z)) against the step for hinge."
    assert "no loss" in pictures.fake_shares({"pixel_mse": []}).alt


def test_table_leaves_out_a_reference_to_the_same_paper():
    assert "ibid" not in repr(pictures.loss_table())
