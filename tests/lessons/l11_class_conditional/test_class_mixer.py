"""The class-conditional G to touch: what each control does to the images."""

import copy

import numpy as np
import pytest
import torch

from msgan_lessons.classroom import widgets
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


def test_frames_hold_every_view_with_the_same_shapes_at_every_place(mixer):
    first = {name: array.shape for name, array in mixer.frame().items()}
    assert set(first) == {view.name for view in mixer.views}
    changes = (("share", 0.35), ("threshold", 0.3), ("label", "Coat"), ("way", "both at once"))
    for name, value in changes:
        assert mixer.set(name, value) is False
        frame = mixer.frame()
        assert {key: array.shape for key, array in frame.items()} == first
        assert all(array.dtype == np.uint8 for array in frame.values())


def test_only_three_controls_are_in_sight(mixer):
    assert [c.name for c in mixer.controls if not c.fold] == ["label", "threshold", "share"]


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


def test_the_way_from_z_to_z_keeps_the_class_and_a_low_cut_narrows(mixer):
    mixer.set("way", "from z to z")
    start = mixer.drawn[-1].clone()
    mixer.set("share", 1.0)
    assert not torch.allclose(mixer.drawn[-1], start, atol=1e-3)
    wide = mixer.drawn[-1].std(0).mean()
    mixer.set("threshold", 0.1)
    assert mixer.drawn[-1].std(0).mean() < wide


def test_statistics_measured_at_the_cut_bring_variety_back(mixer):
    mixer.set("threshold", 0.1)
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


def test_the_picture_tells_the_class_and_leaves_the_controls(mixer):
    mixer.set("share", 0.4)
    alt = mixer.picture().alt
    assert alt.startswith("Rows of images of the class T-shirt: cut at 3, all but the first")
    assert "cut at 1, all measured; cut at 1, of the training; z1, to Trouser" in alt
    assert mixer.values["share"] == 0.4


def test_one_class_and_an_unknown_name_are_refused(mixer, generator):
    with pytest.raises(ValueError, match="classes must name at least two, got 1"):
        ClassMixer(generator, ["only"])
    with pytest.raises(
        ValueError, match="name must be one of label, threshold, share, way, other, stat"
    ):
        mixer.set("psi", 1.0)


def test_a_touch_is_answered_and_without_a_front_end_there_is_a_picture(mixer, monkeypatch):
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    sent = []
    monkeypatch.setattr(widgets.panel.Panel, "send", lambda self, *message: sent.append(message))
    touch = widgets.touch(mixer, caption="look")
    touch.panel.receive({"k": "set", "name": "label", "value": "Coat", "id": 3})
    answers = [content for content, *_ in sent if content.get("answered") == [3]]
    assert len(answers) == 1
    assert "classifier takes" in answers[0]["status"]
    assert set(touch._repr_mimebundle_()) == {"text/html", "text/plain"}
