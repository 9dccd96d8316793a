"""The class-conditional G to touch: what each control does to the images."""

import copy

import numpy as np
import pytest
import torch

from msgan_lessons.lessons.l11_class_conditional.bench import MANY, ClassMixer
from msgan_lessons.lessons.l11_class_conditional.game import biggan, truncated

CLASSES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", *"fghij"]


@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    G = biggan(width=4).generator
    for _ in range(20):  # so that its batch statistics are those of its features
        G(torch.randn(40, 64), torch.arange(40) % 10)
    return G


@pytest.fixture
def mixer(generator):
    return ClassMixer(generator, CLASSES)


def test_the_images_are_gs_own_for_that_class_and_g_is_left_alone(mixer, generator):
    before = copy.deepcopy(generator.state_dict())
    mixer.set("label", "Dress")
    mixer.set("statistics", "of the training")
    z = truncated(mixer._shares[0], 3.0)
    expected = copy.deepcopy(generator).eval()(z, torch.full((MANY,), 3))
    for a, b in zip(mixer.drawn, expected, strict=True):
        torch.testing.assert_close(a, b.detach(), atol=1e-5, rtol=1e-4)
    assert generator.training
    assert all(torch.equal(v, before[k]) for k, v in generator.state_dict().items())


def test_the_whole_way_to_the_other_class_is_that_class(mixer):
    mixer.set("share", 1.0)
    arrived = mixer.drawn[-1].clone()
    mixer.set("share", 0.0)
    mixer.set("label", mixer.values["other"])
    torch.testing.assert_close(mixer.drawn[-1], arrived, atol=1e-5, rtol=1e-4)


def test_a_low_cut_narrows_and_statistics_measured_there_bring_variety_back(mixer):
    mixer.set("way", "from z to z")
    start, wide = mixer.drawn[-1].clone(), mixer.drawn[-1].std(0).mean()
    mixer.set("share", 1.0)
    assert not torch.allclose(mixer.drawn[-1], start, atol=1e-3)
    mixer.set("threshold", 0.1)
    assert mixer.drawn[-1].std(0).mean() < wide
    mixer.set("statistics", "of the training")
    narrow = mixer.drawn[-1].std(0).mean()
    mixer.set("statistics", "all measured")
    assert mixer.drawn[-1].std(0).mean() > 1.5 * narrow


def test_the_place_on_the_way_is_framed(mixer):
    def framed():
        corners = mixer.frame()["way"][0, ::37, 2]
        return np.flatnonzero(corners != 255).tolist()

    assert framed() == [0]
    for share, stop in ((0.5, 3), (0.95, 6), (0.1, 1)):
        mixer.set("share", share)
        assert framed() == [stop]


def test_the_status_counts_what_the_classifier_sees(mixer):
    status = mixer.status()
    assert status.startswith("of 32 images the classifier takes ")
    assert " · spread " in status
    assert sum(int(word) for word in status.split(" · ")[0].split() if word.isdigit()) > 32
