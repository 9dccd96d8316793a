"""Sound as a picture: short-time spectra, their inverse, and the mel scale (lesson 13_speech)."""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.datasets.speech import RATE

__all__ = ["FLOOR", "HOP", "N_FFT", "N_MELS", "istft", "log_mel", "mel_filterbank", "stft"]

N_FFT, HOP, N_MELS = 256, 64, 40  # 32 ms, 8 ms, bands
FLOOR = 1e-3  # of a magnitude, before its logarithm


def stft(waves: Tensor, n_fft: int = N_FFT, hop: int = HOP) -> Tensor:
    r"""Spectra of short, overlapping pieces of a wave, one every `hop` samples.

    .. math:: X[f, t] = \sum_n w[n] \, x[n + t \, hop] \, e^{-2 \pi i f n / n_{fft}}

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), float; T a multiple of `hop`, more than (n_fft - hop) / 2.
    n_fft : int
        Samples in a piece, under a Hann window.
    hop : int
        Samples between pieces; n_fft - hop must be even and at least 0.

    Returns
    -------
    Tensor
        Complex, shape (B, n_fft / 2 + 1, T / hop), from 0 Hz to half the rate.

    Raises
    ------
    ValueError
        If the shape or the sizes are not allowed.

    References
    ----------
    Griffin and Lim 1984, equation 1. Both ends are mirrored by (n_fft - hop) / 2 samples, as in
    HiFi-GAN (Kong et al. 2020), so that each hop has exactly one spectrum.

    Examples
    --------
    >>> stft(torch.zeros(2, 1, 8000)).shape
    torch.Size([2, 129, 125])
    """
    pad = _pad(n_fft, hop)
    if waves.ndim != 3 or waves.shape[1] != 1:
        raise ValueError(f"waves must have shape (B, 1, T), got {tuple(waves.shape)}.")
    if waves.shape[-1] % hop or waves.shape[-1] <= pad:
        raise ValueError(
            f"waves must have a multiple of hop={hop} samples, more than {pad}, "
            f"got {waves.shape[-1]}."
        )
    padded = F.pad(waves.float(), (pad, pad), mode="reflect")[:, 0]
    window = torch.hann_window(n_fft, device=waves.device)
    return torch.stft(padded, n_fft, hop, window=window, center=False, return_complex=True)


def istft(spectra: Tensor, hop: int = HOP) -> Tensor:
    r"""The wave whose spectra are closest to the given ones, in the sense of least squares.

    .. math:: x[n] = \frac{\sum_t w[n - t \, hop] \, y_t[n - t \, hop]}
        {\sum_t w^2[n - t \, hop]}, \qquad y_t = irfft(X[:, t])

    Parameters
    ----------
    spectra : Tensor
        Complex, shape (B, n_fft / 2 + 1, frames), as `stft` returns them, or any other.
    hop : int
        As for `stft`.

    Returns
    -------
    Tensor
        Shape (B, 1, frames * hop); `istft(stft(x))` is x up to rounding.

    References
    ----------
    Griffin and Lim 1984, equation 6. The mirrored ends are cut off.

    Examples
    --------
    >>> x = torch.randn(1, 1, 640)
    >>> bool(torch.allclose(istft(stft(x)), x, atol=1e-5))
    True
    """
    n_fft, frames = 2 * (spectra.shape[1] - 1), spectra.shape[-1]
    pad, window = _pad(n_fft, hop), torch.hann_window(n_fft, device=spectra.device)
    pieces = torch.fft.irfft(spectra, n_fft, dim=1) * window[:, None]  # (B, n_fft, frames)
    squares = window.square()[None, :, None].expand(1, -1, frames)
    size = {"output_size": (1, (frames - 1) * hop + n_fft), "kernel_size": (1, n_fft)}
    summed, weight = (F.fold(x, **size, stride=(1, hop))[:, :, 0] for x in (pieces, squares))
    inside = slice(pad, pad + frames * hop)
    return summed[..., inside] / weight[..., inside].clamp_min(1e-8)


@lru_cache(maxsize=8)
def mel_filterbank(n_mels: int = N_MELS, n_fft: int = N_FFT, rate: int = RATE) -> Tensor:
    r"""Triangles, evenly spaced on the mel scale, that sum a spectrum into bands.

    .. math:: mel(f) = 2595 \, \log_{10}(1 + f / 700)

    Parameters
    ----------
    n_mels : int
        Bands, from 0 Hz to half the rate; so many that each holds a frequency of the spectrum.
    n_fft : int
        Of the spectrum.
    rate : int
        Samples a second.

    Returns
    -------
    Tensor
        Shape (n_mels, n_fft / 2 + 1); each triangle rises from 0 to 1 and falls to 0.

    Raises
    ------
    ValueError
        If `n_mels` is below 1, or a band holds no frequency.

    References
    ----------
    The formula is O'Shaughnessy's (1987), as HTK has it; the triangles are not divided by their
    area. A test compares the matrix with one built in another way.

    Examples
    --------
    >>> mel_filterbank().shape
    torch.Size([40, 129])
    """
    if n_mels < 1:
        raise ValueError(f"n_mels must be at least 1, got {n_mels}.")
    top = 2595 * math.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (torch.linspace(0, top, n_mels + 2, dtype=torch.double) / 2595) - 1)
    bins = torch.linspace(0, rate / 2, n_fft // 2 + 1, dtype=torch.double)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    bank = torch.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    bank = bank.clamp_min(0)
    if (bank.sum(1) == 0).any():
        raise ValueError(
            f"n_mels must leave a frequency to each band of n_fft={n_fft}, got {n_mels}."
        )
    return bank.float()


def log_mel(
    waves: Tensor, n_mels: int = N_MELS, n_fft: int = N_FFT, hop: int = HOP, rate: int = RATE
) -> Tensor:
    r"""Formula (35): the logarithm of a wave's magnitudes, summed into mel bands.

    .. math:: m[b, t] = \ln \max\Big(\sum_f M[b, f] \, |X[f, t]|, \; 10^{-3}\Big)

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), in [-1, 1].
    n_mels, n_fft, hop, rate : int
        As for `mel_filterbank` and `stft`.

    Returns
    -------
    Tensor
        Shape (B, n_mels, T / hop), at least ln(0.001) = -6.9.

    Raises
    ------
    ValueError
        As `stft` and `mel_filterbank`.

    References
    ----------
    MelGAN (Kumar et al. 2019) starts from such a picture, with 80 bands of 22,050 samples a
    second. A sine of full scale has a magnitude of n_fft / 4 = 64, so the floor is 96 dB below.

    Examples
    --------
    >>> log_mel(torch.zeros(1, 1, 640))[0, :2, 0]
    tensor([-6.9078, -6.9078])
    """
    bank = mel_filterbank(n_mels, n_fft, rate).to(waves.device)
    return (bank @ stft(waves, n_fft, hop).abs()).clamp_min(FLOOR).log()


def _pad(n_fft: int, hop: int) -> int:
    """Samples that are mirrored at each end."""
    if hop < 1 or n_fft < hop or (n_fft - hop) % 2:
        raise ValueError(
            f"hop must be at least 1 and n_fft - hop even and >= 0, got {hop} and {n_fft}."
        )
    return (n_fft - hop) // 2
