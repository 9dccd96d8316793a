import math

import pytest
import scipy.fft
import torch

from msgan_lessons.lessons.l13_speech.sound import (
    FLOOR,
    RESOLUTIONS,
    log_mel,
    mel_cepstral_distortion,
    mel_cepstrum,
    stft,
    stft_distance,
)


def noise(length, seed=0):
    return torch.randn(1, 1, length, generator=torch.Generator().manual_seed(seed)) / 10


def test_the_distance_is_parallel_wavegans():
    real, fake = noise(2560), noise(2560, seed=1)
    total = 0.0
    for n_fft, hop in RESOLUTIONS:
        s, t = (stft(x, n_fft, hop).abs().clamp_min(FLOOR).double() for x in (real, fake))
        convergence = math.sqrt(((s - t) ** 2).sum()) / math.sqrt((s**2).sum())
        total += convergence + (torch.log(s / t).abs().sum() / s.numel()).item()
    assert stft_distance(real, fake).item() == pytest.approx(total / 3, rel=1e-5)


def test_the_distance_of_a_louder_wave_is_known():
    real = noise(2560)
    expected = 1 + math.log(2)  # ||2S - S|| / ||S|| + |ln 2|
    assert stft_distance(real, 2 * real).item() == pytest.approx(expected, rel=1e-3)
    assert stft_distance(real, -real).item() == 0.0  # phases do not count


def test_it_teaches():
    real, fake = noise(2560), noise(2560, seed=1).requires_grad_()
    stft_distance(real, fake).backward()
    assert fake.grad.isfinite().all()
    assert fake.grad.abs().sum() > 0
    silent = torch.zeros(1, 1, 2560, requires_grad=True)
    stft_distance(real, silent).backward()
    assert silent.grad.isfinite().all()


def test_the_cepstrum_is_scipys_cosine_transform():
    x = noise(1600)
    power = 2 * log_mel(x, 26, 240, 80)[0]
    expected = scipy.fft.dct(power.double().numpy(), type=2, axis=0) / 2 / 26
    found = mel_cepstrum(x)[0].double().numpy()
    assert abs(found - expected[1:14]).max() < 1e-5


def test_distortion_is_the_difference_of_envelopes_in_decibels(monkeypatch):
    """A ripple of A decibels over the bands has a root mean square of A / sqrt(2)."""
    from msgan_lessons.lessons.l13_speech import sound

    bands = torch.arange(26) + 0.5
    ripple = 6.0 * torch.cos(torch.pi * 3 * bands / 26)  # dB, order 3
    level = {"real": torch.zeros(26), "fake": ripple * math.log(10) / 20}
    names = iter(("real", "fake"))
    monkeypatch.setattr(
        sound, "log_mel", lambda *_: level[next(names)][None, :, None].expand(1, 26, 10)
    )
    x = noise(800)
    assert mel_cepstral_distortion(x, x) == pytest.approx(6 / math.sqrt(2), rel=1e-5)


def test_distortion_ignores_loudness_and_silence():
    x, y = noise(1600), noise(1600, seed=1)
    assert mel_cepstral_distortion(x, x / 2) < 1e-3
    quiet = torch.cat([x, torch.zeros_like(x)], -1)
    other = torch.cat([y, 1e-3 * y], -1)  # differs from silence, below the range
    assert mel_cepstral_distortion(quiet, other) == pytest.approx(
        mel_cepstral_distortion(x, y), rel=0.05
    )
