"""Right and wrong answers to the exercises of lesson 04."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field


def by_sum(features, weight):
    return (features * weight).sum((1, 2, 3))


def by_matrix(features, weight):
    return features.flatten(1) @ weight.flatten()


def by_einsum(features, weight):
    return torch.einsum("bchw,chw->b", features, weight)


def by_loop(features, weight):
    return torch.stack([(one * weight).sum() for one in features])


def by_convolution(features, weight):
    return F.conv2d(features, weight.unsqueeze(0)).squeeze((1, 2, 3))


def by_linear(features, weight):
    return F.linear(features.flatten(1), weight.flatten()[None])[:, 0]


def with_sigmoid(features, weight):
    return torch.sigmoid(by_sum(features, weight))


def with_logsigmoid(features, weight):
    return F.logsigmoid(by_sum(features, weight))


def by_channel(features, weight):
    return (features * weight).sum(dim=(-1, -2))


def by_place(features, weight):
    return torch.einsum("bchw,chw->bhw", features, weight)


def squeezed(features, weight):
    return torch.squeeze(F.conv2d(features, weight[None]))


def transposed(features, weight):
    return torch.einsum("bchw,cwh->b", features, weight)


def summed_first(features, weight):
    return features.flatten(1).sum(1) * weight.sum()


def centred(features, weight):
    return by_sum(features - features.mean(0), weight)


def for_4x4_alone(features, weight):
    return features.reshape(-1, 2 * 4 * 4) @ weight.reshape(2 * 4 * 4)


def as_numbers(features, weight):
    return torch.tensor([(one * weight).sum() for one in features])


def by_numpy(features, weight):
    return np.einsum("bchw,chw->b", features.numpy(), weight.numpy())


def in_place(features, weight):
    return features.mul_(weight).sum((1, 2, 3))


RIGHT = {
    "04.1": [
        70,
        70.0,
        torch.tensor(70),
        np.float64(70),
        Fraction(70),
        receptive_field(
            torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, 4, q) for q in (2, 2, 2, 1, 1)))
        )[0],
    ],
    "04.2": ["no", "No", " NO. ", "n", False, "it does not"],
    "04.3": [by_sum, by_matrix, by_einsum, by_loop, by_convolution, by_linear],
}
WRONG = {
    "04.1": [
        (1 + 5 * 3, "multiply by their strides"),
        (5 * 4, "do not add up"),
        (22, "after three layers"),
        (46, "after four layers"),
        (3 * (1 + 2 + 4 + 8 + 8), "starts with one pixel"),
        (1 + 3 * (2 + 4 + 8 + 8 + 8), "widen first, then step"),
        (1 + 4 * (1 + 2 + 4 + 8 + 8), "k - 1, not by 4"),
        (1 + 3 * (1 + 2 + 4 + 8 + 16), "the fourth layer has stride 1"),
        (4, "what the first layer sees"),
        (2**3, "the distance of neighbouring patches"),
        (70 * 70, "the area"),
        (4**5, "do not multiply"),
        ("70x70", "without quotes"),
    ],
    "04.2": [
        ("yes", "it stops at that claim"),
        ("Yes.", "it stops at that claim"),
        (True, "it stops at that claim"),
        ("both", "holds or it does not"),
        ("partly", "every coarser scale"),
        ("finest", "the finest scale sees either blur"),
        ("coarser", "the scales in question"),
        ("maybe", "one of 'yes', 'no'"),
        (3, "one of 'yes', 'no'"),
    ],
    "04.3": [
        (with_sigmoid, "the sigmoid belongs to the loss"),
        (with_logsigmoid, "not the logarithm of a probability"),
        (lambda features, weight: torch.tanh(by_sum(features, weight)), "no tanh"),
        (lambda features, weight: torch.relu(by_sum(features, weight)), "no ReLU"),
        (lambda features, weight: (features * weight).flatten(1).mean(1), "do not average"),
        (lambda features, weight: torch.sum(features * weight), "do not sum over the batch"),
        (lambda features, weight: F.conv2d(features, weight[None]), "flatten"),
        (lambda features, weight: F.conv2d(features, weight[None]).flatten(1), "not (B, 1)"),
        (by_channel, "over the channels as well"),
        (by_place, "over the places as well"),
        (lambda features, weight: torch.mul(features, weight), "sum the products: one logit"),
        (squeezed, "squeeze() takes the batch away"),
        (transposed, "have changed places"),
        (lambda features, weight: by_sum(features, weight.flip(1, 2)), "no flip"),
        (lambda features, weight: features.flatten(1).sum(1), "the weight is missing"),
        (summed_first, "multiply before you sum"),
        (centred, "depend on the others"),
        (lambda features, weight: by_sum(features, weight) + 1, "no bend and no offset"),
        (for_4x4_alone, "for any map"),
        (as_numbers, "no gradient"),
        (by_numpy, "no gradient"),
        (lambda features, weight: by_sum(features, weight.detach()), "no gradient"),
        (in_place, "changes its argument 'features' in place"),
        (lambda features, weight: (features * weight).sum((0, 2, 3)), "return shape (B,)"),
    ],
}
