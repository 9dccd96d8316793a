import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats
from seeded import images, stream

from msgan_lessons.datasets.clips import Motion, open_clips
from msgan_lessons.lessons.l12_video import pictures
from msgan_lessons.lessons.l12_video import scores as measured
from msgan_lessons.lessons.l12_video.pictures import play_clips
from msgan_lessons.lessons.l12_video.scores import (
    LABELS,
    ClipReader,
    centroid_track,
    clip_baselines,
    clip_features,
    foreground_mask,
    load_clip_reader,
    motion_labels,
    score_clips,
    score_table,
)
from msgan_lessons.metrics.distances import frechet_distance


def test_one_bright_square_gives_the_numbers_by_hand():
    clips = -torch.ones(1, 1, 4, 16, 16)
    for t in range(4):
        clips[0, 0, t, 4:6, 2 * t : 2 * t + 2] = 1.0
    centres = torch.tensor([[1.0, 5.0], [3.0, 5.0], [5.0, 5.0], [7.0, 5.0]])
    torch.testing.assert_close(centroid_track(clips)[0], centres, atol=1e-3, rtol=0)
    found = {name: x.item() for name, x in measured.motion_statistics(clips).items()}
    assert found["speed"] == pytest.approx(2.0, abs=1e-3)
    assert found["turning"] == pytest.approx(0.0, abs=0.1)
    assert found["change"] == pytest.approx(2 * 8 / 256)
    assert found["growth"] == pytest.approx(0.0, abs=1e-6)
    assert found["ink"] == pytest.approx(4 / 256)
    torch.testing.assert_close(foreground_mask(clips), foreground_mask(-clips))  # any paper
    back = torch.stack([clips[:, :, 0], clips[:, :, 2]] * 3, 2)  # and forth
    assert measured.motion_statistics(back)["turning"].item() == pytest.approx(180, abs=0.5)


def test_the_spectrum_is_a_share_and_a_swing_is_one_line():
    t = torch.arange(16)
    for cycles in (1, 3, 8):
        swing = torch.cos(2 * torch.pi * cycles * t / 16).reshape(1, 1, 16, 1, 1)
        share = measured.temporal_spectrum(swing.expand(2, 1, 16, 4, 4))
        assert share.argmax() == cycles - 1
        assert share.sum().item() == pytest.approx(1.0)
    assert measured.temporal_spectrum(torch.zeros(1, 1, 16, 4, 4)).sum() == 0


@pytest.mark.parametrize("sizes", [(50, 50), (40, 70)])
def test_wasserstein_is_scipys(sizes):
    real, fake = torch.randn(sizes[0]), 2 * torch.randn(sizes[1]) + 1
    expected = stats.wasserstein_distance(real.numpy(), fake.numpy()) / real.std().item()
    assert measured._wasserstein(real, fake) == pytest.approx(expected, rel=1e-5)


def test_spoilt_clips_score_worse_than_other_real_ones():
    data = open_clips("fashion_mnist", split="test")
    real, other = (data.clips(100, stream(seed)) for seed in (1, 2))
    methods = clip_baselines(real, other, stream(3))
    scores = {name: score_clips(real, x) for name, x in methods.items()}
    floor = scores.pop("real, other clips")
    for spoilt in scores.values():
        assert spoilt["frechet"] > 3 * floor["frechet"]
        assert spoilt["motion"] > 3 * floor["motion"]
    assert scores["frozen"]["speed"] > 1
    assert len(score_table(scores).splitlines()) == 3
    assert sorted(methods["shuffled"][0, 0].sum((1, 2)).tolist()) == pytest.approx(
        sorted(other[0, 0].sum((1, 2)).tolist())
    )


def test_the_distance_is_that_of_the_features():
    real, fake = torch.rand(20, 1, 16, 32, 32), torch.rand(20, 1, 16, 32, 32)
    expected = frechet_distance(clip_features(real), clip_features(fake))
    assert score_clips(real, fake)["frechet"] == pytest.approx(expected)
    assert score_clips(real, real)["frechet"] == pytest.approx(0, abs=1e-3)


def test_the_shipped_reader_reads_the_motion_of_held_out_sprites():
    clips, motion = open_clips("fashion_mnist", split="test").sample(200, stream(5))
    truth = motion_labels(motion)
    read = load_clip_reader()(clips)
    left = (read - truth).square().mean(0)
    r2 = 1 - left[:9] / truth[:, :9].var(0)  # velocities and speed
    assert r2.mean() > 0.8


def test_labels_are_the_motion_summed_up():
    velocity = torch.ones(1, 2, 16, 2) * torch.tensor([3.0, 4.0])
    angles = 0.1 * torch.arange(16.0).expand(1, 2, 16)
    motion = Motion(torch.zeros(1, 2, 16, 2), velocity, angles, torch.ones(1, 2, 16))
    labels = dict(zip(LABELS, motion_labels(motion)[0].tolist(), strict=True))
    assert labels["vx1"] == labels["vx4"] == 3
    assert labels["speed"] == 5
    assert labels["turn"] == pytest.approx(0.1)
    assert (labels["growth"], labels["sprites"]) == (0, 2)


def test_features_do_not_depend_on_the_chunk_or_the_size():
    network = ClipReader().eval()
    clips = torch.rand(5, 3, 8, 16, 16)
    with torch.no_grad():
        assert clip_features(clips, network).shape == (5, 64)
    torch.testing.assert_close(
        clip_features(clips, network, chunk=2), clip_features(clips, network), atol=1e-4, rtol=1e-4
    )


def film(html):
    data = base64.b64decode(re.search(r'base64,([^"]+)"', html)[1])
    return Image.open(io.BytesIO(data))


def test_the_player_holds_every_frame_and_needs_nothing_else():
    some = images(3, 1, 16, 32, 32).sign()
    html = play_clips({"real": some, "G <1>": -some}, "Two rows.", "Look at it.").html()
    assert not re.search(r"<script|https?://|url\(", html)
    strip = np.asarray(film(html).convert("L"))
    assert strip.shape == (2 * 34 - 2, 16 * 3 * 34)
    for t in (0, 7, 15):
        left = t * 3 * 34 + 34  # the second clip of the first row
        shown = strip[:32, left : left + 32] / 127.5 - 1
        np.testing.assert_allclose(shown, some[1, 0, t], atol=0.05)
    assert f"steps({16})" in html
    assert "G &lt;1&gt;" in html
    red = torch.tensor([1.0, -1.0, -1.0]).reshape(1, 3, 1, 1, 1).expand(1, 3, 4, 8, 8)
    html = play_clips({"red": red}, "Red.", "Look.").html()
    assert film(html).convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_the_player_can_be_stopped_and_stands_still_where_motion_is_not_wanted():
    clip = images(3, 1, 16, 32, 32)
    player = play_clips({"real": clip}, "A row.", "Look at it.")
    html = player.html()
    key = re.search(r'<figure[^>]* id="(clip[0-9a-f]{10})"', html)[1]
    assert f'<label for="{key}-box">' in html
    assert f"#{key} input:checked ~ .film img{{animation-play-state:paused}}" in html
    reduced = html.split("prefers-reduced-motion:reduce")[1]
    assert reduced.startswith(f"){{#{key} img{{animation-play-state:paused}}")
    assert html.count('alt="A row."') == 1
    assert player._repr_mimebundle_()["text/plain"] == "[clip of 16 frames] A row."
    assert key not in play_clips({"real": clip}, "A row.", "Two players.").html()
    assert html == play_clips({"real": clip}, "A row.", "Look at it.").html()


def test_a_moving_square_leaves_a_slanted_path():
    clip = -torch.ones(1, 16, 32, 32)
    for t in range(16):
        clip[0, t, 10:14, t : t + 4] = 1.0
    path = pictures.space_time(clip)[0]
    assert path.shape == (16, 32)
    for t in range(16):
        assert path[t].eq(1).nonzero().flatten().tolist() == [t, t + 1, t + 2, t + 3]
