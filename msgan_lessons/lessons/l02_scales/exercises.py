"""Exercises of lesson 02_scales."""

import torch

from msgan_lessons.classroom.answers import answers_agree, gives_shape
from msgan_lessons.classroom.exercises import Function, Value
from msgan_lessons.pyramid import bilinear_upsample, box_downsample


def _low(images: torch.Tensor) -> torch.Tensor:
    """Halve and double: the images without their finest band."""
    return bilinear_upsample(box_downsample(images))


def _nearest(images: torch.Tensor) -> torch.Tensor:
    return box_downsample(images).repeat_interleave(2, -1).repeat_interleave(2, -2)


def _two_bands_less(images: torch.Tensor) -> torch.Tensor:
    return bilinear_upsample(_low(box_downsample(images)))


_noise = torch.Generator().manual_seed(2)
_images = [torch.rand(2, c, 8, 8, generator=_noise) * 2 - 1 for c in (1, 3)]

BANK: dict[str, Value | Function] = {
    "02.1": Value(
        1360,
        "16 + 64 + 256 + 1024: a third more than the image, which is the price of all scales.",
        {
            1024: "that is the finest band alone; the coarser ones are kept too.",
            4096: "only the finest band has 32x32 numbers; each coarser one has a quarter.",
            1344: "the coarsest band is the 4x4 image itself; it counts.",
            336: "these are the coarser scales; the finest band counts too.",
            1280: "these are the two finest bands; there are four.",
            1364: "that is at 5 scales; with 4 the coarsest is 4x4.",
            1365: "that goes on to a single pixel; with 4 scales the coarsest is 4x4.",
            340: "that is for an image of 16x16; this one has 32x32.",
            60: "that adds the sides of the bands, 4 + 8 + 16 + 32; square each first.",
            16: "that is the coarsest band alone.",
            4: "that is the number of bands; how many numbers do they hold together?",
            1360 / 1024: "that is how many times as many as the image has; write the number.",
        },
        clues=(
            "Under Symbols: each band has the shape of the image at its scale.",
            "There are four scales, 32x32 the finest, each side half of the next. Square each side "
            "and add all four.",
        ),
        solution="sum(side**2 for side in (4, 8, 16, 32))",
    ),
    "02.2": Value(
        "mean",
        "the bands hold whatever down loses, so any down can be undone, but pixels that are "
        "dropped no longer count in the mean.",
        {
            "reconstruction": "each band is a difference from the very image that is upsampled "
            "again, so the sum comes out whatever down does.",
            "package": "both pyramids use the same down, so they agree.",
            "none": "run the check cell that follows as well, and read which claim does not hold.",
            "all": "two of the claims do not depend on down; run the check cells and read.",
            "both": "one claim alone breaks; run the check cells and read which.",
            "variance": "no claim of the check cells is about the variance; which one breaks?",
            "bands": "the bands are others, yet rebuild the image; which claim breaks?",
        },
        clues=(
            "The claims stand in the first check cell and in the one that follows; run both.",
            "For each claim, ask what it needs of down: both sides use the same one, or it is "
            "undone, or every pixel counts.",
        ),
        also=("means", "the mean", "the means"),
        choices=("package", "reconstruction", "mean", "none"),
    ),
    "02.3": Function(
        lambda images, strength: _low(images) + strength * (images - _low(images)),
        [(_images[0], 2.0), (_images[1], 0.5), (_images[0], 0.0)],
        {
            "you scaled the coarse part; the band is images - up(down(images)).": lambda x, s: (
                s * _low(x) + (x - _low(x))
            ),
            "you scaled the whole image; only its finest band is to change.": lambda x, s: s * x,
            "the band alone is not the image; add up(down(images)).": lambda x, s: (
                s * (x - _low(x))
            ),
            "the image already holds the band once; strength 1 must change nothing.": lambda x, s: (
                x + s * (x - _low(x))
            ),
            "the band's sign is turned: it is images - up(down(images)).": lambda x, s: (
                _low(x) + s * (_low(x) - x)
            ),
            "the band of strength s is taken away; strength 1 must change nothing.": lambda x, s: (
                x - s * (x - _low(x))
            ),
            "upsample with bilinear_upsample; repeated pixels make another band.": lambda x, s: (
                _nearest(x) + s * (x - _nearest(x))
            ),
            "halve once: only the finest band is to change, not the one below it too.": (
                lambda x, s: _two_bands_less(x) + s * (x - _two_bands_less(x))
            ),
            "do not clip: a sharpened image may leave -1 to 1, and all else is to be kept.": (
                lambda x, s: (_low(x) + s * (x - _low(x))).clamp(-1, 1)
            ),
            "that is the coarse part alone; the band of strength s is missing.": lambda x, s: _low(
                x
            ),
            "that is half as large as the images: upsample it again.": lambda x, s: box_downsample(
                x
            ),
            "strength multiplies the band; it is not added to it.": lambda x, s: x + s,
        },
        clues=(
            "The finest band is what is missing from the image after halving and doubling it.",
            "Make `low = bilinear_upsample(box_downsample(images))`. The band is the difference; "
            "put the image together again with the band as strong as asked.",
        ),
        laws={
            "strength 1 must give the images back.": lambda answer: answers_agree(
                answer(_images[1], 1.0), _images[1]
            ),
            "strength 0 must leave the images without their finest band.": lambda answer: (
                answers_agree(answer(_images[1], 0.0), _low(_images[1]))
            ),
            "the shape must stay (B, C, H, W), for one image and for wide ones too.": gives_shape(
                (1, 3, 4, 8), torch.ones(1, 3, 4, 8), 2.0
            ),
            "an image must not depend on the others in its batch.": lambda answer: answers_agree(
                answer(_images[1], 3.0)[:1], answer(_images[1][:1], 3.0)
            ),
            "twice as bright an image must come out twice as bright.": lambda answer: answers_agree(
                answer(2 * _images[0], 3.0), 2 * answer(_images[0], 3.0)
            ),
        },
        solution=(
            "def my_sharpen(images, strength):\n"
            "    from msgan_lessons.pyramid import bilinear_upsample, box_downsample\n\n"
            "    low = bilinear_upsample(box_downsample(images))\n"
            "    return low + strength * (images - low)"
        ),
    ),
}
