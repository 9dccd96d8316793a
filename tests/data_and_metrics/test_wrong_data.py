"""What data and metrics refuse, beside the calls of tests/house/test_refusals.py."""

import math

import numpy as np
import pytest
import torch
from seeded import images, normal, stream

from msgan_lessons import metrics
from msgan_lessons.datasets.clips import check_clips, draw_motion, open_clips, render
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.datasets.speech import check_speech, open_speech
from msgan_lessons.metrics.features import classifier_layers, perceptual_distance

ROWS, PICTURES, SMALL = normal(10, 3), images(12, 1, 8, 8), images(12, 1, 4, 4)
NOTHING = torch.full((12, 1, 8, 8), torch.nan)
DATA = ImageData("x", torch.zeros(4, 1, 8, 8, dtype=torch.uint8))
ANY = lambda a, b: 0.0  # noqa: E731


def frechet(a, b):
    metrics.frechet_distance(a, b)


def sliced(a, b, count=4):
    metrics.sliced_wasserstein(a, b, stream(), count)


def bands(a, b, **options):
    metrics.band_distances(a, b, stream(), **options)


def scores(real, *fake):
    metrics.score_images(real, fake, generator=stream())


def floor(count=10, repeats=3):
    metrics.score_floor(images(24, 1, 8, 8), count, generator=stream(), repeats=repeats)


def inception(a, b, **options):
    metrics.inception_scores(a, b, stream(), torch.nn.Flatten(), **options)


def kl(reference):
    metrics.mode_kl(torch.tensor([0, 1]), 3, reference)


def labels(*values):
    metrics.mode_count(torch.tensor(values), 10)


VALUES = [  # call, sentence
    (lambda: frechet(ROWS, ROWS[:, 0]), "fake_features must have shape (N, d), got (10,)."),
    (lambda: bands(PICTURES[..., :4], PICTURES[..., :4]), "must be square and alike"),
    (lambda: bands(PICTURES[:, 0], PICTURES), "real_images must have shape (N, C, H, W), got"),
    (lambda: bands(PICTURES, PICTURES[:0]), "fake_images must hold at least 1 images, got 0."),
    (lambda: metrics.wilson_interval(-1, 5), "got -1 of 5."),
    (lambda: metrics.wilson_interval(1, 5, 0.0), "z must be > 0 and at most 6, got 0.0."),
    (lambda: metrics.wilson_interval(1, 5, 7.0), "got 7.0."),
    (lambda: metrics.wilson_interval(1, 5, math.nan), "got nan."),
    (lambda: metrics.ms_ssim(PICTURES, PICTURES, 2), "7x7, got (8, 8) and n_scales=2."),
    (lambda: metrics.ms_ssim(images(2, 1, 56, 56), images(2, 1, 56, 56), 4), "8x8, got (56, 56)"),
    (lambda: metrics.ms_ssim(PICTURES[:, 0], PICTURES), "first must have shape (N, C, H, W), got"),
    (lambda: metrics.psnr(PICTURES, PICTURES[:2]), "real and fake must have one shape, got"),
    (lambda: classifier_layers(SMALL[..., :2]), "at least 4 pixels a side"),
    (lambda: perceptual_distance(SMALL, PICTURES), "images and targets must have one shape"),
    (lambda: labels([0, 1]), "labels must have shape (N,), N at least 1, got (1, 2)."),
    *(
        (lambda q=q: kl(q), "reference must be 3 numbers >= 0, not all zero, got")
        for q in ([1, 1], [1, -1, 1], [0, 0, 0], [1, math.inf, 1])
    ),
    (lambda: metrics.scale_consistency([SMALL, SMALL]), "double in size, got (12, 1, 4, 4) before"),
    (lambda: scores(PICTURES, PICTURES[:9]), "fake must hold at least 10 images, got 9."),
    (lambda: scores(PICTURES, images(12, 3, 8, 8)), "shape (1, 8, 8) as real, got (3, 8, 8)."),
    (lambda: scores(PICTURES, NOTHING), "fake must be finite, got nan."),
    (lambda: floor(9), "count must be from 10 to 12, got 9."),
    (lambda: floor(repeats=1), "repeats must be at least 2, got 1."),
    (lambda: inception(images(5, 2, 8, 8), PICTURES), "real_images must have 1 or 3 channels"),
    (lambda: inception(PICTURES, PICTURES[:1]), "fake_images must hold at least 2 images, got 1."),
    (lambda: inception(PICTURES, PICTURES, kid_subset=1), "kid_subset must be at least 2, got 1."),
    (lambda: metrics.image_features(PICTURES[:, 0]), "must have shape (N, 1 or 3, H, W), got"),
    (
        lambda: check_clips("ucf101"),
        "clips must be one of fashion_mnist, emoji or folder:PATH, got",
    ),
    (lambda: open_clips(sprites=0), "sprites must be from 1 to 4, got 0."),
    (lambda: draw_motion(0, stream()), "must be at least 1, got 0, 1 and 16."),
    (lambda: draw_motion(1, stream(), reach=20), "below 13.3 for resolution=32, got 20."),
    (lambda: render(SMALL[None], draw_motion(2, stream())), "ink must have shape (2, 1, C, h, h)"),
    (
        lambda: render(torch.zeros(1, 1, 1, 4, 4), draw_motion(1, stream()), paper=0.5),
        "paper must be -1 or 1, got 0.5.",
    ),
    (lambda: check_speech("asterix"), "speech must be asterisk or folder:PATH, got 'asterix'."),
    (lambda: check_speech(""), "speech must be asterisk or folder:PATH, got ''."),
    (lambda: open_speech(split="test").segments(2, stream(), 8193), "length from 1 to 8192, got"),
]
KINDS = [
    (lambda: frechet(np.zeros((5, 3)), ROWS), "real_features must be a torch.Tensor, got ndarray."),
    (lambda: sliced(ROWS, [1]), "fake must be a torch.Tensor, got list."),
    (
        lambda: metrics.nearest_neighbour_accuracy([[1.0]], ROWS),
        "must be a torch.Tensor, got list.",
    ),
    (lambda: metrics.psnr("image", PICTURES), "real must be a torch.Tensor, got str."),
    (lambda: metrics.ssim("image", PICTURES), "real must be a torch.Tensor, got str."),
]
CALLS = [(ValueError, *call) for call in VALUES] + [(TypeError, *call) for call in KINDS]


@pytest.mark.parametrize(("kind", "call", "sentence"), CALLS, ids=[c[2] for c in CALLS])
def test_a_wrong_call_is_refused_in_one_sentence(kind, call, sentence):
    with pytest.raises(kind) as caught:
        call()
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).endswith(".")
