"""Right and wrong answers to the exercises of lesson 04."""

from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field

PATCH = nn.Sequential(*(nn.Conv2d(1, 1, 4, stride) for stride in (2, 2, 2, 1, 1)))


def by_sum(features, weight):
    return (features * weight).sum((1, 2, 3))


def by_numpy(features, weight):
    return np.einsum("bchw,chw->b", features.numpy(), weight.numpy())


def in_place(features, weight):
    return features.mul_(weight).sum((1, 2, 3))


RIGHT = {
    "04.1": [70, torch.tensor(70), np.float64(70), Fraction(70), receptive_field(PATCH)[0]],
    "04.2": ["no", "No", " NO. ", "n", False, "it does not"],
    "04.3": [
        by_sum,
        lambda x, weight: x.flatten(1) @ weight.flatten(),
        lambda x, weight: torch.einsum("bchw,chw->b", x, weight),
        lambda x, weight: torch.stack([(one * weight).sum() for one in x]),
        lambda x, weight: F.conv2d(x, weight.unsqueeze(0)).squeeze((1, 2, 3)),
        lambda x, weight: F.linear(x.flatten(1), weight.flatten()[None])[:, 0],
    ],
}
WRONG = {
    "04.1": [
        (1 + 5 * 3, "multiply by their strides"),
        (5 * 4, "do not add up"),
        (3 * (1 + 2 + 4 + 8 + 8), "starts with one pixel"),
        (1 + 3 * (2 + 4 + 8 + 8 + 8), "widen first, then step"),
        (1 + 4 * (1 + 2 + 4 + 8 + 8), "k - 1, not by 4"),
        (1 + 3 * (1 + 2 + 4 + 8 + 16), "the fourth layer has stride 1"),
        (receptive_field(PATCH[:1])[0], "what the first layer sees"),
        (receptive_field(PATCH[:3])[0], "after three layers"),
        (receptive_field(PATCH[:4])[0], "after four layers"),
        (receptive_field(PATCH)[1], "the distance of neighbouring patches"),
        (70 * 70, "the area"),
        (4**5, "do not multiply"),
        ("70x70", "without quotes"),
    ],
    "04.2": [
        ("Yes.", "it stops at that claim"),
        (True, "it stops at that claim"),
        ("partly", "every coarser scale"),
        ("maybe", "one of 'yes', 'no'"),
        (3, "one of 'yes', 'no'"),
    ],
    "04.3": [
        (lambda x, weight: torch.sigmoid(by_sum(x, weight)), "the sigmoid belongs to the loss"),
        (lambda x, weight: F.logsigmoid(by_sum(x, weight)), "the logarithm of a probability"),
        (lambda x, weight: torch.tanh(by_sum(x, weight)), "no tanh"),
        (lambda x, weight: torch.relu(by_sum(x, weight)), "no ReLU"),
        (lambda x, weight: (x * weight).flatten(1).mean(1), "do not average"),
        (lambda x, weight: torch.sum(x * weight), "do not sum over the batch"),
        (lambda x, weight: F.conv2d(x, weight[None]), "flatten"),
        (lambda x, weight: F.conv2d(x, weight[None]).flatten(1), "not (B, 1)"),
        (lambda x, weight: (x * weight).sum(dim=(-1, -2)), "over the channels as well"),
        (lambda x, weight: torch.einsum("bchw,chw->bhw", x, weight), "over the places as well"),
        (lambda x, weight: torch.mul(x, weight), "sum the products: one logit"),
        (lambda x, weight: F.conv2d(x, weight[None]).squeeze(), "takes the batch away"),
        (lambda x, weight: torch.einsum("bchw,cwh->b", x, weight), "have changed places"),
        (lambda x, weight: by_sum(x, weight.flip(1, 2)), "no flip"),
        (lambda x, weight: x.flatten(1).sum(1), "the weight is missing"),
        (lambda x, weight: x.flatten(1).sum(1) * weight.sum(), "multiply before you sum"),
        (lambda x, weight: by_sum(x - x.mean(0), weight), "depend on the others"),
        (lambda x, weight: by_sum(x, weight) + 1, "no bend and no offset"),
        (lambda x, weight: x.reshape(-1, 2 * 4 * 4) @ weight.flatten(), "for any map"),
        (by_numpy, "no gradient"),
        (lambda x, weight: by_sum(x, weight.detach()), "no gradient"),
        (in_place, "changes its argument 'features' in place"),
        (lambda x, weight: (x * weight).sum((0, 2, 3)), "return shape (B,)"),
    ],
}
