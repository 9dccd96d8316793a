import torch

from msgan_lessons.lessons.l06_losses import pictures
from msgan_lessons.losses import LOSSES, Loss


def test_slopes_are_minus_d_minus_one_minus_d_and_minus_one():
    logits = torch.linspace(-6, 6, 13, dtype=torch.float64)
    d = torch.sigmoid(logits)
    torch.testing.assert_close(pictures.generator_slope("minimax", logits), -d)
    torch.testing.assert_close(pictures.generator_slope("non_saturating", logits), d - 1)

    for name in ("hinge", "wgan"):  # linear
        assert torch.equal(pictures.generator_slope(name, logits), -torch.ones_like(logits))


def test_the_table_has_a_row_for_every_loss_in_order_and_for_a_new_one_by_itself(monkeypatch):
    new = Loss(lambda real, fake: (fake - real).mean(), lambda fake, real: -fake.mean(), "me, 1")
    monkeypatch.setitem(LOSSES, "mine", new)
    rows = pictures.loss_table().rows
    assert [row[0] for row in rows] == list(LOSSES)
    assert rows[-1][-1] == "me, 1"
    assert "-1.00" in rows[-1]


def test_the_table_shows_formulas_without_their_references_and_escapes_html():
    text = repr(pictures.loss_table())
    assert "E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))] |" in text
    assert "E[log(1 - D(G(z)))] = -V(D, G) |" in text
    assert "ibid" not in text
    assert "x &lt; y" in pictures.Table(["a"], [["x < y"]])._repr_html_()
