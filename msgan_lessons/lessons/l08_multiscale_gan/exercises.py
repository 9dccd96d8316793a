"""Exercises of lesson 08_multiscale_gan."""

from collections.abc import Callable

import torch
from torch import Tensor

from msgan_lessons.classroom.answers import agrees, answers_agree, gives_shape
from msgan_lessons.classroom.exercises import Function, Value
from msgan_lessons.losses import feature_matching


def _matching(real: list[Tensor], fake: list[Tensor]) -> Tensor:
    return feature_matching([real], [fake])


def _by_layer(real: list[Tensor], fake: list[Tensor], compare) -> Tensor:
    return torch.stack([compare(r, f) for r, f in zip(real, fake, strict=True)]).mean()


def _by_means(real: list[Tensor], fake: list[Tensor], compare) -> Tensor:
    return _by_layer(real, fake, lambda r, f: compare(r.mean(0) - f.mean(0)))


def _all_numbers(layers: list[Tensor]) -> Tensor:
    return torch.cat([layer.mean(0).flatten() for layer in layers])


_noise = torch.Generator().manual_seed(8)
_signs = torch.tensor([1.0, -1.0, 1.0])[:, None, None]  # channels that differ both ways
_layers = [
    [
        torch.rand(4, c, side, side, generator=_noise) + shift * _signs[:c]
        for c, side in ((2, 4), (3, 2))
    ]
    for shift in (0.0, 0.3, -0.2)
]


def _reaches_every_fake_layer(answer: Callable) -> bool:
    fake = [layer.clone().requires_grad_() for layer in _layers[1]]
    result = answer([layer.clone() for layer in _layers[0]], fake)
    if not isinstance(result, Tensor) or not result.requires_grad:
        return False
    result.backward()
    return all(layer.grad is not None and bool(layer.grad.any()) for layer in fake)


BANK: dict[str, Value | Function] = {
    "08.1": Value(
        "lapgan",
        "each level of ResidualGenerator starts from an image that is cut off from the gradient.",
        {
            "dcgan": "it shows one image alone; its features carry the gradient to every block.",
            "progan": "its scales join one after the other; those that play share a gradient.",
            "msggan": "its blocks get a gradient from every finer image too: formula (11).",
            "multiscale_d": "its judges are many, and its G is one chain of features.",
            "MultiScaleGenerator": "its blocks hand on features, and with them the gradient.",
            "GrowingGenerator": "its scales join one after the other; those that play share a "
            "gradient.",
            "MultiScaleDiscriminator": "that is a D; the question is what G's blocks hand on.",
            "detach": "that is what happens inside; the model that does it stands in the table.",
        },
        clues=(
            "The table of the family: what do G's blocks hand on?",
            "Blocks learn together because a gradient passes from one to the next. Which row says "
            "'without gradient'?",
        ),
        also=("ResidualGenerator", "LAP-GAN", "G of lapgan"),
        choices=("dcgan", "lapgan", "progan", "msggan", "multiscale_d"),
    ),
    "08.2": Value(
        (3, 0.25),
        "three whole phases have passed (hold, fade, hold), and 60 of the 240 images of the fourth "
        "one, which fades in the third scale.",
        {
            (2, 0.25): "the second phase faded in the second scale; this is the fourth phase.",
            (4, 0.25): "a scale takes two phases, one to fade in and one to hold.",
            (1, 0.25): "depth counts from 1, and two scales have joined the first one.",
            (3, 1.0): "that was with phase_images=100; a phase is longer now.",
            (2, 1.0): "that was before image 720; the third scale has begun to fade in.",
            (3, 0.75): "alpha is the weight of the newest scale, and it has just begun to count.",
            (3, 0.0): "780 is more than three phases of 240 images: the fourth has begun.",
            (3, 60): "alpha is the share of the phase that has passed, not its images.",
            (3, 3.25): "780 / 240 counts whole phases too; alpha is what is left of it.",
            (0.25, 3): "the other way round: depth stands first.",
            3: "that is the depth; alpha stands beside it.",
            0.25: "that is alpha; depth stands before it.",
        },
        clues=(
            "Under Symbols: a schedule holds, fades, holds, fades. `GrowthSchedule` can be called.",
            "How many whole phases of 240 images are in 780, and which share of the next one has "
            "passed? Phases with an even number fade in a new scale.",
        ),
    ),
    "08.3": Function(
        _matching,
        [(_layers[0], _layers[1]), (_layers[1], _layers[2]), (_layers[0][:1], _layers[2][:1])],
        {
            "compare the means over the batch, not image by image: no fake has a real twin.": (
                lambda real, fake: _by_layer(real, fake, lambda r, f: (r - f).abs().mean())
            ),
            "take the absolute difference, not its square.": lambda real, fake: _by_means(
                real, fake, lambda d: d.square().mean()
            ),
            "take the absolute difference, not the root of the mean square.": lambda real, fake: (
                _by_means(real, fake, lambda d: d.square().mean().sqrt())
            ),
            "the norm is the sum of absolute values, not the root of a sum of squares.": (
                lambda real, fake: _by_means(real, fake, lambda d: d.norm() / d.numel())
            ),
            "take the mean over the layers, not the sum.": lambda real, fake: (
                len(real) * _matching(real, fake)
            ),
            "take the mean over the numbers of a layer, not the sum.": lambda real, fake: _by_means(
                real, fake, lambda d: d.abs().sum()
            ),
            "take the mean over the numbers of a layer, not the largest.": lambda real, fake: (
                _by_means(real, fake, lambda d: d.abs().max())
            ),
            "take the mean over the batch, not the sum.": lambda real, fake: _by_layer(
                real, fake, lambda r, f: (r.sum(0) - f.sum(0)).abs().mean()
            ),
            "the mean is over the batch alone; channels and places are compared one by one.": (
                lambda real, fake: _by_layer(real, fake, lambda r, f: (r.mean() - f.mean()).abs())
            ),
            "the mean is over the batch alone; the places of a map are compared one by one.": (
                lambda real, fake: _by_layer(
                    real, fake, lambda r, f: (r.mean((0, 2, 3)) - f.mean((0, 2, 3))).abs().mean()
                )
            ),
            "dimension 0 is the batch; that takes the mean over the channels.": lambda real, fake: (
                _by_layer(real, fake, lambda r, f: (r.mean(1) - f.mean(1)).abs().mean())
            ),
            "take the absolute value before the mean, or differences cancel.": lambda real, fake: (
                _by_means(real, fake, torch.mean)
            ),
            "every layer counts the same, however many numbers it has.": lambda real, fake: (
                (_all_numbers(real) - _all_numbers(fake)).abs().mean()
            ),
            "that is the first layer alone; take the mean over all of them.": lambda real, fake: (
                _matching(real[:1], fake[:1])
            ),
            "that is the last layer alone; take the mean over all of them.": lambda real, fake: (
                _matching(real[-1:], fake[-1:])
            ),
            "one number: take the mean over the layers as well.": lambda real, fake: [
                _matching([r], [f]) for r, f in zip(real, fake, strict=True)
            ],
            "the sign is turned: G makes this distance small.": lambda real, fake: (
                -_matching(real, fake)
            ),
        },
        clues=(
            "The second part of formula (12) and the sentence of the exercise: four operations, in "
            "that order.",
            "For one layer: `.mean(0)` of each side, the difference, `.abs()`, `.mean()`. Do this "
            "for each pair of layers, then take the mean of what you have.",
        ),
        laws={
            "one number for all layers.": gives_shape((), _layers[0], _layers[1]),
            "the same features on both sides must give 0.": lambda answer: answers_agree(
                answer(_layers[0], [layer.clone() for layer in _layers[0]]), 0.0
            ),
            "real and fake must be able to change places: a distance.": agrees(
                (_layers[0], _layers[1]), (_layers[1], _layers[0])
            ),
            "the order of a batch must not matter: no fake has a real twin.": agrees(
                (_layers[0], _layers[1]), (_layers[0], [x.flip(0) for x in _layers[1]])
            ),
            "no gradient reaches the fake features: .item(), .tolist(), torch.tensor(...), "
            ".detach() or NumPy cut the graph, and G could not learn.": _reaches_every_fake_layer,
            "real and generated batches may differ in size: a mean for each.": agrees(
                (_layers[0], _layers[1]), (_layers[0], [x.repeat(2, 1, 1, 1) for x in _layers[1]])
            ),
        },
        solution=(
            "def my_matching(real_features, fake_features):\n"
            "    pairs = zip(real_features, fake_features, strict=True)\n"
            "    terms = [(r.mean(0) - f.mean(0)).abs().mean() for r, f in pairs]\n"
            "    return torch.stack(terms).mean()"
        ),
    ),
}
