import numpy as np
import pytest
import torch
from scipy import signal
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.clips import MovingSprites, open_clips
from msgan_lessons.lessons.l12_video.networks import (
    TemporalBlock,
    VideoGenerator,
    VideoJudges,
    clip_pyramid,
    each_frame,
    halve_rate,
    strided_windows,
    video_game,
    videogan,
)
from msgan_lessons.lessons.l12_video.scores import recorded_judges, score_clips
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.runs.recordings import shipped_generator
from msgan_lessons.training import draw, played

SMALL = {"channels": (8, 6, 4, 4)}


def sprites():
    return MovingSprites("noise", torch.rand(6, 1, 16, 16, generator=Streams(0).fresh("ink")))


def test_the_temporal_block_is_formula_32():
    """The same by a 3-D convolution of the repeated frames."""
    torch.manual_seed(0)
    block, h = TemporalBlock(5).eval(), torch.randn(2, 5, 4, 3, 3)
    with torch.no_grad():
        kernel = block.mix.weight.unflatten(0, (3, 5)).movedim(0, 2)  # (5, 5, 3, 3, 3)
        mixed = nn.functional.conv3d(h.repeat_interleave(2, 2), kernel, padding=1)
        expected = block.norm(mixed.flatten(2)[..., None]).reshape(mixed.shape).relu()
        torch.testing.assert_close(block(h), expected, atol=1e-5, rtol=1e-5)


def test_each_frame_is_treated_as_an_image():
    torch.manual_seed(0)
    block, clips = nn.Conv2d(2, 3, 3, padding=1), torch.randn(2, 2, 4, 5, 5)
    out = each_frame(block, clips)
    for t in range(4):
        torch.testing.assert_close(out[:, :, t], block(clips[:, :, t]))


@pytest.mark.parametrize("frames", [2, 4, 8, 16])
def test_time_doubles_as_often_as_it_must(frames):
    G = VideoGenerator(frames=frames, latent_dim=4, emit="all", **SMALL)
    clips = G(torch.randn(2, 4))
    assert [x.shape[2] for x in clips] == [min(frames, 2 * 2**k) for k in range(4)]
    assert all(x.abs().max() <= 1 and not torch.equal(x[0], x[1]) for x in clips)
    G = VideoGenerator(frames=frames, latent_dim=4, img_channels=3, **SMALL)
    assert [x.shape for x in G(torch.randn(2, 4))] == [(2, 3, frames, 32, 32)]


def test_judges_see_what_they_are_named_for():
    clips = torch.arange(16.0).reshape(1, 1, 16, 1, 1).expand(2, 1, 16, 32, 32)
    views = VideoJudges().views([clips])
    assert views["frame"][:, 0, 0, 0].tolist() == [*range(16), *range(16)]
    assert views["fast"][:3, :, 0, 0].tolist() == [list(range(k, k + 8)) for k in (0, 4, 8)]
    assert views["slow"][0, :, 0, 0].tolist() == list(range(0, 16, 2))


def test_the_judge_of_frames_cannot_tell_an_order_and_the_others_can():
    torch.manual_seed(0)
    D, clips = VideoJudges(), torch.rand(4, 1, 16, 32, 32)
    order = torch.randperm(16)
    logits, shuffled = D([clips]), D([clips[:, :, order]])
    torch.testing.assert_close(logits[0][:, order], shuffled[0])
    assert not torch.allclose(logits[1], shuffled[1], atol=1e-3)
    assert not torch.allclose(logits[2], shuffled[2], atol=1e-3)


def test_scales_that_g_shows_have_judges_of_their_own():
    model = videogan(judges="frame,scales", width=2)
    clips = model.generator(torch.randn(4, 64))
    views = model.discriminator.views(clips)
    assert {k: tuple(v.shape[1:]) for k, v in views.items()} == {
        "frame": (1, 32, 32), "scale16": (8, 16, 16), "scale8": (4, 8, 8), "scale4": (2, 4, 4),
    }  # fmt: skip
    logits, features = model.discriminator.judge(clips)
    assert len(logits) == len(features) == 4


@pytest.mark.parametrize("judges", ["frame,fast", "slow,scales"])
def test_every_set_of_judges_plays_and_the_same_seed_gives_the_same_numbers(judges):
    def row():
        streams = Streams(0)
        streams.seed_weights()
        model = videogan(judges=judges, width=2).with_(feature_matching=0.1, r1_gamma=0.1)
        game = video_game(model.with_(reg_interval=1), sprites(), 4, streams, device="cpu")
        return {**list(played(game, steps=2))[-1], "seconds": 0}

    first = row()
    assert first == row()
    assert first["n_images"] == 8


def test_the_shipped_g_moves_things_better_than_a_frozen_clip_does():
    G, streams = shipped_generator("video", videogan), Streams(1)
    fake = draw(G, streams.fixed_latents(100, G.latent_dim))[-1]
    real, other = (open_clips(split="test").clips(100, streams.fresh(n)) for n in "ab")
    scores = [
        score_clips(real, x)["frechet"] for x in (other, fake, other[:, :, :1].expand_as(other))
    ]
    assert scores == sorted(scores)


def test_the_recording_holds_every_set_of_judges_with_every_seed():
    scores = recorded_judges()["scores"]
    assert list(scores)[3:] == ["frame", "frame,fast", "frame,fast,slow", "frame,fast,slow,scales"]
    assert {len(seeds) for seeds in scores.values()} == {3}
    assert all(row["frechet"] > 0 for seeds in scores.values() for row in seeds)


def swing(cycles, frames=16, phase=0.3):
    t = torch.arange(frames)
    return torch.cos(2 * torch.pi * cycles * t / frames + phase).reshape(1, 1, frames, 1, 1)


@pytest.mark.parametrize("cycles", [1, 3, 5, 7])
def test_the_mean_damps_each_frequency_by_its_cosine(cycles):
    """|1 + exp(-i w)| / 2 = cos(w / 2): the response of the filter before the samples are taken."""
    x = swing(cycles)
    angle, response = signal.freqz([0.5, 0.5], worN=[2 * np.pi * cycles / 16])
    np.testing.assert_allclose(abs(response), np.cos(angle / 2), atol=1e-12)
    blurred = (x + x.roll(-1, 2)) / 2
    damped = torch.fft.rfft(blurred.flatten())[cycles].abs()
    whole = torch.fft.rfft(x.flatten())[cycles].abs()
    np.testing.assert_allclose(damped, whole * abs(response[0]), atol=1e-4)
    torch.testing.assert_close(halve_rate(x, "mean"), blurred[:, :, ::2])
    spectrum = torch.fft.rfft(halve_rate(x).flatten()).abs()  # dropping folds and does not damp
    assert spectrum.argmax() == min(cycles, 8 - cycles)


def test_each_frame_of_a_pyramid_is_an_image_pyramid():
    clips = torch.rand(2, 3, 16, 32, 32)
    scales = clip_pyramid(clips, 4)
    assert [tuple(x.shape[2:]) for x in scales] == [(2, 4, 4), (4, 8, 8), (8, 16, 16), (16, 32, 32)]
    for k in range(2):
        frame = clips[:, :, 8 * k]
        for clip, image in zip(scales, image_pyramid(frame, 4), strict=True):
            torch.testing.assert_close(clip[:, :, k * clip.shape[2] // 2], image)
    for scale in clip_pyramid(clips, 3, "mean"):
        torch.testing.assert_close(scale.mean((2, 3, 4)), clips.mean((2, 3, 4)))


def test_stretches_hold_the_frames_that_they_name():
    clips = torch.arange(16.0).reshape(1, 1, 16, 1, 1).expand(2, 2, 16, 1, 1)
    fast = strided_windows(clips, 8)
    assert fast.shape == (6, 16, 1, 1)
    assert fast[:3, ::2, 0, 0].tolist() == [list(range(k, k + 8)) for k in (0, 4, 8)]
    assert strided_windows(clips, 8, 2)[0, ::2, 0, 0].tolist() == list(range(0, 16, 2))
    assert len(strided_windows(clips, 8, 2, shift=1)) == 4
    assert len(strided_windows(clips, 1)) == 32
