import numpy as np
import pytest
import torch
from scipy import signal

from msgan_lessons.lessons.l12_video.networks import (
    clip_pyramid,
    halve_rate,
    strided_windows,
)
from msgan_lessons.pyramid import image_pyramid


def swing(cycles, frames=16, phase=0.3):
    t = torch.arange(frames)
    return torch.cos(2 * torch.pi * cycles * t / frames + phase).reshape(1, 1, frames, 1, 1)


@pytest.mark.parametrize("cycles", [5, 6, 7])
def test_dropping_folds_a_fast_swing_onto_a_slow_one(cycles):
    spectrum = torch.fft.rfft(halve_rate(swing(cycles)).flatten()).abs()
    assert spectrum.argmax() == 8 - cycles


@pytest.mark.parametrize("cycles", range(1, 9))
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


def test_slow_swings_keep_their_cycles_either_way():
    for how in ("drop", "mean"):
        for cycles in (1, 2, 3):
            spectrum = torch.fft.rfft(halve_rate(swing(cycles), how).flatten()).abs()
            assert spectrum.argmax() == cycles


def test_each_frame_of_a_pyramid_is_an_image_pyramid():
    clips = torch.rand(2, 3, 16, 32, 32)
    scales = clip_pyramid(clips, 4)
    assert [tuple(x.shape[2:]) for x in scales] == [(2, 4, 4), (4, 8, 8), (8, 16, 16), (16, 32, 32)]
    for k in range(2):
        frame = clips[:, :, 8 * k]
        for clip, image in zip(scales, image_pyramid(frame, 4), strict=True):
            torch.testing.assert_close(clip[:, :, k * clip.shape[2] // 2], image)


def test_the_mean_of_a_clip_is_kept_by_mean():
    clips = torch.rand(2, 1, 8, 8, 8)
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


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda x: halve_rate(x[:, :, :15]), "even number of frames, got 15"),
        (lambda x: halve_rate(x, "max"), "how must be one of drop, mean, got 'max'"),
        (lambda x: halve_rate(x[0]), r"shape \(B, C, T, H, W\), got \(1, 16, 8, 8\)"),
        (lambda x: clip_pyramid(x, 0), "n_scales must be at least 1, got 0"),
        (lambda x: clip_pyramid(x, 5), "16 frames of 8x8 must be divisible by 16 for n_scales=5"),
        (lambda x: strided_windows(x, 9, 2), "at least 17 frames for 9 frames 2 apart, got 16"),
    ],
)
def test_what_does_not_fit_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(torch.zeros(1, 1, 16, 8, 8))


def test_another_kind_is_refused():
    with pytest.raises(TypeError, match=r"clips must be a torch.Tensor, got list"):
        halve_rate([1.0])
