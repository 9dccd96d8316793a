import copy

import numpy as np
import pytest
import torch

from msgan_lessons.classroom import widgets
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l03_generator.walk import COUNT, MANY, LatentWalk


@pytest.fixture
def generator():
    torch.manual_seed(0)
    G = MultiScaleGenerator(resolution=32, channels=(16, 12, 8, 4), latent_dim=8, emit="all")
    for _ in range(30):  # so that its batch statistics are those of its features
        G(torch.randn(64, 8))
    return G


@pytest.fixture
def walk(generator):
    return LatentWalk(generator, real=torch.rand(20, 1, 32, 32) * 2 - 1)


def test_frames_hold_every_view_with_the_same_shapes_at_every_place(walk):
    first = {name: array.shape for name, array in walk.frame().items()}
    assert set(first) == {view.name for view in walk.views}
    for name, value in (("degrees", 77), ("psi", 0.3), ("muted", "8x8"), ("how", "zeros")):
        walk.set(name, value)
        frame = walk.frame()
        assert {key: array.shape for key, array in frame.items()} == first
        assert all(array.dtype == np.uint8 for array in frame.values())


def test_only_three_controls_are_in_sight(walk):
    assert [c.name for c in walk.controls if not c.fold] == ["degrees", "psi", "muted"]


def test_images_are_those_that_g_draws_in_evaluation_mode(walk, generator):
    z = walk._latents(0)
    assert z.shape == (MANY, 8)
    with torch.no_grad():
        expected = copy.deepcopy(generator).eval()(z)
    assert all(map(torch.equal, walk.drawn, expected))


def test_the_generator_is_left_as_it_was(generator):
    before = copy.deepcopy(generator.state_dict())
    walk = LatentWalk(generator)
    walk.set("muted", "4x4")
    walk.frame()
    assert generator.training
    assert all(torch.equal(v, before[k]) for k, v in generator.state_dict().items())


def test_psi_shortens_z_and_psi_0_leaves_one_image(walk):
    length = walk._latents(30).norm()
    walk.set("psi", 0.5)
    assert torch.allclose(walk._latents(30).norm(), length / 2)
    walk.set("psi", 0.0)
    assert max(walk.spreads()) < 1e-6
    assert "length of z 0.0, of a standard normal z about 2.8" in walk.status()
    assert "spread of the 32x32 images 0.00, of real images 0.56" in walk.status()


def test_walking_round_brings_the_first_images_back(walk):
    first = [x.clone() for x in walk.drawn]
    walk.set("degrees", 120)
    assert not torch.allclose(walk.drawn[-1], first[-1], atol=1e-3)
    walk.set("degrees", 360)
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(walk.drawn, first, strict=True))


@pytest.mark.parametrize("k", range(4))
def test_muting_a_block_keeps_coarser_scales_and_takes_the_spread_of_finer_ones(walk, k):
    free = [x.clone() for x in walk.drawn]
    walk.set("muted", f"{walk.generator.sizes[k]}x{walk.generator.sizes[k]}")
    assert all(map(torch.equal, walk.drawn[:k], free[:k]))
    assert max(walk.spreads()[k:]) < 1e-6
    assert all(s > 1e-3 for s in walk.spreads()[:k])


def test_the_muted_block_hands_on_its_mean_over_many_latents(walk):
    walk.set("muted", "16x16")
    rgb = walk.generator.to_rgb[2](walk._means[16]).tanh()
    torch.testing.assert_close(walk.drawn[2][:1], rgb)


def test_the_stop_nearest_to_the_walk_is_framed(walk):
    def framed():
        corners = walk.frame()["way"][::37, ::37, 2]  # of each of the 3 x 4 stops
        return np.flatnonzero(corners != 255).tolist()

    assert framed() == [0]
    for degrees, stop in ((14, 0), (16, 1), (125, 4), (350, 0)):
        walk.set("degrees", degrees)
        assert framed() == [stop]


def test_the_picture_tells_the_changes_and_leaves_the_controls(walk):
    alt = walk.picture().alt
    assert "4x4; 8x8; 16x16; 32x32; 32x32, ψ = 0.5; 32x32, muted 8x8" in alt
    assert walk.values["psi"] == 1.0
    assert walk.values["muted"] == "none"
    assert COUNT == 8


def test_a_g_of_one_scale_and_an_unknown_name_are_refused(walk):
    with pytest.raises(ValueError, match="image from features at every scale, got emit='finest'"):
        LatentWalk(MultiScaleGenerator(channels=(4, 4, 4, 4)))
    with pytest.raises(ValueError, match="name must be one of degrees, psi, muted, way, how, got"):
        walk.set("phi", 1.0)


def test_a_touch_is_answered_by_a_frame_and_without_a_front_end_there_is_a_picture(
    walk, monkeypatch
):
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    sent = []
    monkeypatch.setattr(widgets.panel.Panel, "send", lambda self, *message: sent.append(message))
    touch = widgets.touch(walk, caption="look")
    before = sent[-1]
    touch.panel.receive({"k": "set", "name": "psi", "value": 0.0, "id": 3})
    answers = [content for content, *_ in sent if content.get("answered") == [3]]
    assert len(answers) == 1
    assert "length of z 0.0" in answers[0]["status"]
    assert [m for m in sent if m[0]["k"] == "frame"][-1][1] != before[1]
    bundle = touch._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert 'alt="' in bundle["text/html"]
