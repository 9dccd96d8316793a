"""The audio pyramid to touch: what a lower rate leaves of a voice, and what it makes up (13)."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.pictures import new_figure
from msgan_lessons.datasets.speech import RATE
from msgan_lessons.lessons.l13_speech.pictures import AudioPicture, draw_spectrogram

FILTERS = ("mean of neighbours", "none")
CONTROLS = {  # of `widgets.explore`; the first of each is the start
    "scale": ["2000 Hz", "1000 Hz", "4000 Hz", "8000 Hz"],
    "filter": ["none", "mean of neighbours"],
}


def downsample_wave(wave: Tensor, factor: int, how: str = FILTERS[0]) -> Tensor:
    """Lower the rate of a wave by 1, 2, 4 or 8, with the mean that the judges see or without."""
    # wave (1, 1, T), T divisible by factor -> (1, 1, T / factor)
    if factor not in (1, 2, 4, 8):
        raise ValueError(f"factor must be one of 1, 2, 4, 8, got {factor!r}.")
    if how not in FILTERS:
        raise ValueError(f"how must be one of {', '.join(FILTERS)}, got {how!r}.")
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
