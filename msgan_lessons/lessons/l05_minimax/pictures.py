"""Pictures of densities, of D* between them and of the game's value (lesson 05_minimax)."""

import torch
from torch import Tensor

from msgan_lessons.base.checks import check_positive
from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.objective import (
    jensen_shannon_divergence,
    optimal_discriminator,
    value_at_optimum,
)


def gaussian(grid: Tensor, mean: float, width: float) -> Tensor:
    """A bell curve as probabilities on a grid: shape (n,), float64, summing to 1.

    Parameters
    ----------
    grid : Tensor
        Points, shape (n,), equally spaced.
    mean, width : float
        Centre and standard deviation (> 0), in the grid's unit.
    """
    check_positive(width=width)
    return torch.softmax(-((grid.double() - mean) ** 2) / (2 * width**2), 0)


def best_discriminator(grid: Tensor, p_data: Tensor, p_model: Tensor) -> Picture:
    """Show two distributions, D* between them, and the value of the game.

    Parameters
    ----------
    grid : Tensor
        Points, shape (n,).
    p_data, p_model : Tensor
        Probabilities on the grid, shape (n,), each summing to 1.
    """
    d_star = optimal_discriminator(p_data, p_model)
    value = float(value_at_optimum(p_data, p_model))
    jsd = float(jensen_shannon_divergence(p_data, p_model))
    figure, axis = new_figure(6.5, 2.8)
    _draw_densities(axis, grid, p_data, p_model)
    right = _probability_axis(axis)
    right.plot(grid, d_star, color=COLOURS["optimum"], linewidth=2, label="D*")
    right.legend(loc="center right", fontsize=8, frameon=False)
    axis.set_title(f"V(D*, G) = {value:.3f} = 2 x {jsd:.3f} - log 4", fontsize=10)
    alt = f"Two bell curves and the best D between them; V(D*, G) is {value:.3f} nats."
    caption = "Green: D*, near 1 where only data live, near 0 where only the model does."
    return Picture(figure, alt, caption)


def learned_discriminator(
    grid: Tensor, p_data: Tensor, p_model: Tensor, learned: Tensor, values: list[float]
) -> Picture:
    """Show a learned D beside D*, and the value it reached beside the theory's.

    Parameters
    ----------
    grid, p_data, p_model : Tensor
        As for `best_discriminator`.
    learned : Tensor
        The learned D on the grid, shape (n,), in [0, 1].
    values : list of float
        V(D, G) after each step, in nats.
    """
    best = float(value_at_optimum(p_data, p_model))
    figure, (left, axis) = new_figure(9.0, 3.0, ncols=2)
    _draw_densities(left, grid, p_data, p_model)
    right = _probability_axis(left)
    d_star = optimal_discriminator(p_data, p_model)
    right.plot(grid, learned, color=COLOURS["sixth"], label="D, learned")
    right.plot(grid, d_star, "--", color=COLOURS["optimum"], label="D*, theory")
    right.legend(fontsize=8, frameon=False, loc="center right")
    steps = range(1, len(values) + 1)
    axis.plot(steps, values, color="0.75", linewidth=0.8, label="V on one batch")
    axis.plot(steps, _running_mean(values), color=COLOURS["sixth"], label="mean of 25 batches")
    axis.axhline(best, color=COLOURS["optimum"], linestyle="--", label="2 JSD - log 4")
    axis.set(xlabel="step of D", ylabel="V(D, G), nats")
    axis.legend(fontsize=8, frameon=False)
    alt = (
        f"Left: the learned D follows D*. Right: its last batch gives {values[-1]:.3f} nats, "
        f"the theory's bound is {best:.3f}."
    )
    caption = "Where do the two D differ, and how many samples has D ever seen there?"
    return Picture(figure, alt, caption)


def _draw_densities(axis, grid: Tensor, p_data: Tensor, p_model: Tensor) -> None:
    step = float(grid[1] - grid[0])
    for p, name, label in ((p_data, "real", "p_data"), (p_model, "fake", "p_model")):
        axis.fill_between(grid, p / step, color=COLOURS[name], alpha=0.35, label=label)
    axis.set(xlabel="x", ylabel="density", ylim=(0, None))
    axis.set_ylim(0, 1.35 * axis.get_ylim()[1])  # room for the legend
    axis.legend(loc="upper center", ncols=2, fontsize=8, frameon=False)


def _running_mean(values: list[float], width: int = 25) -> list[float]:
    """Mean of each value and the 24 before it; shorter at the start."""
    windows = (values[max(0, i - width + 1) : i + 1] for i in range(len(values)))
    return [sum(window) / len(window) for window in windows]


def _probability_axis(axis):
    right = axis.twinx()
    right.set(ylabel="D(x)", ylim=(0, 1.35), yticks=[0, 0.5, 1])
    right.axhline(0.5, color="black", linewidth=0.5, linestyle=":")
    return right
