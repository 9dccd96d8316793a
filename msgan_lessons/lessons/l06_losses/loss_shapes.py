"""Pictures of densities, values and losses (lessons 05_minimax and 06_losses)."""

import torch

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.losses import find_loss

__all__ = ["loss_shapes"]


def loss_shapes(loss: str, limit: float = 4.0) -> Picture:
    """Show both sides of a loss against D's logit, and the gradients that they send back.

    Parameters
    ----------
    loss : str
        A name in `losses.LOSSES`.
    limit : float
        The logits run from -limit to limit; the other side's logit is held at 0.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the loss is unknown.
    """
    entry, zero = find_loss(loss), torch.zeros(())
    logits = torch.linspace(-limit, limit, 161)
    sides = {
        "D, real": (lambda s: entry.discriminator(s, zero), COLOURS["real"]),
        "D, fake": (lambda s: entry.discriminator(zero, s), COLOURS["third"]),
        "G, fake": (lambda s: entry.generator(s, zero), COLOURS["fake"]),
    }
    figure, (left, right) = new_figure(9.0, 3.0, ncols=2)
    for label, (side, colour) in sides.items():
        slopes, values = torch.vmap(torch.func.grad_and_value(side))(logits)
        left.plot(logits, values, color=colour, label=label)
        right.plot(logits, slopes, color=colour, label=label)
    left.set(xlabel="logit of D", ylabel="loss", title=f"{loss}: the loss")
    right.set(xlabel="logit of D", ylabel="slope", title="what is sent back")
    for axis in (left, right):
        axis.axvline(0, color="black", linewidth=0.5)
        axis.legend(fontsize=8, frameon=False)
    alt = f"Loss and slope of '{loss}' for D on real, D on fake and G on fake, against the logit."
    caption = "Where is G's slope (orange) near zero? There G learns nothing."
    return Picture(figure, alt, caption)
