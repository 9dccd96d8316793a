import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from msgan_lessons.lessons.l12_video import pictures
from msgan_lessons.lessons.l12_video.bench import ClipBench
from msgan_lessons.lessons.l12_video.networks import VideoJudges
from msgan_lessons.lessons.l12_video.pictures import play_clips


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


def test_a_moving_square_leaves_a_slanted_path():
    clip = -torch.ones(1, 16, 32, 32)
    for t in range(16):
        clip[0, t, 10:14, t : t + 4] = 1.0
    path = pictures.space_time(clip)[0]
    assert path.shape == (16, 32)
    for t in range(16):
        assert path[t].eq(1).nonzero().flatten().tolist() == [t, t + 1, t + 2, t + 3]


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
