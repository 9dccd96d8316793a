import math

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import torch
from seeded import normal, stream

from msgan_lessons.lessons.l13_speech import sound
from msgan_lessons.lessons.l13_speech.sound import (
    FLOOR,
    HOP,
    N_FFT,
    RESOLUTIONS,
    griffin_lim,
    istft,
    log_mel,
    magnitudes_from_mel,
    mel_cepstral_distortion,
    mel_cepstrum,
    mel_filterbank,
    stft,
    stft_distance,
    wave_from_mel,
)


def noise(length, batch=1, seed=0):
    return normal(batch, 1, length, seed=seed) / 10


def test_spectra_are_scipys():
    x = noise(1280)
    padded = np.pad(x[0, 0].numpy(), (N_FFT - HOP) // 2, mode="reflect")
    window = scipy.signal.get_window("hann", N_FFT)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    expected = np.fft.rfft(pieces * window).T
    assert stft(x).shape == (1, N_FFT // 2 + 1, 1280 // HOP)
    np.testing.assert_allclose(stft(x)[0].numpy(), expected, atol=1e-4)


@pytest.mark.parametrize(("n_fft", "hop"), [(256, 64), (512, 128), (128, 32), (240, 80)])
def test_the_inverse_gives_the_wave_back(n_fft, hop):
    x = noise(20 * hop, batch=2)
    assert torch.allclose(istft(stft(x, n_fft, hop), hop), x, atol=1e-5)


def test_the_inverse_is_the_least_squares_one():
    """No other wave's spectra are nearer to given ones, away from the ends."""
    spectra = torch.complex(*normal(2, 1, 129, 20))
    spectra[:, :, :4] = spectra[:, :, -4:] = 0
    best = istft(spectra)
    error = (stft(best) - spectra).abs().square().sum()
    for seed in range(3):
        other = best + 1e-3 * normal(*best.shape, seed=seed)
        assert (stft(other) - spectra).abs().square().sum() > error


@pytest.mark.parametrize(("n_mels", "n_fft", "rate"), [(40, 256, 8000), (26, 240, 8000)])
def test_the_triangles_are_those_of_another_construction(n_mels, n_fft, rate):
    top = 1127.0 * math.log(1 + rate / 2 / 700)  # the natural form of the same scale
    edges = [700 * (math.exp(top * k / (n_mels + 1) / 1127.0) - 1) for k in range(n_mels + 2)]
    expected = np.zeros((n_mels, n_fft // 2 + 1))
    frequencies = np.arange(n_fft // 2 + 1) * rate / n_fft
    for band in range(n_mels):
        expected[band] = np.interp(frequencies, edges[band : band + 3], [0, 1, 0], 0, 0)
    found = mel_filterbank(n_mels, n_fft, rate).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-3)  # 1127.01 and 2595 / ln 10 differ


def test_log_mel_is_the_logarithm_of_the_bands_of_the_magnitudes_and_silence_the_floor():
    x = noise(1280)
    expected = (mel_filterbank() @ stft(x).abs()).clamp_min(FLOOR).log()
    torch.testing.assert_close(log_mel(x), expected)
    assert torch.all(log_mel(torch.zeros(1, 1, 640)) == math.log(FLOOR))


def test_magnitudes_keep_the_mel_bands():
    mel = log_mel(noise(6400))
    found = mel_filterbank() @ magnitudes_from_mel(mel)
    assert (magnitudes_from_mel(mel) >= 0).all()
    assert ((found - mel.exp()).norm() / mel.exp().norm()) < 0.05


def test_griffin_lim_comes_nearer_momentum_helps_and_a_stream_repeats_it():
    magnitudes = stft(noise(6400)).abs()

    def after(n, momentum):
        wave = griffin_lim(magnitudes, n, momentum=momentum, stream=stream())
        return ((stft(wave).abs() - magnitudes).norm() / magnitudes.norm()).item()

    plain = [after(n, 0.0) for n in (0, 1, 4, 16, 32)]
    assert plain == sorted(plain, reverse=True)  # Griffin and Lim 1984, section III
    assert after(32, 0.99) < plain[-1]
    mel = log_mel(noise(1280))
    assert torch.equal(wave_from_mel(mel, 3, stream(5)), wave_from_mel(mel, 3, stream(5)))


def test_the_distance_is_parallel_wavegans():
    real, fake = noise(2560), noise(2560, seed=1)
    total = 0.0
    for n_fft, hop in RESOLUTIONS:
        s, t = (stft(x, n_fft, hop).abs().clamp_min(FLOOR).double() for x in (real, fake))
        convergence = math.sqrt(((s - t) ** 2).sum()) / math.sqrt((s**2).sum())
        total += convergence + (torch.log(s / t).abs().sum() / s.numel()).item()
    assert stft_distance(real, fake).item() == pytest.approx(total / 3, rel=1e-5)


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
