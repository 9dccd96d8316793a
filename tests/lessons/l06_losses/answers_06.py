"""Right and wrong answers to the exercises of lesson 06."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, relu

from msgan_lessons import losses

NOTHING = torch.tensor(0.0)
by_the_package = losses.LOSSES["hinge"].discriminator_loss


def as_written(real_logits, fake_logits):
    real, fake = (1 - real_logits).clamp(min=0), (1 + fake_logits).clamp(min=0)
    return real.mean() + fake.mean()


def by_minimum(real_logits, fake_logits):
    real, fake = torch.minimum(NOTHING, real_logits - 1), torch.minimum(NOTHING, -1 - fake_logits)
    return -real.mean() - fake.mean()


def by_loop(real_logits, fake_logits):
    real = sum(max(1 - r, 0 * r) for r in real_logits) / len(real_logits)
    return real + sum(max(1 + f, 0 * f) for f in fake_logits) / len(fake_logits)


def by_embedding(real_logits, fake_logits):
    loss = torch.nn.HingeEmbeddingLoss()  # max(0, 1 - x) where the label is -1
    real_half = loss(real_logits, -torch.ones_like(real_logits))
    return real_half + loss(-fake_logits, -torch.ones_like(fake_logits))


def cross_entropy(real_logits, fake_logits):
    bce = binary_cross_entropy_with_logits
    return bce(real_logits, torch.ones(len(real_logits))) + bce(fake_logits, 0 * fake_logits)


def by_numpy(real_logits, fake_logits):
    real, fake = real_logits.numpy(), fake_logits.numpy()
    return np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()


def one_length(real_logits, fake_logits):
    costs = torch.cat([1 - real_logits, 1 + fake_logits])
    return torch.where(costs > 0, costs, 0.0).sum() / len(real_logits)


def in_place(real_logits, fake_logits):
    return real_logits.neg_().add_(1).relu_().mean() + relu(1 + fake_logits).mean()


RIGHT = {
    "06.1": [9, 9.0, torch.tensor(9.0), np.float64(9), Fraction(9), -(1 - 0.1) / -0.1],
    "06.2": [1, 1.0, torch.tensor(1), np.int64(1), Fraction(2, 2), math.exp(0)],
    "06.3": [as_written, by_the_package, by_minimum, by_loop, by_embedding],
}
WRONG = {
    "06.1": [
        (1 - 0.1, "divide it by the other"),
        (0.1 / 0.9, "turned round"),
        (0.9 - 0.1, "the difference of the slopes"),
        (1 / 0.9, "1 / (1 - D)"),
        (math.log(0.1) / math.log(0.9), "the ratio of the losses"),
        (math.log(9), "the logarithm of the ratio"),
        ("9x", "without quotes"),
    ],
    "06.2": [
        (0.5, "half-way"),
        (torch.tensor(1.0).sigmoid(), "no sigmoid"),
        (math.inf, "`non_saturating` flattens"),
        (float("-inf"), "`minimax` flattens"),
        ("nowhere", "crosses zero once"),
        ("one", "without quotes"),
    ],
    "06.3": [
        (lambda real, fake: as_written(fake, real), "labels swapped"),
        (lambda real, fake: relu(1 - real).sum() + relu(1 + fake).sum(), "not the sum"),
        (lambda real, fake: (1 - real).mean() + (1 + fake).mean(), "the max with 0 is missing"),
        (lambda real, fake: relu((1 - real).mean()) + relu((1 + fake).mean()), "for each logit"),
        (lambda real, fake: relu(-real).mean() + relu(fake).mean(), "the margin is missing"),
        (lambda real, fake: -by_minimum(real, fake), "the sign is turned"),
        (lambda real, fake: by_minimum(2 - real, -2 - fake).neg(), "not the min"),
        (lambda real, fake: relu(torch.cat([1 - real, 1 + fake])).mean(), "the mean of both"),
        (lambda real, fake: relu(1 - real).mean() - relu(1 + fake).mean(), "mean is added"),
        (lambda real, fake: torch.clamp(1 - real, min=0).mean(), "the fake half is missing"),
        (lambda real, fake: torch.clamp(1 + fake, min=0).mean(), "the real half is missing"),
        (lambda real, fake: relu(1 + real).mean() + relu(1 + fake).mean(), "it is 1 - D(x)"),
        (lambda real, fake: relu(1 - real).mean() + relu(1 - fake).mean(), "it is 1 + D(G(z))"),
        (lambda real, fake: as_written(torch.sigmoid(real), torch.sigmoid(fake)), "no sigmoid"),
        (lambda real, fake: (relu(1 - real) ** 2).mean() + (relu(1 + fake) ** 2).mean(), "square"),
        (cross_entropy, "formula (5)"),
        (lambda real, fake: -torch.mean(fake), "G's hinge loss"),
        (lambda real, fake: (1 - real).max() + (1 + fake).max(), "not the largest of the batch"),
        (lambda real, fake: as_written(real, fake).item(), "no gradient"),
        (by_numpy, "no gradient"),
        (lambda real, fake: as_written(real, fake.detach()), "no gradient"),
        (one_length, "may differ in size"),
        (lambda real, fake: relu(1 - real) + relu(1 + fake), "one number for a batch"),
        (lambda real, fake: max(0, 1 - real).mean(), "it stops with RuntimeError"),
        (lambda real, fake: relu(2 - real).mean() + relu(2 + fake).mean(), "must cost nothing"),
        (in_place, "changes its argument 'real_logits' in place"),
    ],
}
