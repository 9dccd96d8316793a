import math

import numpy as np
import pytest
import scipy.signal
import torch

from msgan_lessons.datasets.speech import RATE
from msgan_lessons.lessons.l13_speech.sound import (
    FLOOR,
    HOP,
    N_FFT,
    griffin_lim,
    istft,
    log_mel,
    magnitudes_from_mel,
    mel_filterbank,
    stft,
    wave_from_mel,
)


def noise(length, batch=1, seed=0):
    return torch.randn(batch, 1, length, generator=torch.Generator().manual_seed(seed)) / 10


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
    generator = torch.Generator().manual_seed(1)
    spectra = torch.complex(*torch.randn(2, 1, 129, 20, generator=generator))
    spectra[:, :, :4] = spectra[:, :, -4:] = 0
    best = istft(spectra)
    error = (stft(best) - spectra).abs().square().sum()
    for seed in range(3):
        other = best + 1e-2 * noise(best.shape[-1], seed=seed)
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


def test_a_tone_lights_its_band_and_silence_is_the_floor():
    time = torch.arange(3200) / RATE
    bank = mel_filterbank()
    for frequency in (250.0, 1000.0, 3000.0):
        tone = torch.sin(2 * torch.pi * frequency * time)[None, None]
        bin_of = round(frequency * N_FFT / RATE)
        assert log_mel(tone)[0, :, 20].argmax() == bank[:, bin_of].argmax()
    assert torch.all(log_mel(torch.zeros(1, 1, 640)) == math.log(FLOOR))
    assert abs(stft(torch.sin(torch.pi / 4 * torch.arange(3200))[None, None]).abs().max() - 64) < 1


def test_magnitudes_keep_the_mel_bands():
    mel = log_mel(noise(6400))
    found = mel_filterbank() @ magnitudes_from_mel(mel)
    assert (magnitudes_from_mel(mel) >= 0).all()
    assert ((found - mel.exp()).norm() / mel.exp().norm()) < 0.05


def inconsistency(wave, magnitudes):
    return ((stft(wave).abs() - magnitudes).norm() / magnitudes.norm()).item()


def test_griffin_lim_comes_nearer_and_momentum_helps():
    magnitudes = stft(noise(6400)).abs()
    stream = torch.Generator

    def after(n, momentum):
        wave = griffin_lim(magnitudes, n, momentum=momentum, stream=stream().manual_seed(0))
        return inconsistency(wave, magnitudes)

    plain = [after(n, 0.0) for n in (0, 1, 4, 16, 32)]
    assert plain == sorted(plain, reverse=True)  # Griffin and Lim 1984, section III
    assert after(32, 0.99) < plain[-1]


def test_the_same_stream_gives_the_same_wave():
    mel = log_mel(noise(1280))
    waves = [wave_from_mel(mel, 3, torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(*waves)
