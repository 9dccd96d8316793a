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


def test_table_leaves_out_a_reference_to_the_same_paper():
    assert "ibid" not in repr(pictures.loss_table())
