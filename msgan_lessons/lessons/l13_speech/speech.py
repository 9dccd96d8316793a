"""A vocoder in small: from a mel spectrogram to a wave, judged at several scales (lesson 13)."""

import math

import torch
from torch import Tensor, nn

from msgan_lessons.family import Model
from msgan_lessons.lessons.l13_speech.griffin_lim import magnitudes_from_mel
from msgan_lessons.lessons.l13_speech.spectrogram import N_FFT, N_MELS, istft, log_mel
from msgan_lessons.lessons.l13_speech.speech_judges import speech_judge
from msgan_lessons.training import TrainConfig

__all__ = ["N_BINS", "Vocoder", "melgan", "resynthesised"]

N_BINS = N_FFT // 2 + 1


class FrameBlock(nn.Module):
    """One refinement: seven frames of each channel together, then all channels of each frame.

    Parameters
    ----------
    width : int
        Channels that enter and leave.

    References
    ----------
    The block of ConvNeXt (Liu et al. 2022), in one dimension as in Vocos (Siuzdak 2024).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.over_time = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.in_frame = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.GELU(),
            nn.Linear(3 * width, width),
        )  # fmt: skip
        self.scale = nn.Parameter(torch.full((width,), 0.3))

    def forward(self, h: Tensor) -> Tensor:
        """Map (B, width, frames) to the same shape."""
        change = self.scale * self.in_frame(self.over_time(h).transpose(1, 2))
        return h + change.transpose(1, 2)


class Vocoder(nn.Module):
    r"""From log-mel frames to a wave, by way of a short-time spectrum.

    .. math:: G(m) = istft\big(S(m) \odot e^{a + i \varphi}\big), \quad (a, \varphi) = net(m)

    S(m) are the magnitudes that Griffin-Lim would start from; the network learns their
    correction a and all phases.

    Parameters
    ----------
    width : int
        Channels at the rate of the frames, 125 a second; at least 1.
    n_blocks : int
        Refinements, at least 1.

    Raises
    ------
    ValueError
        If an argument is below 1.

    References
    ----------
    An inverse STFT at the end is iSTFTNet's (Kaneko et al. 2022), one that spares every
    upsampling Vocos' (Siuzdak 2024), magnitudes through the mel's inverse FreeV's (Lv et al.
    2024). MelGAN's own G upsamples frames to samples by transposed convolutions.

    Examples
    --------
    >>> Vocoder(width=8)(torch.zeros(2, 40, 10)).shape
    torch.Size([2, 1, 640])
    """

    def __init__(self, width: int = 128, n_blocks: int = 5) -> None:
        super().__init__()
        if width < 1 or n_blocks < 1:
            raise ValueError(f"width and n_blocks must be at least 1, got {width} and {n_blocks}.")
        self.net = nn.Sequential(
            nn.Conv1d(N_MELS, width, 7, padding=3),
            *(FrameBlock(width) for _ in range(n_blocks)),
            nn.Conv1d(width, 2 * N_BINS, 1),
        )
        nn.init.normal_(self.net[-1].weight, 0, 0.01)  # magnitudes start as the mel's own
        nn.init.zeros_(self.net[-1].bias)
        nn.init.constant_(self.net[-1].bias[N_BINS + 1 :: 2], math.pi)  # a pulse amid the window

    def forward(self, mel: Tensor) -> Tensor:
        """Resynthesise speech.

        Parameters
        ----------
        mel : Tensor
            Shape (B, 40, frames), as `log_mel` returns it.

        Returns
        -------
        Tensor
            Shape (B, 1, 64 * frames), about in [-1, 1].
        """
        with torch.no_grad():
            start = magnitudes_from_mel(mel.float(), n_iterations=10)
        change, phase = self.net((mel + 4) / 2.5).float().chunk(2, 1)  # mel: about mean 0, std 1
        magnitudes = start * change.clamp(-6, 6).exp()
        return istft(torch.polar(magnitudes, phase))


def melgan(
    *, judge: str = "scales", width: int = 128, judge_width: int = 16, spectral: float = 10.0
) -> Model:
    """A vocoder and its judges, and how to train them.

    Parameters
    ----------
    judge : str
        'scales', 'periods' or 'one', as for `speech_judge`.
    width, judge_width : int
        Channels of G, and of each D's first layer.
    spectral : float
        Weight of `stft_distance` in G's loss, at least 0; for `speech_game.vocoder_game`.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    MelGAN (Kumar et al. 2019), section 2: hinge loss (equations 1 and 2), feature matching
    (equation 4), three scales; the spectral term is Parallel WaveGAN's (Yamamoto et al. 2020).
    Sizes, weights and learning rates are ours, chosen for runs of a minute.

    Examples
    --------
    >>> model = melgan(judge="one", width=8)
    >>> len(model.discriminator.members), model.config.loss
    (1, 'hinge')
    """
    if not spectral >= 0:
        raise ValueError(f"spectral must be >= 0, got {spectral!r}.")
    arguments = {
        "judge": judge, "width": width, "judge_width": judge_width, "spectral": spectral,
    }  # fmt: skip
    config = TrainConfig(
        loss="hinge", batch_size=8, g_lr=2e-3, d_lr=1e-3, betas=(0.8, 0.99), feature_matching=10.0,
        ema_decay=0.995,
    )  # fmt: skip
    return Model("melgan", arguments, Vocoder(width), speech_judge(judge, judge_width), config)


@torch.no_grad()
def resynthesised(generator: nn.Module, waves: Tensor) -> Tensor:
    """Take a wave's mel spectrogram, and let G make a wave of it again.

    Parameters
    ----------
    generator : nn.Module
        From log-mel to wave.
    waves : Tensor
        Shape (B, 1, T), T a multiple of 64.

    Returns
    -------
    Tensor
        Shape (B, 1, T).
    """
    place = next(generator.parameters()).device
    return generator(log_mel(waves.to(place))).cpu()
