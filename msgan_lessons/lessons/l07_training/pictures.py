"""Pictures of training (lesson 07_training)."""

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.base.pictures import (
    COLOURS,
    Picture,
    image_grid,
    image_rows,
    new_figure,
    training_curves,
)
from msgan_lessons.losses import Loss
from msgan_lessons.steps import discriminator_step

COLUMNS = 8  # images in a row


def scale_rows(fake: Sequence[Tensor], real: Sequence[Tensor]) -> Picture:
    """Show generated and real images, one row a scale, coarse to fine.

    Parameters
    ----------
    fake, real : sequence of Tensor
        Scales coarse to fine, each (N, C, R, R) in [-1, 1].
    """
    rows = {}
    for name, scales in (("G", fake), ("real", real)):
        for images in scales:
            side = images.shape[-1]
            rows[f"{name}, {side}x{side}"] = images[:COLUMNS]
    return image_rows(
        rows,
        alt=f"Generated images at {len(fake)} scale(s), above real images at the same scales.",
        caption="Read a column from top to bottom: do G's scales agree with each other?",
        row_height=0.62,
    )


def step_lens(
    discriminator: nn.Module, real: Sequence[Tensor], fake: Sequence[Tensor], loss: Loss,
    d_lr: float, d_steps: int,
) -> Picture:  # fmt: skip
    """Let D take a few plain gradient steps on one batch, and show D(x) and D(G(z)) after each.

    Parameters
    ----------
    discriminator : nn.Module
        A copy of it is trained.
    real, fake : sequence of Tensor
        One batch, scales coarse to fine.
    loss : Loss
        An entry of `losses.LOSSES`.
    d_lr : float
        Learning rate, > 0.
    d_steps : int
        Steps, at least 1.
    """
    judge = copy.deepcopy(discriminator)
    optimizer = torch.optim.SGD(judge.parameters(), lr=d_lr)
    rows = [
        discriminator_step(judge, optimizer, real, fake, loss) for _ in range(d_steps + 1)
    ]  # each row holds what D said before its step
    figure, axis = new_figure(6.5, 2.6)
    shown = {}
    for key, name, label in (("d_real", "real", "D(x)"), ("d_fake", "fake", "D(G(z))")):
        heights = [float(row[f"{key}_before"]) for row in rows]
        shown[label] = heights[-1]
        axis.plot(range(len(rows)), heights, "o-", color=COLOURS[name], label=label)
    axis.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    axis.set(xlabel="steps of D on the same batch", ylabel="mean probability of 'real'")
    axis.set(ylim=(0, 1), xticks=range(len(rows)))
    axis.legend(fontsize=8, frameon=False)
    numbers = " and ".join(f"{label} is {value:.2f}" for label, value in shown.items())
    alt = f"After {d_steps} steps of D on one batch, {numbers}."
    return Picture(figure, alt, "How fast does D pull the two apart when G stands still?")


def samples(images: Tensor, seconds: float, caption: str) -> Picture:
    """Show what G drew after some seconds of training, eight images in a row.

    Parameters
    ----------
    images : Tensor
        Shape (N, C, R, R), values in [-1, 1].
    seconds : float
        Of training, for the alternative text.
    """
    alt = f"{len(images)} images drawn by G after {seconds:.0f} s of training."
    return image_grid(images, 8, alt, caption)


def both_steps(rows: Sequence[Mapping]) -> Picture:
    """Show what the steps of D and G did.

    Parameters
    ----------
    rows : sequence of mapping
        As `training.train` yields them.
    """
    caption = (
        "D's step moves D(G(z)) from the solid to the dotted line. Dashed: a D that only guesses."
    )
    return training_curves(rows, caption)
