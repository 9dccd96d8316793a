"""A vocoder in small: from a mel spectrogram to a wave, its judges, game and scores (lesson 13)."""

import copy
import math
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.streams import Streams
from msgan_lessons.blocks import initialise_he
from msgan_lessons.datasets.speech import RATE, SpeechData
from msgan_lessons.discriminator import DiscriminatorEnsemble
from msgan_lessons.family import Model
from msgan_lessons.lessons.l13_speech.sound import (
    N_FFT,
    N_MELS,
    istft,
    log_mel,
    magnitudes_from_mel,
    mel_cepstral_distortion,
    stft_distance,
)
from msgan_lessons.losses import paired_feature_matching
from msgan_lessons.pyramid import Scales, check_scales
from msgan_lessons.training import Game, TrainConfig

SPEECH_JUDGES = ("scales", "periods", "one")
PERIODS = (2, 3, 5)


def wave_pyramid(waves: Tensor, n_scales: int, pool: bool = True) -> list[Tensor]:
    r"""Formula (36): the same wave at n_scales rates, coarse to fine.

    .. math:: x_K = x, \qquad x_k[n] = \frac{x_{k+1}[2 n] + x_{k+1}[2 n + 1]}{2}

    MelGAN (Kumar et al. 2019), section 2.2, pools by means of 4 samples at stride 2; ours are of 2,
    as in `box_downsample`.

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), T divisible by 2**(n_scales - 1); becomes K tensors
        (B, 1, T / 2^(K - k), 1): a column, one pixel wide, for `StripDiscriminator`.
    n_scales : int
        K >= 1.
    pool : bool
        False: every second sample is kept as it is, without the mean. What lies above half of
        the new rate then comes back as a lower tone (aliasing); the mean weakens it.

    Raises
    ------
    ValueError
        If the shape is not (B, 1, T) or the scales do not divide T.

    Examples
    --------
    >>> [tuple(x.shape) for x in wave_pyramid(torch.zeros(2, 1, 4096), 3)]
    [(2, 1, 1024, 1), (2, 1, 2048, 1), (2, 1, 4096, 1)]
    """
    step = 2 ** (n_scales - 1)
    if n_scales < 1 or waves.ndim != 3 or waves.shape[1] != 1 or waves.shape[-1] % step:
        raise ValueError(
            f"waves must have shape (B, 1, T), T divisible by {step} for n_scales={n_scales}, "
            f"got {tuple(waves.shape)}."
        )
    scales = [waves]
    for _ in range(n_scales - 1):
        finer = scales[0]
        scales.insert(0, F.avg_pool1d(finer, 2) if pool else finer[..., ::2])
    return [x[..., None] for x in scales]


def fold_by_period(waves: Tensor, period: int) -> Tensor:
    """Write a wave into rows of `period` samples: a picture whose columns lie one period apart.

    HiFi-GAN (Kong et al. 2020), section 2.3: the multi-period discriminator, with periods 2, 3, 5,
    7 and 11.

    Parameters
    ----------
    waves : Tensor
        Shape (B, 1, T), mirrored at its end; becomes (B, 1, ceil(T / period), period).
    period : int
        At least 1 and below T.

    Raises
    ------
    ValueError
        If the period is out of range.

    Examples
    --------
    >>> fold_by_period(torch.arange(6.0)[None, None], 3)[0, 0]
    tensor([[0., 1., 2.],
            [3., 4., 5.]])
    """
    if not 1 <= period < waves.shape[-1]:
        raise ValueError(f"period must be from 1 to {waves.shape[-1] - 1}, got {period}.")
    padded = F.pad(waves, (0, -waves.shape[-1] % period), mode="reflect")
    return padded.reshape(len(waves), 1, -1, period)


class StripDiscriminator(nn.Module):
    """A D of patches in time: it never looks across the columns of its picture.

    The core's `PatchDiscriminator` with kernels of 16 x 1 at stride 4 x 1. For one column it is the
    one-dimensional D of MelGAN (Kumar et al. 2019, section 2.2, kernels of 41), for p columns the D
    of one period of HiFi-GAN (Kong et al. 2020, section 2.3, kernels of 5 x 1 at stride 3), both in
    small: what differs between our judges is the picture alone.

    Parameters
    ----------
    channels : sequence of int
        Feature channels of the strided convolutions; each keeps every fourth row.

    Examples
    --------
    >>> StripDiscriminator(channels=(8, 16))([torch.zeros(2, 1, 4096, 1)])[0].shape
    torch.Size([2, 1, 256, 1])
    """

    def __init__(self, channels: Sequence[int] = (16, 32, 64)) -> None:
        super().__init__()
        inputs = (1, *channels[:-1])
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(c_in, c_out, (16, 1), (4, 1), (6, 0)), nn.LeakyReLU(0.2, inplace=True)
            )
            for c_in, c_out in zip(inputs, channels, strict=True)
        )
        self.head = nn.Conv2d(channels[-1], 1, (3, 1), padding=(1, 0))
        initialise_he(self)

    def forward(self, images: Scales) -> list[Tensor]:
        """Judge the finest, (B, 1, H, W): [logits (B, 1, about H / 4^n, W)], n = len(channels)."""
        return self.judge(images)[0]

    def judge(self, images: Scales) -> tuple[list[Tensor], list[list[Tensor]]]:
        """[Logits], and [features (B, channels[k], about H / 4^(k + 1), W) of each convolution]."""
        h, features = check_scales(images, "images")[-1], []
        for block in self.blocks:
            h = block(h)
            features.append(h)
        return [self.head(h)], [features]


def speech_judge(judge: str, width: int = 16) -> DiscriminatorEnsemble:
    """Build the core's ensemble of D for sound, `width` channels in the first layer of each."""
    check_choice("judge", judge, SPEECH_JUDGES)
    n = {"scales": 3, "periods": len(PERIODS), "one": 1}[judge]  # one: the full rate alone
    view = _folds if judge == "periods" else wave_pyramid
    return DiscriminatorEnsemble(
        n, lambda: StripDiscriminator((width, 2 * width, 4 * width)), pyramid=view
    )


def judge_names(judge: str) -> list[str]:
    """Name each D of `speech_judge`, in its order.

    Parameters
    ----------
    judge : str
        'scales' (coarse to fine), 'periods' or 'one'.
    """
    if judge == "periods":
        return [f"judge of samples {p} apart" for p in PERIODS]
    rates = ("2,000", "4,000", "8,000")
    return [f"judge of {rate} samples a second" for rate in rates[-1 if judge == "one" else 0 :]]


def _folds(waves: Tensor, n: int) -> list[Tensor]:
    return [fold_by_period(waves, period) for period in PERIODS[:n]]


N_BINS = N_FFT // 2 + 1


class FrameBlock(nn.Module):
    """One refinement: seven frames of each channel together, then all channels of each frame."""

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
    """From log-mel frames m to a wave: istft(S(m) exp(a + i phi)), S(m) as for `griffin_lim`.

    iSTFTNet (Kaneko et al. 2022), Vocos (Siuzdak 2024) and FreeV (Lv et al. 2024) have its parts;
    MelGAN's own G upsamples frames to samples by transposed convolutions.
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

    def forward(self, mel: Tensor) -> list[Tensor]:
        """Resynthesise speech: log-mel (B, 40, frames) to [waves (B, 1, 64 * frames)]."""
        with torch.no_grad():
            start = magnitudes_from_mel(mel.float(), n_iterations=10)
        change, phase = self.net((mel + 4) / 2.5).float().chunk(2, 1)  # mel: about mean 0, std 1
        magnitudes = start * change.clamp(-6, 6).exp()
        return [istft(torch.polar(magnitudes, phase))]


def melgan(
    *, judge: str = "scales", width: int = 128, judge_width: int = 16, spectral: float = 10.0
) -> Model:
    """A vocoder and its judges, and how to train them.

    MelGAN (Kumar et al. 2019), section 2: hinge loss (equations 1 and 2), feature matching
    (equation 4), three scales; the spectral term is Parallel WaveGAN's (Yamamoto et al. 2020).
    Sizes, weights and learning rates are ours, chosen for runs of a minute.

    Parameters
    ----------
    judge : str
        'scales': three D, on the wave, its half and its quarter rate (MelGAN). 'periods': three D,
        on the wave folded at 2, 3 and 5 samples (HiFi-GAN). 'one': one D on the wave.
    width, judge_width : int
        Channels of G, and of each D's first layer.
    spectral : float
        Weight of `stft_distance` in G's loss, at least 0; for `vocoder_game`.

    Raises
    ------
    ValueError
        If an argument is out of range.

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
        ema_decay=0.995, probe_interval=0,
    )  # fmt: skip
    return Model("melgan", arguments, Vocoder(width), speech_judge(judge, judge_width), config)


@torch.no_grad()
def resynthesised(generator: nn.Module, waves: Tensor) -> Tensor:
    """Take a wave's mel spectrogram, and let G make a wave of it again, on the CPU.

    Parameters
    ----------
    generator : nn.Module
        From log-mel to wave.
    waves : Tensor
        Shape (B, 1, T), T a multiple of 64; the new ones have the same.
    """
    place = next(generator.parameters()).device
    return generator(log_mel(waves.to(place)))[0].cpu()


SEGMENT = 3840  # samples, 0.48 s: divides into hops, scales and periods


def speech_batches(
    speech: SpeechData, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[tuple[Tensor], list[Tensor]]]:
    """Yield what a `Game` plays with: ((mel (B, 40, 60),), [waves (B, 1, 3840)]), without end.

    Parameters
    ----------
    speech : SpeechData
        Real speech.
    batch_size : int
        B, segments of 0.48 s.
    generator : torch.Generator
        Stream of the places.
    """
    for waves in speech.segments(batch_size, generator, SEGMENT):
        yield (log_mel(waves),), [waves]


def spectral_terms(weight: float = 10.0) -> Callable:
    """The second part of formula (37) for a `Game`: (given, real, fake) to {'spectral': ...}.

    Parameters
    ----------
    weight : float
        Of `stft_distance`, at least 0.
    """
    return lambda given, real, fake: {"spectral": weight * stft_distance(real[0], fake[0])}


def vocoder_game(
    model: Model, speech: SpeechData, streams: Streams, *, adversarial: float = 1.0
) -> Game:
    """Set up the game of a vocoder: everyone meets the same segments in the same order.

    Parameters
    ----------
    model : Model
        As `melgan` returns it; the game's `generator_ema` is the running average of its G.
    speech : SpeechData
        To train on.
    streams : Streams
        Of the segments; the same seed gives the same ones at each call.
    adversarial : float
        Weight of the adversarial loss, >= 0; 0: the spectral loss alone, D does not play.

    Raises
    ------
    ValueError
        If `adversarial` is negative.

    Examples
    --------
    >>> from msgan_lessons.datasets.speech import open_speech
    >>> model, speech = melgan(judge="one", width=8, judge_width=2), open_speech(split="test")
    >>> row = vocoder_game(model.with_(batch_size=2), speech, Streams(0)).step()
    >>> row["n_images"], row["spectral"] > 0
    (2, True)
    """
    batches = speech_batches(speech, model.config.batch_size, streams.fresh("segments"))
    return Game(
        model.generator,
        model.discriminator if adversarial else None,
        batches,
        model.config,
        terms=spectral_terms(model.arguments["spectral"]),
        adversarial=adversarial,
        match=paired_feature_matching,
        generator_ema=copy.deepcopy(model.generator),
        streams=streams,
    )


@torch.no_grad()
def speech_score(resynthesise: Callable[[Tensor], Tensor], waves: Sequence[Tensor]) -> dict:
    """Score a way from mel spectrograms to waves on held-out speech; lower is better.

    'MCD [dB]' and 'STFT' are `mel_cepstral_distortion` and `stft_distance`, means over the
    recordings, weighted by their length; 'real time' is seconds of processor time of one thread for
    a second of sound, the mel spectrogram not counted.

    Parameters
    ----------
    resynthesise : callable
        Log-mel (1, 40, frames) to a wave (1, 1, 64 * frames), on the CPU.
    waves : sequence of Tensor
        Real recordings (1, 1, T), T a multiple of 640.

    Raises
    ------
    ValueError
        If there is no recording.

    Examples
    --------
    >>> from msgan_lessons.datasets.speech import open_speech
    >>> from msgan_lessons.lessons.l13_speech.sound import wave_from_mel
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
