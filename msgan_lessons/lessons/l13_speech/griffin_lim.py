"""A wave from magnitudes alone, by the method that needs no training (lesson 13_speech)."""

import torch
from torch import Tensor

from msgan_lessons.datasets.speech import RATE
from msgan_lessons.lessons.l13_speech.spectrogram import (
    HOP,
    N_FFT,
    istft,
    mel_filterbank,
    stft,
)

__all__ = ["griffin_lim", "magnitudes_from_mel", "wave_from_mel"]


def magnitudes_from_mel(
    mel: Tensor, n_fft: int = N_FFT, rate: int = RATE, n_iterations: int = 50
) -> Tensor:
    r"""Magnitudes >= 0 whose mel bands are close to the given ones.

    .. math:: S \leftarrow S \odot \frac{M^T e^m}{M^T M S}

    Parameters
    ----------
    mel : Tensor
        Shape (B, n_mels, frames), as `log_mel` returns it.
    n_fft, rate : int
        As for `log_mel`.
    n_iterations : int
        Updates, at least 0; each brings M S nearer to exp(mel).

    Returns
    -------
    Tensor
        Shape (B, n_fft / 2 + 1, frames). A band of several frequencies has many solutions; this
        is a smooth one, so the harmonics inside a wide band are lost.

    References
    ----------
    The multiplicative update of non-negative matrix factorisation (Lee and Seung 2001,
    equation 4), for one factor.

    Examples
    --------
    >>> magnitudes_from_mel(torch.zeros(1, 40, 5)).shape
    torch.Size([1, 129, 5])
    """
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
    r"""Find a wave with the given magnitudes: guess phases, listen, keep the phases, again.

    .. math:: T_n = stft(istft(C_{n-1})), \quad
        C_n = S \odot \frac{Q_n}{|Q_n|}, \quad Q_n = T_n + \alpha (T_n - T_{n-1})

    Parameters
    ----------
    magnitudes : Tensor
        S, shape (B, n_fft / 2 + 1, frames), at least 0.
    n_iterations : int
        At least 0; 0 leaves the random phases.
    hop : int
        As for `stft`.
    momentum : float
        alpha, in [0, 1]; 0 is Griffin and Lim's own method.
    stream : torch.Generator, optional
        Of the first phases, on the CPU; without it they are zero.

    Returns
    -------
    Tensor
        Shape (B, 1, frames * hop).

    Raises
    ------
    ValueError
        If `n_iterations` or `momentum` is out of range.

    References
    ----------
    Griffin and Lim 1984, section III; the momentum is Perraudin et al. 2013, algorithm 2, with
    their alpha = 0.99.

    Examples
    --------
    >>> griffin_lim(torch.ones(1, 129, 10), n_iterations=2).shape
    torch.Size([1, 1, 640])
    """
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
        Shape (B, 40, frames).
    n_iterations : int
        Of `griffin_lim`.
    stream : torch.Generator, optional
        Of the first phases.

    Returns
    -------
    Tensor
        Shape (B, 1, frames * 64).

    Examples
    --------
    >>> wave_from_mel(torch.zeros(1, 40, 5), n_iterations=1).shape
    torch.Size([1, 1, 320])
    """
    return griffin_lim(magnitudes_from_mel(mel), n_iterations, stream=stream)
