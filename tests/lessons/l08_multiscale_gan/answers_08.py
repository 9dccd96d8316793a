"""Right and wrong answers to the exercises of lesson 08."""

from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from msgan_lessons import losses
from msgan_lessons.pyramid import GrowthSchedule


def as_written(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r.mean(0) - f.mean(0)).abs().mean() for r, f in pairs]).mean()


def by_loop(real_features, fake_features):
    terms = []
    for real, fake in zip(real_features, fake_features, strict=True):
        terms.append((real.mean(dim=0) - fake.mean(dim=0)).abs().mean())
    return sum(terms) / len(terms)


def by_l1_loss(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [F.l1_loss(f.mean(0), r.detach().mean(0)) for r, f in pairs]
    return torch.stack(terms).mean()


def by_norm(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [(r.mean(0) - f.mean(0)).norm(p=1) / r[0].numel() for r, f in pairs]
    return torch.stack(terms).mean()


def by_sums(real_features, fake_features):
    total = 0
    for i in range(len(real_features)):
        apart = real_features[i].sum(0) / len(real_features[i]) - fake_features[i].mean(0)
        total = total + apart.abs().sum() / apart.numel() / len(real_features)
    return total


def by_the_package(real_features, fake_features):
    return losses.feature_matching([real_features], [fake_features])


def image_by_image(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([F.l1_loss(f, r) for r, f in pairs]).mean()


def squared(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([F.mse_loss(f.mean(0), r.mean(0)) for r, f in pairs]).mean()


def root_mean_square(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return sum(F.mse_loss(f.mean(0), r.mean(0)).sqrt() for r, f in pairs) / len(real_features)


def euclidean(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [torch.norm(r.mean(0) - f.mean(0)) / r[0].numel() for r, f in pairs]
    return torch.stack(terms).mean()


def layers_summed(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return sum((r.mean(0) - f.mean(0)).abs().mean() for r, f in pairs)


def numbers_summed(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r.mean(0) - f.mean(0)).norm(p=1) for r, f in pairs]).mean()


def largest(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r.mean(0) - f.mean(0)).abs().amax() for r, f in pairs]).mean()


def batch_summed(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r.sum(0) - f.sum(0)).abs().mean() for r, f in pairs]).mean()


def grand_means(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r.mean() - f.mean()).abs() for r, f in pairs]).mean()


def places_averaged(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [F.l1_loss(r.mean(dim=[0, 2, 3]), f.mean(dim=[0, 2, 3])) for r, f in pairs]
    return torch.stack(terms).mean()


def channels_averaged(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return sum((r.mean(1) - f.mean(1)).abs().mean() for r, f in pairs) / len(real_features)


def without_abs(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r.mean(0) - f.mean(0)).mean() for r, f in pairs]).mean()


def all_in_one(real_features, fake_features):
    real = torch.cat([r.flatten(1) for r in real_features], dim=1)
    fake = torch.cat([f.flatten(1) for f in fake_features], dim=1)
    return (real.mean(0) - fake.mean(0)).abs().mean()


def returning_early(real_features, fake_features):
    for real, fake in zip(real_features, fake_features, strict=True):
        return (real.mean(0) - fake.mean(0)).abs().mean()


def last_one(real_features, fake_features):
    for real, fake in zip(real_features, fake_features, strict=True):
        term = (real.mean(0) - fake.mean(0)).abs().mean()
    return term


def one_a_layer(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return [(r.mean(0) - f.mean(0)).abs().mean() for r, f in pairs]


def stacked(real_features, fake_features):
    return torch.stack(one_a_layer(real_features, fake_features))


def negative(real_features, fake_features):
    return -as_written(real_features, fake_features)


def as_a_number(real_features, fake_features):
    return float(as_written(real_features, fake_features))


def in_a_new_tensor(real_features, fake_features):
    return torch.tensor(one_a_layer(real_features, fake_features)).mean()


def by_numpy(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return np.mean([np.abs(r.numpy().mean(0) - f.numpy().mean(0)).mean() for r, f in pairs])


def fakes_detached(real_features, fake_features):
    return as_written(real_features, [f.detach() for f in fake_features])


def in_pairs(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    return torch.stack([(r - f).mean(0).abs().mean() for r, f in pairs]).mean()


def relative(real_features, fake_features):
    pairs = zip(real_features, fake_features, strict=True)
    terms = [(r.mean(0) - f.mean(0)).abs().mean() / r.abs().mean() for r, f in pairs]
    return torch.stack(terms).mean()


def popping(real_features, fake_features):
    terms = []
    while real_features:
        terms.append((real_features.pop().mean(0) - fake_features.pop().mean(0)).abs().mean())
    return sum(terms) / len(terms)


RIGHT = {
    "08.1": ["lapgan", " Lapgan", "LAPGAN", "'lapgan'", "ResidualGenerator"],
    "08.2": [
        (3, 0.25),
        [3, 0.25],
        (3.0, 1 / 4),
        (torch.tensor(3), Fraction(1, 4)),
        np.array([3, 0.25]),
        GrowthSchedule(240, 3).stage(780),
    ],
    "08.3": [as_written, by_loop, by_l1_loss, by_norm, by_sums, by_the_package],
}
WRONG = {
    "08.1": [
        ("dcgan", "one image alone"),
        ("ProGAN", "one after the other"),
        ("msggan", "from every finer image"),
        ("multiscale_d", "one chain of features"),
        ("MultiScaleGenerator", "hand on features"),
        ("GrowingGenerator", "one after the other"),
        ("MultiScaleDiscriminator", "that is a D"),
        ("detach", "what happens inside"),
        ("D", "one of 'dcgan', 'lapgan'"),
        (4, "one of 'dcgan', 'lapgan'"),
    ],
    "08.2": [
        ((2, 0.25), "the fourth phase"),
        ([4, 0.25], "a scale takes two phases"),
        ((1, 0.25), "depth counts from 1"),
        (GrowthSchedule(100, 3).stage(780), "phase_images=100"),
        ((2, 1.0), "before image 720"),
        ((3, 0.75), "weight of the newest scale"),
        ((3, 0), "the fourth has begun"),
        ((3, 60), "not its images"),
        ((3, 780 / 240), "counts whole phases too"),
        ((0.25, 3), "depth stands first"),
        (3, "alpha stands beside it"),
        (0.25, "depth stands before it"),
    ],
    "08.3": [
        (image_by_image, "no fake has a real twin"),
        (squared, "not its square"),
        (root_mean_square, "root of the mean square"),
        (euclidean, "root of a sum of squares"),
        (layers_summed, "mean over the layers, not the sum"),
        (numbers_summed, "mean over the numbers of a layer, not the sum"),
        (largest, "not the largest"),
        (batch_summed, "mean over the batch, not the sum"),
        (grand_means, "channels and places are compared one by one"),
        (places_averaged, "the places of a map are compared one by one"),
        (channels_averaged, "dimension 0 is the batch"),
        (without_abs, "differences cancel"),
        (all_in_one, "every layer counts the same"),
        (returning_early, "the first layer alone"),
        (last_one, "the last layer alone"),
        (one_a_layer, "the mean over the layers as well"),
        (stacked, "the mean over the layers as well"),
        (negative, "the sign is turned"),
        (as_a_number, "no gradient"),
        (in_a_new_tensor, "no gradient"),
        (by_numpy, "no gradient"),
        (fakes_detached, "no gradient"),
        (in_pairs, "may differ in size"),
        (relative, "change places"),
        (popping, "changes its argument 'real_features' in place"),
    ],
}
