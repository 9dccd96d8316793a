import pytest
import torch
from torch import nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.clips import MovingSprites, open_clips
from msgan_lessons.lessons.l12_video.networks import (
    TemporalBlock,
    VideoGenerator,
    VideoJudges,
    each_frame,
    video_game,
    videogan,
)
from msgan_lessons.lessons.l12_video.scores import recorded_judges, score_clips
from msgan_lessons.losses import LOSSES, find_loss
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
    lengths = [x.shape[2] for x in G(torch.randn(2, 4))]
    assert lengths == [min(frames, 2 * 2**k) for k in range(4)]
    G = VideoGenerator(frames=frames, latent_dim=4, img_channels=3, **SMALL)
    assert [x.shape for x in G(torch.randn(2, 4))] == [(2, 3, frames, 32, 32)]


def test_a_moved_latent_moves_all_scales_and_values_stay_in_range():
    G = VideoGenerator(latent_dim=4, emit="all", **SMALL)
    one, other = G(torch.randn(4, 4)), G(torch.randn(4, 4))
    assert not any(map(torch.equal, one, other))
    assert all(x.abs().max() <= 1 for x in one)


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


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_are_means_over_the_judges(loss):
    torch.manual_seed(0)
    D, loss = VideoJudges(), find_loss(loss)
    real, fake = (D([torch.rand(4, 1, 16, 32, 32)]) for _ in range(2))
    alone = [loss.discriminator_loss(r, f) for r, f in zip(real, fake, strict=True)]
    torch.testing.assert_close(loss.discriminator(real, fake), sum(alone) / 3)


def test_scales_that_g_shows_have_judges_of_their_own():
    model = videogan(judges="frame,scales", width=2)
    clips = model.generator(torch.randn(4, 64))
    views = model.discriminator.views(clips)
    assert {k: tuple(v.shape[1:]) for k, v in views.items()} == {
        "frame": (1, 32, 32), "scale16": (8, 16, 16), "scale8": (4, 8, 8), "scale4": (2, 4, 4),
    }  # fmt: skip
    logits, features = model.discriminator.judge(clips)
    assert len(logits) == len(features) == 4
    with pytest.raises(ValueError, match="clips must hold a scale of 16x16"):
        model.discriminator(clips[-1:])


@pytest.mark.parametrize("judges", ["frame", "frame,fast", "frame,fast,slow", "slow,scales"])
def test_every_set_of_judges_plays_and_the_same_seed_gives_the_same_numbers(judges):
    def row():
        streams = Streams(0)
        streams.seed_weights()
        model = videogan(judges=judges, width=2).with_(feature_matching=0.1, r1_gamma=0.1)
        game = video_game(model.with_(reg_interval=1), sprites(), 4, streams, device="cpu")
        return list(played(game, steps=2))[-1]

    first, second = row(), row()
    first.pop("seconds"), second.pop("seconds")
    assert first == second
    assert first["n_images"] == 8


def test_clips_are_drawn_in_parts_and_the_mode_is_restored():
    G = videogan(judges="slow,scales", width=2).generator
    z = torch.randn(5, 64)
    clips = draw(G, z, chunk=2)[-1]
    assert clips.shape == (5, 1, 16, 32, 32)
    assert G.training
    with torch.no_grad():
        torch.testing.assert_close(clips, G.eval()(z)[-1])


def test_the_shipped_g_moves_things_better_than_a_frozen_clip_does():
    G, streams = shipped_generator("video", videogan), Streams(1)
    fake = draw(G, streams.fixed_latents(150, G.latent_dim))[-1]
    real, other = (open_clips(split="test").clips(150, streams.fresh(n)) for n in "ab")
    scores = [
        score_clips(real, x)["frechet"] for x in (other, fake, other[:, :, :1].expand_as(other))
    ]
    assert scores == sorted(scores)


def test_the_recording_holds_every_set_of_judges_with_every_seed():
    scores = recorded_judges()["scores"]
    assert list(scores)[3:] == ["frame", "frame,fast", "frame,fast,slow", "frame,fast,slow,scales"]
    assert {len(seeds) for seeds in scores.values()} == {3}
    assert all(row["frechet"] > 0 for seeds in scores.values() for row in seeds)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: videogan(judges="frame,sound"), "some of frame, fast, slow, scales, each once"),
        (lambda: videogan(judges="frame,frame"), "each once, got 'frame,frame'"),
        (lambda: videogan(frames=12), "power of two from 2 to 16 for resolution=32, got 12"),
        (lambda: VideoGenerator(frames=1), "frames must be a power of two from 2 to 16"),
        (lambda: VideoJudges(frames=2), "frames must be at least 4 for judges of motion, got 2"),
        (lambda: VideoGenerator(emit="some"), "emit must be one of finest, all, got 'some'"),
        (lambda: VideoGenerator(channels=(4, 4)), r"one entry for each scale \[4, 8, 16, 32\]"),
        (lambda: VideoGenerator(**SMALL)(torch.zeros(2, 3)), r"z must have shape \(B, 64\)"),
    ],
)
def test_what_cannot_be_built_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
