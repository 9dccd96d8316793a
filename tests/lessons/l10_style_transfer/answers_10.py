"""Right and wrong answers to the exercises of lesson 10."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn.functional import l1_loss, mse_loss, smooth_l1_loss

from msgan_lessons.lessons.l10_style_transfer.game import cycle_loss


def as_written(x, y, G, F):
    return (F(G(x)) - x).abs().mean() + (G(F(y)) - y).abs().mean()


def by_norm(x, y, G, F):
    there, back = F(G(x)) - x, G(F(y)) - y
    return there.norm(p=1) / there.numel() + torch.linalg.vector_norm(back, 1) / y.numel()


def by_loop(x, y, G, F):
    total = 0
    for a, b in zip(x, y, strict=True):
        total = total + as_written(a[None], b[None], G, F)
    return total / len(x)


def one_an_image(x, y, G, F, reduce=torch.mean):
    there, back = (F(G(x)) - x).abs(), (G(F(y)) - y).abs()
    return reduce(there, (1, 2, 3)) + reduce(back, (1, 2, 3))


def by_numpy(x, y, G, F):
    there, back = F(G(x)).detach().numpy(), G(F(y)).detach().numpy()
    return np.abs(there - x.numpy()).mean() + np.abs(back - y.numpy()).mean()


def in_place(x, y, G, F):
    return x.sub_(F(G(x))).abs().mean() + y.sub_(G(F(y))).abs().mean()


RIGHT = {
    "10.1": ["adversarial", " Adversarial", "ADVERSARIAL", "adversarial loss", "L_adv"],
    "10.2": [1.25, 5 / 4, 1 + 0.5**2, Fraction(5, 4), torch.tensor(1.25), np.float64(1.2501)],
    "10.3": [
        as_written,
        lambda x, y, G, F: cycle_loss([x, y], [F(G(x)), G(F(y))]),
        lambda x, y, G, F: l1_loss(x, F(G(x))) + l1_loss(y, G(F(y))),
        by_norm,
        by_loop,
        lambda x, y, G, F: 2 * l1_loss(torch.stack([F(G(x)), G(F(y))]), torch.stack([x, y])),
    ],
}
WRONG = {
    "10.1": [
        (" Identity ", "of the target style stays as it is"),
        ("none", "D still tells"),
        ("both", "one of the three"),
        ("L_cyc", "write one of 'adversarial', 'cycle', 'identity'"),
        (26, "write one of 'adversarial', 'cycle', 'identity'"),
    ],
    "10.2": [
        (1 + 1 / 4 + 1 / 16, "three scales"),
        (3 / 2, "a quarter of the pixels"),
        (1 + 1 / 8, "not an eighth"),
        (1.25 / 2, "the work of both D"),
        (4 / 3, "ever more scales"),
        (1 / 1.25, "the other way round"),
        ("5/4", "without quotes"),
    ],
    "10.3": [
        (lambda x, y, G, F: l1_loss(F(G(x)), x), "both directions count: x"),
        (lambda x, y, G, F: l1_loss(G(F(y)), y), "not y's alone"),
        (lambda x, y, G, F: l1_loss(F(G(x)), y) + l1_loss(G(F(y)), x), "no pairs"),
        (lambda x, y, G, F: l1_loss(G(F(x)), x) + l1_loss(F(G(y)), y), "through G first"),
        (lambda x, y, G, F: mse_loss(F(G(x)), x) + mse_loss(G(F(y)), y), "not its square"),
        (lambda x, y, G, F: as_written(x, y, G, F) / 2, "do not take their mean"),
        (lambda x, y, G, F: l1_loss(F(G(x)), x) - l1_loss(G(F(y)), y), "do not subtract"),
        (lambda x, y, G, F: (F(G(x)) - x).norm(p=1) + (G(F(y)) - y).norm(p=1), "not the sum."),
        (lambda x, y, G, F: one_an_image(x, y, G, F, torch.sum).mean(), "sum within each image"),
        (lambda x, y, G, F: torch.dist(F(G(x)), x) + torch.dist(G(F(y)), y), "sum of squares"),
        (lambda x, y, G, F: l1_loss(G(y), y) + l1_loss(F(x), x), "identity loss"),
        (lambda x, y, G, F: l1_loss(G(x), x) + l1_loss(F(y), y), "come back before you compare"),
        (lambda x, y, G, F: (G(x) - y).abs().mean() + (F(y) - x).abs().mean(), "has to be 0"),
        (lambda x, y, G, F: (F(G(x)) - x).mean() + (G(F(y)) - y).mean(), "differences cancel"),
        (lambda x, y, G, F: (F(G(x)) - x).abs() + (G(F(y)) - y).abs(), "a loss is one number"),
        (one_an_image, "a loss is one number"),
        (lambda x, y, G, F: one_an_image(x, y, G, F).sum(), "the same images twice"),
        (lambda x, y, G, F: smooth_l1_loss(F(G(x)), x) + l1_loss(G(F(y)), y), "count alike"),
        (lambda x, y, G, F: as_written(x, y, G, F).item(), "no gradient comes through"),
        (by_numpy, "no gradient comes through"),
        (torch.no_grad()(as_written), "no gradient comes through"),
        (in_place, "changes its argument 'x' in place"),
    ],
}
