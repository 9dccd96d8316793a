"""How good resynthesised speech is, and what it costs (lesson 13_speech)."""

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from msgan_lessons.datasets.speech import RATE
from msgan_lessons.lessons.l13_speech.spectral_distance import (
    mel_cepstral_distortion,
    stft_distance,
)
from msgan_lessons.lessons.l13_speech.spectrogram import log_mel

__all__ = ["speech_score"]


@torch.no_grad()
def speech_score(resynthesise: Callable[[Tensor], Tensor], waves: Sequence[Tensor]) -> dict:
    """Score a way from mel spectrograms to waves on held-out speech.

    Parameters
    ----------
    resynthesise : callable
        Log-mel (1, 40, frames) to a wave (1, 1, 64 * frames), on the CPU.
    waves : sequence of Tensor
        Real recordings (1, 1, T), T a multiple of 640.

    Returns
    -------
    dict
        'MCD [dB]' and 'STFT' (`mel_cepstral_distortion` and `stft_distance`, means over the
        recordings, weighted by their length; lower is better), 'real time' (seconds of processor
        time of one thread for a second of sound, the mel spectrogram not counted).

    Raises
    ------
    ValueError
        If there is no recording.

    Examples
    --------
    >>> from msgan_lessons.lessons.l13_speech.griffin_lim import wave_from_mel
    >>> from msgan_lessons.datasets.speech import open_speech
    >>> wave = open_speech("asterisk", "test").wave("tt-weasels")
    >>> row = speech_score(lambda mel: wave_from_mel(mel, 2), [wave])
    >>> list(row), row["MCD [dB]"] > 0
    (['MCD [dB]', 'STFT', 'real time'], True)
    """
    if not waves:
        raise ValueError("waves must hold at least one recording, got none.")
    mels = [log_mel(wave) for wave in waves]
    fakes, seconds = _timed(resynthesise, mels)
    sizes = [wave.shape[-1] for wave in waves]
    pairs = list(zip(waves, fakes, sizes, strict=True))
    total = sum(sizes)
    return {
        "MCD [dB]": sum(n * mel_cepstral_distortion(r, f) for r, f, n in pairs) / total,
        "STFT": sum(n * stft_distance(r, f).item() for r, f, n in pairs) / total,
        "real time": seconds / (total / RATE),
    }


def _timed(resynthesise: Callable, mels: Sequence[Tensor]) -> tuple[list[Tensor], float]:
    """Waves, and the processor seconds of one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        resynthesise(mels[0])  # the first call plans its transforms
        start = time.process_time()
        fakes = [resynthesise(mel) for mel in mels]
        return fakes, time.process_time() - start
    finally:
        torch.set_num_threads(threads)
