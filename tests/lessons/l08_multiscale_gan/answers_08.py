"""Right and wrong answers to the exercises of lesson 08."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from msgan_lessons import losses
from msgan_lessons.pyramid import GrowthSchedule

grown = GrowthSchedule(phase_images=240, n_scales=3).stage


def layers(real, fake, compare):
    """The mean of what a comparison finds in each layer."""
    return torch.stack([compare(r, f) for r, f in zip(real, fake, strict=True)]).mean()


def gaps(real, fake, compare):
    """The same of the gap between the means over the batch."""
    return layers(real, fake, lambda r, f: compare(r.mean(0) - f.mean(0)))


def as_written(real, fake):
    pairs = zip(real, fake, strict=True)
    return torch.stack([(r.mean(0) - f.mean(0)).abs().mean() for r, f in pairs]).mean()


def by_sums(real_features, fake_features):
    total = 0
    for i in range(len(real_features)):
        apart = real_features[i].sum(0) / len(real_features[i]) - fake_features[i].mean(0)
        total = total + apart.abs().sum() / apart.numel() / len(real_features)
    return total


def places_averaged(gap):
    return gap.mean((1, 2)).abs().mean()


def channels_averaged(real, fake):
    return (real.mean(1) - fake.mean(1)).abs().mean()


def in_pairs(real, fake):
    return (real - fake).mean(0).abs().mean()


def all_in_one(real_features, fake_features):
    real = torch.cat([r.flatten(1) for r in real_features], dim=1)
    fake = torch.cat([f.flatten(1) for f in fake_features], dim=1)
    return (real.mean(0) - fake.mean(0)).abs().mean()


def one_a_layer(real, fake):
    return [as_written([r], [f]) for r, f in zip(real, fake, strict=True)]


def by_numpy(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return np.mean([np.abs(r.numpy().mean(0) - f.numpy().mean(0)).mean() for r, f in pairs])


def popping(real_features, fake_features):
    terms = []
    while real_features:
        terms.append((real_features.pop().mean(0) - fake_features.pop().mean(0)).abs().mean())
    return sum(terms) / len(terms)


RIGHT = {
    "08.1": ["lapgan", " Lapgan", "LAPGAN", "'lapgan'", "ResidualGenerator"],
    "08.2": [(3, 0.25), [3.0, Fraction(1, 4)], np.array([3, 0.25]), grown(780)],
    "08.3": [
        as_written,
        by_sums,
        lambda real, fake: layers(real, fake, lambda r, f: F.l1_loss(f.mean(0), r.mean(0))),
        lambda real, fake: gaps(real, fake, lambda gap: gap.norm(p=1) / gap.numel()),
        lambda real, fake: losses.feature_matching([real], [fake]),
    ],
}
WRONG = {
    "08.1": [
        ("ProGAN", "one after the other"),
        ("MultiScaleGenerator", "hand on features"),
        ("GrowingGenerator", "one after the other"),
        ("D", "one of 'dcgan', 'lapgan'"),
        (4, "one of 'dcgan', 'lapgan'"),
    ],
    "08.2": [
        ([4, 0.25], "a scale takes two phases"),
        (GrowthSchedule(100, 3).stage(780), "phase_images=100"),
        (grown(719), "before image 720"),
        (grown(720), "the fourth has begun"),
        (grown(300), "the fourth phase"),
        ((3, 1 - 0.25), "weight of the newest scale"),
        ((3, 780 / 240), "counts whole phases too"),
        ((0.25, 3), "depth stands first"),
        (3, "alpha stands beside it"),
    ],
    "08.3": [
        (lambda real, fake: layers(real, fake, F.l1_loss), "no fake has a real twin"),
        (lambda real, fake: gaps(real, fake, lambda gap: (gap**2).mean()), "not its square"),
        (lambda real, fake: gaps(real, fake, lambda gap: (gap**2).mean().sqrt()), "mean square"),
        (lambda real, fake: gaps(real, fake, lambda gap: gap.norm() / gap.numel()), "of squares"),
        (lambda real, fake: sum(one_a_layer(real, fake)), "the layers, not the sum"),
        (lambda real, fake: gaps(real, fake, lambda gap: gap.norm(p=1)), "a layer, not the sum"),
        (lambda real, fake: gaps(real, fake, lambda gap: gap.abs().amax()), "not the largest"),
        (lambda real, fake: 4 * as_written(real, fake), "mean over the batch, not the sum"),
        (lambda real, fake: gaps(real, fake, lambda gap: gap.mean().abs()), "places are compared"),
        (lambda real, fake: gaps(real, fake, places_averaged), "the places of a map are compared"),
        (lambda real, fake: layers(real, fake, channels_averaged), "dimension 0 is the batch"),
        (lambda real, fake: gaps(real, fake, torch.mean), "differences cancel"),
        (all_in_one, "every layer counts the same"),
        (lambda real, fake: one_a_layer(real, fake)[0], "the first layer alone"),
        (lambda real, fake: one_a_layer(real, fake)[-1], "the last layer alone"),
        (one_a_layer, "the mean over the layers as well"),
        (lambda real, fake: torch.stack(one_a_layer(real, fake)), "the layers as well"),
        (lambda real, fake: -as_written(real, fake), "the sign is turned"),
        (lambda real, fake: float(as_written(real, fake)), "no gradient"),
        (by_numpy, "no gradient"),
        (lambda real, fake: as_written(real, [f.detach() for f in fake]), "no gradient"),
        (lambda real, fake: layers(real, fake, in_pairs), "may differ in size"),
        (lambda real, fake: as_written(real, fake) / real[0].abs().mean(), "change places"),
        (popping, "changes its argument 'real_features' in place"),
    ],
}
