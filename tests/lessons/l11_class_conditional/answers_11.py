"""Right and wrong answers to the exercises of lesson 11."""

import math
from fractions import Fraction

import numpy as np
import scipy.stats
import torch
from torch import nn
from torch.nn import functional as F

from msgan_lessons.lessons.l11_class_conditional import game


def drawn(seed, count=2000):
    generator = torch.Generator().manual_seed(seed)
    return game.truncated_normal(count, 64, 2.0, generator).var()


def as_in_the_lesson(psi, V, maps, labels):
    return psi + (V[labels] * maps.sum((2, 3))).sum(1)


def by_loop(psi, V, maps, labels):
    logits = []
    for i, label in enumerate(labels):
        phi = maps[i].flatten(1).sum(1)
        logits.append(psi[i] + (V[label] @ phi))
    return torch.stack(logits)


def by_one_hot(psi, V, maps, labels):
    y = F.one_hot(labels, len(V)).float()
    return psi + torch.einsum("bn,nc,bchw->b", y, V, maps)


def by_embedding(psi, V, maps, labels):
    pooled = maps.mean((2, 3)) * maps[0, 0].numel()
    return (F.embedding(labels, V) * pooled).sum(dim=1) + psi


def by_all_logits(psi, V, maps, labels):
    every = maps.sum(dim=(-1, -2)) @ V.T
    return psi + every.gather(1, labels[:, None]).squeeze(1)


def by_batched_product(psi, V, maps, labels):
    phi = maps.flatten(2).sum(2)
    return psi + torch.bmm(V[labels][:, None], phi[:, :, None]).flatten()


def mean_over_places(psi, V, maps, labels):
    return psi + (V[labels] * F.adaptive_avg_pool2d(maps, 1).flatten(1)).sum(1)


def largest_place(psi, V, maps, labels):
    return psi + (V[labels] * maps.flatten(2).max(2).values).sum(1)


def no_psi(psi, V, maps, labels):
    return torch.einsum("bc,bchw->b", V[labels], maps)


def rows_in_order(psi, V, maps, labels):
    rows = torch.stack([V[i % len(V)] for i in range(len(psi))])
    return psi + (rows * maps.sum((2, 3))).sum(1)


def mean_over_channels(psi, V, maps, labels):
    return psi + torch.mean(V[labels] * maps.sum((2, 3)), dim=1)


def all_classes(psi, V, maps, labels):
    return psi + torch.einsum("nc,bchw->b", V, maps)


def subtracted(psi, V, maps, labels):
    return psi - torch.einsum("bc,bchw->b", V[labels], maps)


def multiplied(psi, V, maps, labels):
    return psi * torch.einsum("bc,bchw->b", V[labels], maps)


def probabilities(psi, V, maps, labels):
    return torch.sigmoid(as_in_the_lesson(psi, V, maps, labels))


def label_as_factor(psi, V, maps, labels):
    return psi + labels * (maps.sum((2, 3)) @ V[0])


def always_the_first_class(psi, V, maps, labels):
    return psi + maps.sum((2, 3)) @ V[0]


def channels_left(psi, V, maps, labels):
    return psi[:, None] + V[labels] * maps.sum((2, 3))


def every_image_with_every_psi(psi, V, maps, labels):
    return psi[:, None] + (V[labels] * maps.sum((2, 3))).sum(1)


def column(psi, V, maps, labels):
    return (psi + (V[labels] * maps.sum((2, 3))).sum(1))[:, None]


def one_for_the_batch(psi, V, maps, labels):
    return as_in_the_lesson(psi, V, maps, labels).mean()


def features_of_the_batch(psi, V, maps, labels):
    return psi + V[labels] @ maps.sum((0, 2, 3))


def psi_twice(psi, V, maps, labels):
    return psi + as_in_the_lesson(psi, V, maps, labels)


def floats(psi, V, maps, labels):
    rows = zip(psi, labels, maps, strict=True)
    return torch.tensor([float(p + V[k] @ m.sum((1, 2))) for p, k, m in rows])


def by_numpy(psi, V, maps, labels):
    V, maps = V.detach().numpy(), maps.detach().numpy()
    return psi.detach().numpy() + (V[labels.numpy()] * maps.sum((2, 3))).sum(1)


def new_embedding(psi, V, maps, labels):
    table = nn.Embedding.from_pretrained(V.detach())
    return psi + (table(labels) * maps.sum((2, 3))).sum(1)


def in_place(psi, V, maps, labels):
    psi += (V[labels] * maps.sum((2, 3))).sum(1)
    return psi


def cut(t):
    return scipy.stats.truncnorm(-t, t)


RIGHT = {
    "11.1": [320, 320.0, 2 * 16 * 10, torch.tensor(320), np.int64(320), Fraction(640, 2)],
    "11.2": [0.77, 0.774, 0.7737, cut(2).var(), drawn(0), drawn(1), drawn(2), cut(2).std() ** 2],
    "11.3": [
        as_in_the_lesson,
        by_loop,
        by_one_hot,
        by_embedding,
        by_all_logits,
        by_batched_product,
    ],
}
WRONG = {
    "11.1": [
        (16 * 10, "a bias beside its gain"),
        (2 * 16, "without classes"),
        (2 * 10, "every channel"),
        (16, "each channel has a gain and a bias"),
        (10, "each class has a gain and a bias"),
        (320 + 2 * 16, "measured, not learned"),
        (4 * 16 * 10, "shared by all classes"),
        (2 * 16 * 32, "the package's way, two maps"),
        (2 * 16 * 32 + 10 * 32, "with its ten e_y"),
        ("320", "without quotes"),
    ],
    "11.2": [
        (0.29, "at t = 1"),
        (cut(1).std(), "standard deviation at t = 1"),
        (cut(2).std(), "square it"),
        (1 - 2 * scipy.stats.norm.pdf(2) / math.erf(2**0.5), "one of its factors"),
        (1, "without a cut"),
        (0.9545, "lie within 2"),
        (1 - 0.9545, "drawn again"),
        (0.226, "takes away"),
        (1.226, "the sign"),
        (1 - 4 * scipy.stats.norm.pdf(2), "divide by the share"),
        (4, "t squared"),
        (2.0, "the threshold"),
        (cut(1).var(), "at t = 1"),
    ],
    "11.3": [
        (mean_over_places, "not the mean"),
        (largest_place, "not the largest"),
        (no_psi, "psi is missing"),
        (rows_in_order, "belongs to the label"),
        (mean_over_channels, "over channels, do not take their mean"),
        (all_classes, "not all classes"),
        (subtracted, "not subtracted"),
        (multiplied, "not multiplied"),
        (probabilities, "no sigmoid"),
        (label_as_factor, "the label is no factor"),
        (always_the_first_class, "the row of V that the label names"),
        (channels_left, "one logit an image"),
        (every_image_with_every_psi, "one logit an image"),
        (column, "one logit an image"),
        (one_for_the_batch, "one logit an image"),
        (features_of_the_batch, "whatever else is in the batch"),
        (psi_twice, "the logit is psi alone"),
        (floats, "stay with tensors"),
        (by_numpy, "stay with tensors"),
        (new_embedding, "stay with tensors"),
        (in_place, "changes its argument 'psi' in place"),
    ],
}
