"""How far a wave is from another one to the ear: spectra at several scales (lesson 13_speech)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from msgan_lessons.datasets.speech import RATE
from msgan_lessons.lessons.l13_speech.spectrogram import FLOOR, log_mel, stft

__all__ = ["RESOLUTIONS", "mel_cepstral_distortion", "mel_cepstrum", "stft_distance"]

RESOLUTIONS = ((512, 128), (256, 64), (128, 32))  # samples in a piece, and between pieces
DECIBEL = 10 / math.log(10)  # of a natural logarithm of power


def stft_distance(
    real: Tensor, fake: Tensor, resolutions: Sequence[tuple[int, int]] = RESOLUTIONS
) -> Tensor:
    r"""Distance of short-time spectra, averaged over resolutions; the second part of (37).

    .. math:: \frac{1}{R} \sum_r \frac{\| S_r - \hat S_r \|_F}{\| S_r \|_F}
        + \frac{1}{N_r} \| \ln S_r - \ln \hat S_r \|_1

    Parameters
    ----------
    real, fake : Tensor
        Shape (B, 1, T), in [-1, 1]; T a multiple of every hop.
    resolutions : sequence of (int, int)
        (n_fft, hop) of each.

    Returns
    -------
    Tensor
        Scalar >= 0, differentiable in both.

    Raises
    ------
    ValueError
        If the shapes differ or do not fit the resolutions.

    References
    ----------
    Yamamoto et al. 2020 (Parallel WaveGAN), equations 3 to 6. Magnitudes below 0.001 count as
    0.001, so that silence does not outweigh speech.

    Examples
    --------
    >>> x = torch.randn(1, 1, 1024)
    >>> stft_distance(x, x).item()
    0.0
    """
    _check_pair(real, fake)
    terms = []
    for n_fft, hop in resolutions:
        s, s_hat = (stft(x, n_fft, hop).abs().clamp_min(FLOOR) for x in (real, fake))
        terms.append((s - s_hat).norm() / s.norm() + (s.log() - s_hat.log()).abs().mean())
    return torch.stack(terms).mean()


def mel_cepstrum(
    waves: Tensor, order: int = 13, n_mels: int = 26, n_fft: int = 240, hop: int = 80
) -> Tensor:
    r"""The shape of the spectrum in a few numbers: a cosine transform of log mel powers.

    .. math:: c_d = \frac{1}{B} \sum_{b=1}^{B} 2 \, m_b \, \cos\frac{\pi d (b - 1/2)}{B}

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), in [-1, 1]; T a multiple of `hop`.
    order : int
        The last d, from 1 to n_mels - 1.
    n_mels, n_fft, hop : int
        As for `log_mel`: 30 ms every 10 ms.

    Returns
    -------
    Tensor
        Shape (B, order, T / hop): c_1 to c_order; c_0, the loudness, is left out.

    Raises
    ------
    ValueError
        If the order is out of range.

    Examples
    --------
    >>> mel_cepstrum(torch.zeros(1, 1, 800)).shape
    torch.Size([1, 13, 10])
    """
    if not 1 <= order < n_mels:
        raise ValueError(f"order must be from 1 to {n_mels - 1}, got {order}.")
    power = 2 * log_mel(waves, n_mels, n_fft, hop)  # m is of magnitudes
    d = torch.arange(1, order + 1, device=waves.device)[:, None]
    middle = torch.arange(n_mels, device=waves.device) + 0.5
    return torch.cos(torch.pi * d * middle / n_mels) @ power / n_mels


def mel_cepstral_distortion(real: Tensor, fake: Tensor, range_db: float = 40.0) -> float:
    r"""Formula (38): how far two waves' spectra are apart in shape, in decibels.

    .. math:: MCD = \frac{10}{\ln 10} \, E_t \sqrt{2 \sum_{d=1}^{13} (c_d - \hat c_d)^2}

    Parameters
    ----------
    real, fake : Tensor
        Shape (B, 1, T), the same words at the same time; T a multiple of 80.
    range_db : float
        Frames in which the real wave is further than this below its loudest frame are left out.

    Returns
    -------
    float
        Decibels, >= 0; blind to loudness, and to all that 13 coefficients do not hold.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Kubichek 1993. His frames are warped onto each other by dynamic programming where speakers
    differ in pace; here a frame has its twin. Coefficients are those of `mel_cepstrum`.

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
