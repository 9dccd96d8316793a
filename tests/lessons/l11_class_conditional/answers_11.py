"""Right and wrong answers to the exercises of lesson 11."""

import math
from fractions import Fraction

import numpy as np
import scipy.stats
import torch
from torch.nn import functional as F

from msgan_lessons.lessons.l11_class_conditional import game


def drawn(seed, count=2000):
    generator = torch.Generator().manual_seed(seed)
    return game.truncated_normal(count, 64, 2.0, generator).var()


def as_written(psi, V, maps, labels):
    return psi + (V[labels] * maps.sum((2, 3))).sum(1)


def product(V, maps, labels):
    return torch.einsum("bc,bchw->b", V[labels], maps)


def by_loop(psi, V, maps, labels):
    rows = zip(psi, labels, maps, strict=True)
    return torch.stack([p + V[k] @ one.flatten(1).sum(1) for p, k, one in rows])


def by_one_hot(psi, V, maps, labels):
    y = F.one_hot(labels, len(V)).float()
    return psi + torch.einsum("bn,nc,bchw->b", y, V, maps)


def by_all_logits(psi, V, maps, labels):
    every = maps.sum(dim=(-1, -2)) @ V.T
    return psi + every.gather(1, labels[:, None]).squeeze(1)


def by_batched_product(psi, V, maps, labels):
    phi = maps.flatten(2).sum(2)
    return psi + torch.bmm(V[labels][:, None], phi[:, :, None]).flatten()


def by_numpy(psi, V, maps, labels):
    V, maps = V.detach().numpy(), maps.detach().numpy()
    return psi.detach().numpy() + (V[labels.numpy()] * maps.sum((2, 3))).sum(1)


def in_place(psi, V, maps, labels):
    psi += (V[labels] * maps.sum((2, 3))).sum(1)
    return psi


def cut(t):
    return scipy.stats.truncnorm(-t, t)


RIGHT = {
    "11.1": [320, 320.0, 2 * 16 * 10, torch.tensor(320), np.int64(320), Fraction(640, 2)],
    "11.2": [0.77, 0.7737, cut(2).var(), drawn(0), drawn(1), drawn(2), cut(2).std() ** 2],
    "11.3": [as_written, by_loop, by_one_hot, by_all_logits, by_batched_product],
}
WRONG = {
    "11.1": [
        (16 * 10, "a bias beside its gain"),
        (2 * 16, "without classes"),
        (2 * 10, "every channel"),
        (320 + 2 * 16, "measured, not learned"),
        (4 * 16 * 10, "shared by all classes"),
        ("320", "without quotes"),
    ],
    "11.2": [
        (cut(1).var(), "at t = 1"),
        (cut(1).std(), "standard deviation at t = 1"),
        (cut(2).std(), "square it"),
        (1 - 2 * scipy.stats.norm.pdf(2) / math.erf(2**0.5), "one of its factors"),
        (math.erf(2 / 2**0.5), "lie within 2"),
        (1 - 0.9545, "drawn again"),
        (0.226, "takes away"),
        (1.226, "the sign"),
        (1 - 4 * scipy.stats.norm.pdf(2), "divide by the share"),
    ],
    "11.3": [
        (lambda psi, V, x, y: psi + (V[y] * x.mean((2, 3))).sum(1), "not the mean"),
        (lambda psi, V, x, y: psi + (V[y] * x.amax((2, 3))).sum(1), "not the largest"),
        (lambda psi, V, x, y: product(V, x, y), "psi is missing"),
        (lambda psi, V, x, y: psi + product(V, x, torch.arange(len(y)) % len(V)), "to the label"),
        (lambda psi, V, x, y: psi + product(V, x, y) / x.shape[1], "do not take their mean"),
        (lambda psi, V, x, y: psi + torch.einsum("nc,bchw->b", V, x), "not all classes"),
        (lambda psi, V, x, y: psi - product(V, x, y), "not subtracted"),
        (lambda psi, V, x, y: psi * product(V, x, y), "not multiplied"),
        (lambda psi, V, x, y: (psi + product(V, x, y)).sigmoid(), "no sigmoid"),
        (lambda psi, V, x, y: psi + y * (x.sum((2, 3)) @ V[0]), "the label is no factor"),
        (lambda psi, V, x, y: psi + x.sum((2, 3)) @ V[0], "the row of V that the label names"),
        (lambda psi, V, x, y: psi[:, None] + V[y] * x.sum((2, 3)), "one logit an image"),
        (lambda psi, V, x, y: psi[:, None] + product(V, x, y), "one logit an image"),
        (lambda psi, V, x, y: (psi + product(V, x, y))[:, None], "one logit an image"),
        (lambda psi, V, x, y: (psi + product(V, x, y)).mean(), "one logit an image"),
        (lambda psi, V, x, y: psi + V[y] @ x.sum((0, 2, 3)), "whatever else is in the batch"),
        (lambda psi, V, x, y: 2 * psi + product(V, x, y), "the logit is psi alone"),
        (lambda psi, V, x, y: torch.tensor(by_loop(psi, V, x, y).tolist()), "stay with tensors"),
        (by_numpy, "stay with tensors"),
        (in_place, "changes its argument 'psi' in place"),
    ],
}
