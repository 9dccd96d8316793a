"""Something to hear in a notebook: short waves with a label, packed without loss."""

import html
import io
from collections.abc import Mapping

import soundfile as sf
from IPython.display import Audio
from torch import Tensor

from msgan_lessons.base.pictures import Picture
from msgan_lessons.datasets.speech import RATE

__all__ = ["HeardPicture", "Sounds", "audio_html"]


def audio_html(wave: Tensor, rate: int = RATE) -> str:
    """Return a player for a wave, as `IPython.display.Audio` draws it.

    Parameters
    ----------
    wave : Tensor
        T numbers, any shape; what is outside [-1, 1] is clipped, loudness is kept.
    rate : int
        Samples a second.

    Returns
    -------
    str
        HTML that holds the sound as 16-bit FLAC.
    """
    packed = io.BytesIO()
    samples = wave.detach().float().cpu().flatten().clamp(-1, 1).numpy()
    sf.write(packed, samples, rate, format="FLAC", subtype="PCM_16")
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
    rate : int
        Samples a second.

    Raises
    ------
    ValueError
        If there is no wave or no caption.

    Examples
    --------
    >>> import torch
    >>> Sounds({"silence": torch.zeros(800)}, "Is anything to be heard?")
    [sound] silence, 0.1 s. Is anything to be heard?
    """

    def __init__(self, waves: Mapping[str, Tensor], caption: str, rate: int = RATE) -> None:
        if not waves or not caption.strip():
            raise ValueError("sounds must have a wave and a caption, got none.")
        self.waves, self.caption, self.rate = dict(waves), caption, rate

    def _repr_html_(self) -> str:
        cells = "".join(
            f'<div style="margin-right:1em"><div>{html.escape(label)}</div>'
            f"{audio_html(wave, self.rate)}</div>"
            for label, wave in self.waves.items()
        )
        return (
            f'<figure style="margin:0"><div style="display:flex;flex-wrap:wrap">{cells}</div>'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        names = (f"{name}, {w.numel() / self.rate:.1f} s" for name, w in self.waves.items())
        return f"[sound] {'; '.join(names)}. {self.caption}"


class HeardPicture(Picture):
    """A picture with a player below it.

    Parameters
    ----------
    figure, alt, caption
        As for `Picture`.
    wave : Tensor
        What is heard, any shape.
    rate : int
        Samples a second, from 1,000.
    """

    def __init__(self, figure, alt: str, caption: str, *, wave: Tensor, rate: int = RATE) -> None:
        super().__init__(figure, alt, caption)
        self.player = audio_html(wave, rate)

    def html(self) -> str:
        """Return the picture and the player as HTML that needs no other file.

        Returns
        -------
        str
        """
        return super().html() + self.player
