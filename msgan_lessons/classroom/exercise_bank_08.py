"""Exercises of lesson 08_multiscale_gan."""

import torch
from torch import Tensor

from msgan_lessons.classroom.exercise_types import Function, Value
from msgan_lessons.feature_matching import feature_matching

__all__ = ["BANK_08"]


def _by_layer(real: list[Tensor], fake: list[Tensor], compare) -> Tensor:
    return torch.stack([compare(r, f) for r, f in zip(real, fake, strict=True)]).mean()


_noise = torch.Generator().manual_seed(8)
_layers = [
    [torch.rand(4, c, side, side, generator=_noise) + shift for c, side in ((2, 4), (3, 2))]
    for shift in (0.0, 0.3, -0.2)
]

BANK_08: dict[str, Value | Function] = {
    "08.1": Value(
        "carry",
        "with carry='image' each block starts from an image that is cut off from the gradient.",
        {
            "emit": "emit says which images are shown; the features still carry the gradient on.",
            "inject": "that is D's switch; G hands features from block to block all the same.",
            "low": "that is no switch but an argument: the images that a later block starts from.",
            "depth": "depth says how many blocks play; those that play still share a gradient.",
        },
    ),
    "08.2": Value(
        (3, 0.25),
        "three whole phases have passed (hold, fade, hold), and 60 of the 240 images of the fourth "
        "one, which fades in the third scale.",
        {
            (2, 0.25): "the second phase faded in the second scale; this is the fourth phase.",
            (4, 0.25): "a scale takes two phases, one to fade in and one to hold.",
            (3, 1.0): "that was with phase_images=100; a phase is longer now.",
            (3, 0.75): "alpha is the weight of the newest scale, and it has just begun to count.",
            (3, 0.0): "780 is more than three phases of 240 images: the fourth has begun.",
        },
    ),
    "08.3": Function(
        feature_matching,
        [(_layers[0], _layers[1]), (_layers[1], _layers[2]), (_layers[0][:1], _layers[2][:1])],
        {
            "compare the means over the batch, not image by image: no fake has a real twin.": (
                lambda real, fake: _by_layer(real, fake, lambda r, f: (r - f).abs().mean())
            ),
            "take the absolute difference, not its square.": lambda real, fake: _by_layer(
                real, fake, lambda r, f: (r.mean(0) - f.mean(0)).square().mean()
            ),
            "take the mean over the layers, not the sum.": lambda real, fake: (
                len(real) * feature_matching(real, fake)
            ),
            "take the mean over the numbers of a layer, not the sum.": lambda real, fake: _by_layer(
                real, fake, lambda r, f: (r.mean(0) - f.mean(0)).abs().sum()
            ),
            "the mean is over the batch alone; channels and places are compared one by one.": (
                lambda real, fake: _by_layer(real, fake, lambda r, f: (r.mean() - f.mean()).abs())
            ),
            "take the absolute value before the mean, or differences cancel.": lambda real, fake: (
                _by_layer(real, fake, lambda r, f: (r.mean(0) - f.mean(0)).mean())
            ),
        },
    ),
}
