import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from msgan_lessons.classroom import widgets
from msgan_lessons.lessons.l12_video import pictures
from msgan_lessons.lessons.l12_video.bench import ClipBench
from msgan_lessons.lessons.l12_video.networks import VideoJudges, clip_pyramid
from msgan_lessons.lessons.l12_video.pictures import MovingPicture, play_clips


def clips(count=3, channels=1, frames=16):
    return torch.rand(count, channels, frames, 32, 32, generator=torch.Generator()) * 2 - 1


def test_the_player_holds_every_frame_and_needs_nothing_else():
    some = clips(3).sign()
    played = play_clips({"real": some, "G <1>": -some}, "Two rows.", "Look at it.")
    html = played.html()
    assert not re.search(r"<script|https?://|url\(", html)
    data = base64.b64decode(re.search(r'base64,([^"]+)"', html)[1])
    strip = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
    assert strip.shape == (2 * 34 - 2, 16 * 3 * 34)
    for t in (0, 7, 15):
        left = t * 3 * 34 + 34  # the second clip of the first row
        shown = strip[:32, left : left + 32] / 127.5 - 1
        np.testing.assert_allclose(shown, some[1, 0, t], atol=0.05)
    assert f"steps({16})" in html
    assert "G &lt;1&gt;" in html


def test_the_player_can_be_stopped_and_stands_still_where_motion_is_not_wanted():
    html = play_clips({"real": clips()}, "A row.", "Look at it.").html()
    key = re.search(r'<figure[^>]* id="(clip[0-9a-f]{10})"', html)[1]
    assert f'<label for="{key}-box">' in html
    assert f"#{key} input:checked ~ .film img{{animation-play-state:paused}}" in html
    reduced = html.split("prefers-reduced-motion:reduce")[1]
    assert reduced.startswith(f"){{#{key} img{{animation-play-state:paused}}")
    assert html.count('alt="A row."') == 1
    bundle = play_clips({"real": clips()}, "A row.", "Look at it.")._repr_mimebundle_()
    assert bundle["text/plain"] == "[clip of 16 frames] A row."


def test_two_players_on_a_page_do_not_share_a_name():
    first, second = (play_clips({"real": clips()}, "A row.", c).html() for c in ("One.", "Two."))
    names = {re.search(r'id="(clip\w+)"', html)[1] for html in (first, second)}
    assert len(names) == 2
    assert first == play_clips({"real": clips()}, "A row.", "One.").html()


def test_colour_is_kept():
    red = torch.tensor([1.0, -1.0, -1.0]).reshape(1, 3, 1, 1, 1).expand(1, 3, 4, 8, 8)
    html = play_clips({"red": red}, "Red.", "Look.").html()
    data = base64.b64decode(re.search(r'base64,([^"]+)"', html)[1])
    assert Image.open(io.BytesIO(data)).convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_what_cannot_be_played_is_refused():
    with pytest.raises(ValueError, match="clips of one shape"):
        play_clips({"a": clips(2), "b": clips(3)}, "alt", "caption")
    with pytest.raises(ValueError, match="clips of one shape, got"):
        play_clips({}, "alt", "caption")
    with pytest.raises(ValueError, match="at least 2 and divide the strip's 9 pixels, got 2"):
        MovingPicture(np.zeros((3, 9, 3), np.uint8), 2, [], "alt", "caption")


def test_a_moving_square_leaves_a_slanted_path():
    clip = -torch.ones(1, 16, 32, 32)
    for t in range(16):
        clip[0, t, 10:14, t : t + 4] = 1.0
    path = pictures.space_time(clip)[0]
    assert path.shape == (16, 32)
    for t in range(16):
        assert path[t].eq(1).nonzero().flatten().tolist() == [t, t + 1, t + 2, t + 3]


def test_pictures_say_what_they_show():
    some = clips()
    rows = {"real": some, "G": some.flip(2)}
    strips = pictures.film_strips({name: x[0] for name, x in rows.items()}, "Look.")
    assert "frames 0 to 14 from left to right: real; G" in strips.alt
    scales = pictures.clip_scales([x[0] for x in clip_pyramid(some, 4)], "Look.")
    assert "2 x 4x4; 4 x 8x8; 8 x 16x16; 16 x 32x32" in scales.alt
    assert "real; G" in pictures.space_time_rows(rows, "Look.").alt
    assert pictures.spectra(rows, "Look.").alt.count("e-") == 2
    dots = pictures.score_dots({"G": [{"frechet": 2.0, "motion": 0.5}] * 2}, "Look.")
    assert "G Fréchet distance, motion features 2, 2; G motion statistics 0.5, 0.5." in dots.alt


class Waves(nn.Module):
    latent_dim = 3

    def forward(self, z):
        ramp = torch.linspace(-1, 1, 32) * z[:, :1]
        time = torch.arange(16.0)[:, None, None] * z[:, 1, None, None, None]
        return [
            torch.zeros(1),
            (ramp[:, None, None] + time).sin()[:, None].expand(-1, 1, -1, 32, -1),
        ]


@pytest.fixture
def bench():
    return ClipBench(Waves(), VideoJudges().views)


def test_frames_have_the_same_shapes_at_every_place(bench):
    first = {name: array.shape for name, array in bench.frame().items()}
    assert set(first) == {view.name for view in bench.views}
    for name, value in (("frame", 9), ("degrees", 70), ("judge", "fast"), ("judge", "slow")):
        bench.set(name, value)
        frame = bench.frame()
        assert {key: array.shape for key, array in frame.items()} == first
        assert all(array.dtype == np.uint8 for array in frame.values())


def test_controls_do_what_they_say(bench):
    assert [c.name for c in bench.controls] == ["frame", "degrees", "judge"]
    before = bench.frame()
    bench.set("frame", 5)
    after = bench.frame()
    assert not np.array_equal(before["now"], after["now"])
    assert np.array_equal(before["path"], after["path"])
    bench.set("degrees", 90)
    assert not np.array_equal(after["path"], bench.frame()["path"])
    bench.set("judge", "slow")
    assert "slow: 1 stretch(es) of 8 frame(s) at 32x32" in bench.status()


def test_walking_round_brings_the_first_clips_back(bench):
    first = bench.clips.clone()
    bench.set("degrees", 360)
    torch.testing.assert_close(bench.clips, first, atol=1e-4, rtol=1e-4)


def test_without_a_front_end_there_is_a_film(bench, monkeypatch):
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    bundle = widgets.touch(bench, caption="look")._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "z1; z2; z3; z4" in bundle["text/plain"]
    with pytest.raises(ValueError, match="name must be one of frame, degrees, judge, got 'psi'"):
        bench.set("psi", 1.0)
