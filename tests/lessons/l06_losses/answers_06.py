"""Right and wrong answers to the exercises of lesson 06."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, relu

from msgan_lessons import losses


def as_written(real_logits, fake_logits):
    real, fake = (1 - real_logits).clamp(min=0), (1 + fake_logits).clamp(min=0)
    return real.mean() + fake.mean()


def by_relu(real_logits, fake_logits):
    return relu(1.0 - real_logits).mean() + relu(1.0 + fake_logits).mean()


def by_the_package(real_logits, fake_logits):
    return losses.LOSSES["hinge"].discriminator_loss(real_logits, fake_logits)


def by_minimum(real_logits, fake_logits):
    nothing = torch.tensor(0.0)
    real, fake = torch.minimum(nothing, real_logits - 1), torch.minimum(nothing, -1 - fake_logits)
    return -real.mean() - fake.mean()


def by_where(real_logits, fake_logits):
    real = torch.where(real_logits < 1, 1 - real_logits, 0.0)
    fake = torch.where(fake_logits > -1, 1 + fake_logits, 0.0)
    return real.sum() / len(real) + fake.sum() / len(fake)


def by_loop(real_logits, fake_logits):
    real = sum(max(1 - r, 0 * r) for r in real_logits) / len(real_logits)
    return real + sum(max(1 + f, 0 * f) for f in fake_logits) / len(fake_logits)


def by_embedding(real_logits, fake_logits):
    loss = torch.nn.HingeEmbeddingLoss()  # max(0, 1 - x) where the label is -1
    real_half = loss(real_logits, -torch.ones_like(real_logits))
    return real_half + loss(-fake_logits, -torch.ones_like(fake_logits))


def swapped(real_logits, fake_logits):
    return as_written(fake_logits, real_logits)


def summed(real_logits, fake_logits):
    return torch.sum(relu(1 - real_logits)) + torch.sum(relu(1 + fake_logits))


def without_max(real_logits, fake_logits):
    return torch.mean(1 - real_logits) + torch.mean(1 + fake_logits)


def max_of_the_mean(real_logits, fake_logits):
    return relu(torch.mean(1 - real_logits)) + relu(torch.mean(1 + fake_logits))


def without_margin(real_logits, fake_logits):
    return torch.clamp(-real_logits, min=0).mean() + torch.clamp(fake_logits, min=0).mean()


def as_a_value(real_logits, fake_logits):
    return torch.clamp(real_logits - 1, max=0).mean() + torch.clamp(-1 - fake_logits, max=0).mean()


def with_min(real_logits, fake_logits):
    nothing = torch.tensor(0.0)
    real, fake = torch.minimum(nothing, 1 - real_logits), torch.minimum(nothing, 1 + fake_logits)
    return real.mean() + fake.mean()


def mean_of_both(real_logits, fake_logits):
    return torch.cat([relu(1 - real_logits), relu(1 + fake_logits)]).mean()


def subtracted(real_logits, fake_logits):
    return relu(1 - real_logits).mean() - relu(1 + fake_logits).mean()


def real_half(real_logits, fake_logits):
    return torch.clamp(1 - real_logits, min=0).mean()


def fake_half(real_logits, fake_logits):
    return torch.clamp(1 + fake_logits, min=0).mean()


def plus_twice(real_logits, fake_logits):
    return relu(1 + real_logits).mean() + relu(1 + fake_logits).mean()


def minus_twice(real_logits, fake_logits):
    return relu(1 - real_logits).mean() + relu(1 - fake_logits).mean()


def on_probabilities(real_logits, fake_logits):
    return as_written(torch.sigmoid(real_logits), torch.sigmoid(fake_logits))


def squared(real_logits, fake_logits):
    return (relu(1 - real_logits) ** 2).mean() + (relu(1 + fake_logits) ** 2).mean()


def cross_entropy(real_logits, fake_logits):
    bce = binary_cross_entropy_with_logits
    return bce(real_logits, torch.ones(len(real_logits))) + bce(fake_logits, 0 * fake_logits)


def largest(real_logits, fake_logits):
    return torch.max(1 - real_logits) + torch.max(1 + fake_logits)


def by_lists(real_logits, fake_logits):
    pairs = zip(real_logits.tolist(), fake_logits.tolist(), strict=True)
    return sum(max(0.0, 1 - r) + max(0.0, 1 + f) for r, f in pairs) / len(real_logits)


def by_item(real_logits, fake_logits):
    return as_written(real_logits, fake_logits).item()


def by_numpy(real_logits, fake_logits):
    real, fake = real_logits.numpy(), fake_logits.numpy()
    return np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()


def fakes_detached(real_logits, fake_logits):
    return as_written(real_logits, fake_logits.detach())


def one_length(real_logits, fake_logits):
    costs = torch.cat([1 - real_logits, 1 + fake_logits])
    return torch.where(costs > 0, costs, 0.0).sum() / len(real_logits)


def without_mean(real_logits, fake_logits):
    return relu(1 - real_logits) + relu(1 + fake_logits)


def python_max(real_logits, fake_logits):
    return max(0, 1 - real_logits).mean() + max(0, 1 + fake_logits).mean()


def margin_of_two(real_logits, fake_logits):
    return relu(2 - real_logits).mean() + relu(2 + fake_logits).mean()


def in_place(real_logits, fake_logits):
    return real_logits.neg_().add_(1).relu_().mean() + relu(1 + fake_logits).mean()


RIGHT = {
    "06.1": [9, 9.0, torch.tensor(9.0), np.float64(9), Fraction(9), -(1 - 0.1) / -0.1],
    "06.2": [1, 1.0, torch.tensor(1), np.int64(1), Fraction(2, 2), math.exp(0)],
    "06.3": [
        as_written,
        by_relu,
        by_the_package,
        by_minimum,
        by_where,
        by_loop,
        by_embedding,
    ],
}
WRONG = {
    "06.1": [
        (1, "agree at D = 1/2 alone"),
        (1 - 0.1, "divide it by the other"),
        (0.1, "divide the other by it"),
        (0.1 / 0.9, "turned round"),
        (-9, "both slopes point down"),
        (0.9 - 0.1, "the difference of the slopes"),
        (10, "that is 1 / D"),
        (1 / 0.9, "1 / (1 - D)"),
        (math.log(0.1) / math.log(0.9), "the ratio of the losses"),
        (81, "ratio of the squares"),
        (math.log(9), "the logarithm of the ratio"),
        ("9x", "without quotes"),
    ],
    "06.2": [
        (0, "the slope at 0 is -1"),
        (0.5, "half-way"),
        (-1, "the slope at logit 0"),
        (2, "turns G back"),
        (torch.tensor(1.0).sigmoid(), "no sigmoid"),
        (math.inf, "`non_saturating` flattens"),
        (float("-inf"), "`minimax` flattens"),
        ("nowhere", "crosses zero once"),
        ("one", "without quotes"),
    ],
    "06.3": [
        (swapped, "labels swapped"),
        (summed, "not the sum"),
        (without_max, "the max with 0 is missing"),
        (max_of_the_mean, "for each logit"),
        (without_margin, "the margin is missing"),
        (as_a_value, "the sign is turned"),
        (with_min, "not the min"),
        (mean_of_both, "the mean of both"),
        (subtracted, "the second mean is added"),
        (real_half, "the fake half is missing"),
        (fake_half, "the real half is missing"),
        (plus_twice, "it is 1 - D(x)"),
        (minus_twice, "it is 1 + D(G(z))"),
        (on_probabilities, "no sigmoid"),
        (squared, "no square"),
        (cross_entropy, "formula (5)"),
        (lambda real_logits, fake_logits: -torch.mean(fake_logits), "G's hinge loss"),
        (largest, "not the largest of the batch"),
        (by_lists, "no gradient"),
        (by_item, "no gradient"),
        (by_numpy, "no gradient"),
        (fakes_detached, "no gradient"),
        (one_length, "may differ in size"),
        (without_mean, "one number for a batch"),
        (python_max, "it stops with RuntimeError"),
        (margin_of_two, "must cost nothing"),
        (in_place, "changes its argument 'real_logits' in place"),
    ],
}
