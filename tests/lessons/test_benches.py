"""What holds of everything in a lesson that answers a touch: frames, controls, words, a picture."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from msgan_lessons.classroom import widgets
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l02_scales.pictures import PyramidBench
from msgan_lessons.lessons.l03_generator.walk import LatentWalk
from msgan_lessons.lessons.l04_discriminator.click import PatchClick
from msgan_lessons.lessons.l09_super_resolution.bench import UpscaleBench
from msgan_lessons.lessons.l10_style_transfer.bench import StyleBench
from msgan_lessons.lessons.l11_class_conditional.bench import ClassMixer
from msgan_lessons.lessons.l11_class_conditional.game import biggan
from msgan_lessons.lessons.l12_video.bench import ClipBench
from msgan_lessons.lessons.l12_video.networks import VideoJudges, videogan

COLOUR = (1, 3, 1, 1)  # times
GREY = torch.rand(3, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
METHODS = {"nearest": lambda low: F.interpolate(low, scale_factor=4)}
ALL_SCALES = {"channels": (8, 6, 4, 4), "latent_dim": 8, "emit": "all"}


def translators() -> nn.Module:
    both = nn.Module()
    both.there, both.back = nn.Hardtanh(), nn.Identity()
    return both


MAKERS = {
    "pyramid": lambda: PyramidBench(GREY, 4),
    "walk": lambda: LatentWalk(MultiScaleGenerator(**ALL_SCALES)),
    "click": lambda: PatchClick({"real": GREY}),
    "upscale": lambda: UpscaleBench(GREY.repeat(1, 3, 2, 2), METHODS),
    "style": lambda: StyleBench(translators(), GREY.repeat(COLOUR), -GREY.repeat(COLOUR)),
    "mixer": lambda: ClassMixer(biggan(width=2).generator, list("abcdefghij")),
    "clips": lambda: ClipBench(videogan(width=1).generator, VideoJudges().views),
}  # fmt: skip
CHANGES = {  # controls and places, set one after the other
    "pyramid": {"reached": 2.25, "left_out": "8x8", "bands": (0.9, 0.5, 1), "image": 2},
    "walk": {"degrees": 77, "psi": 0.3, "muted": "8x8", "how": "zeros"},
    "click": {"convolutions": "1", "seen": (0.1, 0.9), "image": 1},
    "upscale": {"image": 2, "method": "nearest", "zoom": "4 times", "large": (1.0, 0.0),
                "low": (0.5, 0.5, 1), "paint": "white", "radius": 2},
    "style": {"into": "Noto", "image": 2, "start": "white page", "given": (0.5, 0.5, 1)},
    "mixer": {"share": 0.35, "threshold": 0.3, "label": "c", "way": "both at once"},
    "clips": {"frame": 9, "degrees": 70, "judge": "slow"},
}  # fmt: skip
TOUCHED = {  # a touch, and what the line below says then
    "pyramid": ("bands", [0.9, 0.5, 1], "painted on 32x32"),
    "walk": ("psi", 0.0, "length of z 0.0"),
    "click": ("seen", [0.1, 0.9], "logits here"),
    "upscale": ("low", [0.5, 0.5, 1], "painted"),
    "style": ("into", "Noto", "mean change"),
    "mixer": ("label", "c", "classifier takes"),
    "clips": ("judge", "slow", "slow: 1 stretch(es) of 8 frame(s) at 32x32"),
}  # fmt: skip


@pytest.fixture(params=MAKERS)
def named(request):
    torch.manual_seed(0)
    return request.param, MAKERS[request.param]()


def test_frames_hold_every_view_with_the_same_shapes_whatever_is_set(named):
    name, bench = named
    shapes = {view: array.shape for view, array in bench.frame().items()}
    assert set(shapes) == {view.name for view in bench.views}
    for control, value in CHANGES[name].items():
        assert bench.set(control, value) is False
        frame = bench.frame()
        assert {view: array.shape for view, array in frame.items()} == shapes
        assert all(array.dtype == np.uint8 for array in frame.values())


def test_at_most_three_controls_are_in_sight_and_an_unknown_name_is_refused(named):
    _, bench = named
    assert 2 <= len([control for control in bench.controls if not control.fold]) <= 3
    known = ", ".join(bench.values)
    with pytest.raises(ValueError, match=f"^name must be one of {known}.*, got 'phi'.$"):
        bench.set("phi", 1.0)


def test_a_touch_is_answered_by_a_frame_and_a_picture_stands_beside(named, headless, monkeypatch):
    name, bench = named
    control, value, words = TOUCHED[name]
    sent, kept = [], dict(bench.values)
    monkeypatch.setattr(widgets.panel.Panel, "send", lambda self, *message: sent.append(message))
    touch = widgets.touch(bench, caption="look")
    bundle = touch._repr_mimebundle_()  # a picture where there is no front end
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'alt="' in bundle["text/html"]
    assert bench.values == kept
    before = sent[-1]
    kind = "point" if isinstance(value, list) else "set"
    touch.panel.receive({"k": kind, "name": control, "value": value, "id": 3})
    answers = [content for content, *_ in sent if content.get("answered") == [3]]
    assert len(answers) == 1
    assert words in answers[0]["status"]
    assert [message for message in sent if message[0]["k"] == "frame"][-1][1] != before[1]
