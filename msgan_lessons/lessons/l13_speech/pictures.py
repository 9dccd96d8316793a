"""Pictures of speech and sounds to hear; the audio pyramid to touch (lesson 13_speech)."""

import html
import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import soundfile as sf
import torch
from IPython.display import Audio
from matplotlib import colormaps
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.pictures import COLOURS, Picture, new_figure
from msgan_lessons.datasets.speech import RATE
from msgan_lessons.lessons.l13_speech.sound import FLOOR, stft

LOUDEST, RANGE = 30.0, 70.0  # dB of a magnitude that is white, and below it to black
COLOURS_OF_LOUDNESS = colormaps["magma"].resampled(14)  # one for 5 dB: a small file
PIECE, STEP = 256, 32  # samples: 32 ms every 4 ms, finer in time than what G is given


def band_decibels(wave: Tensor, n_fft: int = PIECE, hop: int = STEP) -> np.ndarray:
    """Magnitudes of a wave of T numbers in decibels, (n_fft / 2 + 1, T // hop), at least -60."""
    flat = wave.detach().float().cpu().flatten()
    magnitudes = stft(flat[None, None, : len(flat) - len(flat) % hop], n_fft, hop)[0].abs()
    return (20 * magnitudes.clamp_min(FLOOR).log10()).numpy()


def spectrogram_image(wave: Tensor) -> Tensor:
    """A spectrogram as an image for `widgets.Screen`, in [-1, 1], 4 kHz at the top.

    Parameters
    ----------
    wave : Tensor
        T numbers at 8,000 a second; become (1, 1, 129, T / 32).

    Examples
    --------
    >>> spectrogram_image(torch.zeros(3200)).shape
    torch.Size([1, 1, 129, 100])
    """
    share = (torch.from_numpy(band_decibels(wave)) - (LOUDEST - RANGE)) / RANGE  # 0 to 1
    return (2 * share.clamp(0, 1) - 1).flip(0)[None, None]


def draw_spectrogram(axis, wave: Tensor, rate: int = RATE) -> None:
    """Draw one spectrogram, time to the right, frequency upwards, loud is bright."""
    share = RATE // rate  # 1, 2, 4 or 8; as many milliseconds in a piece at each rate
    decibels = band_decibels(share * wave, PIECE // share, STEP // share)
    extent = (0, wave.numel() / rate, 0, rate / 2000)
    axis.imshow(
        decibels, origin="lower", aspect="auto", extent=extent, cmap=COLOURS_OF_LOUDNESS,
        vmin=LOUDEST - RANGE, vmax=LOUDEST, interpolation="nearest",
    )  # fmt: skip
    axis.set_yticks([0, rate / 4000, rate / 2000])


def spectrograms(waves: Mapping[str, Tensor], caption: str) -> Picture:
    """Show spectrograms of the same words in two columns.

    Parameters
    ----------
    waves : mapping
        Label to a wave, all equally long.

    Raises
    ------
    ValueError
        If there is no wave or they differ in length.
    """
    lengths = {wave.numel() for wave in waves.values()}
    if len(lengths) != 1:
        raise ValueError(f"waves must be equally long, got {sorted(lengths)} samples.")
    rows = -(-len(waves) // 2)
    figure, axes = new_figure(
        8.0, 1.45 * rows + 0.3, nrows=rows, ncols=2, sharex=True, sharey=True, squeeze=False
    )
    for axis in axes.flat[len(waves) :]:
        axis.set_visible(False)
    for axis, (label, wave) in zip(axes.flat, waves.items(), strict=False):
        draw_spectrogram(axis, wave)
        axis.set_title(label, fontsize=9, loc="left")
        axis.tick_params(labelbottom=True, labelsize=8)
    figure.supxlabel("seconds", fontsize=9)
    figure.supylabel("kHz", fontsize=9)
    alt = f"Spectrograms of the same words, 0 to 4 kHz: {'; '.join(waves)}."
    return Picture(figure, alt, caption)


def judged_speech(
    waves: Mapping[str, Tensor], logits: Mapping[str, Sequence[Tensor]], names: Sequence[str]
) -> Picture:
    """Show a wave, and below it what each D says about it and its likes along the time.

    Parameters
    ----------
    waves : mapping
        Label to a wave; at most three, equally long; the first is drawn.
    logits : mapping
        The same labels to one tensor a D, in the order of time.
    names : sequence of str
        Of the D.

    Raises
    ------
    ValueError
        If labels differ.
    """
    if list(waves) != list(logits) or not 1 <= len(waves) <= 3:
        raise ValueError(f"waves and logits must share one to three labels, got {list(waves)}.")
    figure, axes = new_figure(
        8.0, 1.3 * (1 + len(names)) + 0.4, nrows=1 + len(names), sharex=True, squeeze=False
    )
    seconds = next(iter(waves.values())).numel() / RATE
    colours = (COLOURS["real"], COLOURS["fake"], COLOURS["sixth"])
    first = next(iter(waves.values())).flatten().numpy()
    axes[0, 0].plot(np.arange(len(first)) / RATE, first, color="0.35", linewidth=0.5)
    for colour, label in zip(colours, waves, strict=False):
        for axis, said in zip(axes[1:, 0], logits[label], strict=True):
            values = said.flatten().numpy()
            middle = (np.arange(len(values)) + 0.5) * seconds / len(values)
            axis.plot(middle, values, color=colour, linewidth=1.2, label=label)
    axes[1, 0].legend(
        fontsize=8, ncols=3, loc="lower right", bbox_to_anchor=(1, 0.98), frameon=False
    )
    for k, (axis, name) in enumerate(zip(axes[:, 0], [next(iter(waves)), *names], strict=True)):
        axis.set_title(f"wave: {name}" if k == 0 else name, fontsize=9, loc="left")
        axis.tick_params(labelsize=8)
        if k:
            axis.axhline(0, color="0.6", linewidth=0.7, linestyle=":")
    axes[-1, 0].set_xlabel("seconds", fontsize=9)
    alt = f"A wave, and below it what is said about {', '.join(waves)}: {'; '.join(names)}."
    caption = "Above zero: D takes it for real. Where are the lines apart, and in which row most?"
    return Picture(figure, alt, caption)


def score_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Write the scores of each method as lines of text, under a heading.

    Parameters
    ----------
    scores : mapping
        Method to {metric: number}.

    Examples
    --------
    >>> print(score_table({"Griffin-Lim": {"MCD [dB]": 1.25, "STFT": 0.7}}))
    method         MCD [dB]      STFT
    Griffin-Lim       1.250     0.700
    """
    metrics = list(next(iter(scores.values())))
    width = max(len("method"), *(len(name) for name in scores)) + 2
    columns = [max(len(m) + 2, 10) for m in metrics]
    lines = ["method".ljust(width) + "".join(map(str.rjust, metrics, columns))]
    for name, row in scores.items():
        numbers = (f"{row[m]:.3f}".rjust(c) for m, c in zip(metrics, columns, strict=True))
        lines.append(name.ljust(width) + "".join(numbers))
    return "\n".join(lines)


def audio_html(wave: Tensor) -> str:
    """A player for a wave, cut to [-1, 1], as HTML that holds it as 16-bit FLAC, loudness kept."""
    packed = io.BytesIO()
    samples = wave.detach().float().cpu().flatten().clamp(-1, 1).numpy()
    sf.write(packed, samples, RATE, format="FLAC", subtype="PCM_16")
    player = Audio(data=packed.getvalue())
    player.mimetype = "audio/flac"
    return player._repr_html_().strip()


class Sounds:
    """Waves to be compared by ear, one player each under its label.

    Parameters
    ----------
    waves : mapping
        Label to a wave, any shape; each a second or two.
    caption : str
        What to listen for.

    Raises
    ------
    ValueError
        If there is no wave or no caption.

    Examples
    --------
    >>> Sounds({"silence": torch.zeros(800)}, "Is anything to be heard?")
    [sound] silence, 0.1 s. Is anything to be heard?
    """

    def __init__(self, waves: Mapping[str, Tensor], caption: str) -> None:
        if not waves or not caption.strip():
            raise ValueError("sounds must have a wave and a caption, got none.")
        self.waves, self.caption = dict(waves), caption

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<div style="margin-right:1em"><div>{html.escape(label)}</div>{audio_html(wave)}</div>'
            for label, wave in self.waves.items()
        )
        return (
            f'<figure style="margin:0"><div style="display:flex;flex-wrap:wrap">{cells}</div>'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        names = (f"{name}, {w.numel() / RATE:.1f} s" for name, w in self.waves.items())
        return f"[sound] {'; '.join(names)}. {self.caption}"


class AudioPicture(Picture):
    """A picture with a player below it."""

    def __init__(self, figure, alt: str, caption: str, *, wave: Tensor) -> None:
        super().__init__(figure, alt, caption)
        self.player = audio_html(wave)

    def html(self) -> str:
        """The picture and the player as HTML that needs no other file."""
        return super().html() + self.player


FILTERS = ("mean of neighbours", "none")
CONTROLS = {  # of `pyramid_of_sound`; the first of each is the start
    "scale": ["2000 Hz", "1000 Hz", "4000 Hz", "8000 Hz"],
    "filter": ["none", "mean of neighbours"],
}


def downsample_wave(wave: Tensor, factor: int, how: str = FILTERS[0]) -> Tensor:
    """Lower the rate of a wave by 1, 2, 4 or 8, with the mean that the judges see or without."""
    # wave (1, 1, T), T divisible by factor -> (1, 1, T / factor)
    if factor not in (1, 2, 4, 8):
        raise ValueError(f"factor must be one of 1, 2, 4, 8, got {factor!r}.")
    check_choice("how", how, FILTERS)
    return F.avg_pool1d(wave, factor) if how == FILTERS[0] else wave[..., ::factor]


def pyramid_of_sound(wave: Tensor) -> Callable[..., AudioPicture]:
    """What `widgets.explore` draws: a voice at full rate and, seen and heard, at a lower one.

    Parameters
    ----------
    wave : Tensor
        Shape (1, 1, T) at 8,000 samples a second; becomes a callable, (scale, filter) to a picture.
    """
    whole = wave[..., : wave.shape[-1] - wave.shape[-1] % 256]

    def draw(scale: str, filter: str) -> AudioPicture:
        rate = int(scale.split()[0])
        low = downsample_wave(whole, RATE // rate, filter)
        figure, axes = new_figure(8.0, 2.5, ncols=2, sharey=True)
        for axis, x, r in ((axes[0], whole, RATE), (axes[1], low, rate)):
            draw_spectrogram(axis, x, r)
            axis.set_title(f"{r:,} samples a second", fontsize=9, loc="left")
            axis.set(ylim=(0, RATE / 2000), yticks=[0, 1, 2, 4], xlabel="seconds")
            axis.set_facecolor("0.85")
        axes[0].set_ylabel("kHz")
        alt = (
            f"Two spectrograms of the same words: at {RATE:,} samples a second up to 4 kHz, and at "
            f"{rate:,} up to {rate / 2000:g} kHz; filter: {filter}."
        )
        caption = "Grey: this scale has no such tones. Is all that is left also on the left?"
        return AudioPicture(figure, alt, caption, wave=_held(low, RATE // rate))

    return draw


def _held(wave: Tensor, factor: int) -> Tensor:
    """Back to 8,000 samples a second by lines between samples, since players refuse low rates."""
    return wave if factor == 1 else F.interpolate(wave, scale_factor=factor, mode="linear")
