"""Sound as a picture and back: spectra, mel scale, Griffin-Lim, distances (lesson 13_speech)."""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_least
from msgan_lessons.datasets.speech import RATE

N_FFT, HOP, N_MELS = 256, 64, 40  # 32 ms, 8 ms, bands
FLOOR = 1e-3  # of a magnitude, before its logarithm


def stft(waves: Tensor, n_fft: int = N_FFT, hop: int = HOP) -> Tensor:
    r"""Spectra of short, overlapping pieces of a wave, one every `hop` samples.

    .. math:: X[f, t] = \sum_n w[n] \, x[n + t \, hop] \, e^{-2 \pi i f n / n_{fft}}

    Griffin and Lim 1984, equation 1. Both ends are mirrored by (n_fft - hop) / 2 samples, as in
    HiFi-GAN (Kong et al. 2020), so that each hop has exactly one spectrum.

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), float; T a multiple of `hop`, more than (n_fft - hop) / 2; becomes
        (B, n_fft / 2 + 1, T / hop), complex, from 0 Hz to half the rate.
    n_fft : int
        Samples in a piece, under a Hann window.
    hop : int
        Samples between pieces; n_fft - hop must be even and at least 0.

    Raises
    ------
    ValueError
        If the shape or the sizes are not allowed.

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
    """The wave (B, 1, frames * hop) whose spectra are closest (Griffin and Lim 1984, eq. 6)."""
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

    The formula is O'Shaughnessy's (1987), as HTK has it. Each row of (n_mels, n_fft / 2 + 1) rises
    from 0 to 1 and falls to 0, not divided by its area. A test compares the matrix with one built
    in another way.

    Parameters
    ----------
    n_mels : int
        Bands, from 0 Hz to half the rate; so many that each holds a frequency of the spectrum.
    n_fft : int
        Of the spectrum.
    rate : int
        Samples a second.

    Raises
    ------
    ValueError
        If `n_mels` is below 1, or a band holds no frequency.

    Examples
    --------
    >>> mel_filterbank().shape
    torch.Size([40, 129])
    """
    check_least(1, n_mels=n_mels)
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

    MelGAN (Kumar et al. 2019) starts from such a picture, with 80 bands of 22,050 samples a second.
    A sine of full scale has a magnitude of n_fft / 4 = 64, so the floor is 96 dB below.

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), in [-1, 1]; becomes (B, n_mels, T / hop), at least ln(0.001) = -6.9.
    n_mels, n_fft, hop, rate : int
        As for `mel_filterbank` and `stft`, with their errors.

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


def magnitudes_from_mel(
    mel: Tensor, n_fft: int = N_FFT, rate: int = RATE, n_iterations: int = 50
) -> Tensor:
    """Magnitudes >= 0 whose mel bands are close: S <- S M^T e^m / M^T M S (Lee and Seung 2001)."""
    bank = mel_filterbank(mel.shape[1], n_fft, rate).to(mel.device)
    bands = mel.exp()
    numerator = bank.T @ bands
    magnitudes = numerator / bank.sum(0).clamp_min(1e-3)[:, None]
    for _ in range(n_iterations):
        magnitudes = magnitudes * numerator / (bank.T @ (bank @ magnitudes)).clamp_min(1e-8)
    return magnitudes


def griffin_lim(
    magnitudes: Tensor,
    n_iterations: int = 32,
    hop: int = HOP,
    momentum: float = 0.99,
    stream: torch.Generator | None = None,
) -> Tensor:
    """Find a wave with the given magnitudes: guess phases, listen, keep the phases, again."""
    # Griffin and Lim 1984, section III; momentum of Perraudin et al. 2013, algorithm 2.
    if n_iterations < 0 or not 0 <= momentum <= 1:
        raise ValueError(
            "n_iterations must be at least 0 and momentum from 0 to 1, "
            f"got {n_iterations} and {momentum}."
        )
    angles = torch.zeros(magnitudes.shape)
    if stream is not None:
        angles = 2 * torch.pi * torch.rand(magnitudes.shape, generator=stream)
    phases = torch.polar(torch.ones_like(angles), angles).to(magnitudes.device)
    n_fft, before = 2 * (magnitudes.shape[1] - 1), 0.0
    for _ in range(n_iterations):
        heard = stft(istft(magnitudes * phases, hop), n_fft, hop)
        moved = heard + momentum * (heard - before)
        phases, before = moved / moved.abs().clamp_min(1e-8), heard
    return istft(magnitudes * phases, hop)


def wave_from_mel(
    mel: Tensor, n_iterations: int = 32, stream: torch.Generator | None = None
) -> Tensor:
    """Turn a log-mel spectrogram of the course's settings into a wave, without training.

    Parameters
    ----------
    mel : Tensor
        Shape (B, 40, frames); becomes (B, 1, frames * 64).
    n_iterations : int
        Of `griffin_lim`, at least 0.
    stream : torch.Generator, optional
        Of the first phases, on the CPU; without it they are zero.

    Examples
    --------
    >>> wave_from_mel(torch.zeros(1, 40, 5), n_iterations=1).shape
    torch.Size([1, 1, 320])
    """
    return griffin_lim(magnitudes_from_mel(mel), n_iterations, stream=stream)


RESOLUTIONS = ((512, 128), (256, 64), (128, 32))  # samples in a piece, and between pieces
DECIBEL = 10 / math.log(10)  # of a natural logarithm of power


def stft_distance(real: Tensor, fake: Tensor) -> Tensor:
    r"""Distance of short-time spectra, averaged over resolutions; the second part of (37).

    .. math:: \frac{1}{R} \sum_r \frac{\| S_r - \hat S_r \|_F}{\| S_r \|_F}
        + \frac{1}{N_r} \| \ln S_r - \ln \hat S_r \|_1

    A scalar >= 0, differentiable in both. Yamamoto et al. 2020 (Parallel WaveGAN), equations 3 to
    6; magnitudes below 0.001 count as 0.001, so that silence does not outweigh speech.

    Parameters
    ----------
    real, fake : Tensor
        Shape (B, 1, T), the same of both, in [-1, 1]; T a multiple of every hop.

    Examples
    --------
    >>> x = torch.randn(1, 1, 1024)
    >>> stft_distance(x, x).item()
    0.0
    """
    _check_pair(real, fake)
    terms = []
    for n_fft, hop in RESOLUTIONS:
        s, s_hat = (stft(x, n_fft, hop).abs().clamp_min(FLOOR) for x in (real, fake))
        terms.append((s - s_hat).norm() / s.norm() + (s.log() - s_hat.log()).abs().mean())
    return torch.stack(terms).mean()


def mel_cepstrum(
    waves: Tensor, order: int = 13, n_mels: int = 26, n_fft: int = 240, hop: int = 80
) -> Tensor:
    """The spectrum's shape: c_1 to c_order of a cosine transform of log mel powers, 30 ms each."""
    if not 1 <= order < n_mels:
        raise ValueError(f"order must be from 1 to {n_mels - 1}, got {order}.")
    power = 2 * log_mel(waves, n_mels, n_fft, hop)  # m is of magnitudes
    d = torch.arange(1, order + 1, device=waves.device)[:, None]
    middle = torch.arange(n_mels, device=waves.device) + 0.5
    return torch.cos(torch.pi * d * middle / n_mels) @ power / n_mels


def mel_cepstral_distortion(real: Tensor, fake: Tensor, range_db: float = 40.0) -> float:
    r"""Formula (38): how far two waves' spectra are apart in shape, in decibels, >= 0.

    .. math:: MCD = \frac{10}{\ln 10} \, E_t \sqrt{2 \sum_{d=1}^{13} (c_d - \hat c_d)^2}

    Kubichek 1993. His frames are warped onto each other by dynamic programming where speakers
    differ in pace; here a frame has its twin. It is blind to loudness, and to all that the 13
    coefficients of `mel_cepstrum` do not hold.

    Parameters
    ----------
    real, fake : Tensor
        Shape (B, 1, T), the same words at the same time; T a multiple of 80.
    range_db : float
        Frames in which the real wave is further than this below its loudest frame are left out.

    Examples
    --------
    >>> x = torch.randn(1, 1, 8000, generator=torch.Generator().manual_seed(0))
    >>> mel_cepstral_distortion(x, x), round(mel_cepstral_distortion(x, x / 2), 3)
    (0.0, 0.0)
    """
    _check_pair(real, fake)
    difference = mel_cepstrum(real) - mel_cepstrum(fake)
    distortion = DECIBEL * (2 * difference.square().sum(1)).sqrt()  # (B, frames)
    power = real.unfold(-1, 80, 80).square().mean(-1)[:, 0]  # (B, frames)
    loud = power >= power.max() * 10 ** (-range_db / 10)
    return distortion[loud].mean().item()


def _check_pair(real: Tensor, fake: Tensor) -> None:
    if real.shape != fake.shape:
        raise ValueError(
            f"real and fake must have the same shape, got {tuple(real.shape)} and "
            f"{tuple(fake.shape)} at {RATE} Hz."
        )
