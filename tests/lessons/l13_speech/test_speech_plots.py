import base64
import io
import re
from itertools import product

import numpy as np
import pytest
import soundfile as sf
import torch

from msgan_lessons.lessons.l13_speech.pictures import (
    CONTROLS,
    FILTERS,
    Sounds,
    audio_html,
    band_decibels,
    downsample_wave,
    pyramid_of_sound,
    spectrogram_image,
)


def tone(frequency, samples=6400, rate=8000):
    return 0.5 * torch.sin(2 * torch.pi * frequency / rate * torch.arange(samples))[None, None]


def decoded(html):
    data = re.search(r"data:audio/flac;base64,([^\"]+)", html).group(1)
    return sf.read(io.BytesIO(base64.b64decode(data)))


def test_a_player_holds_the_wave_as_it_is():
    samples, rate = decoded(audio_html(tone(440)))
    assert rate == 8000
    np.testing.assert_allclose(samples, tone(440).flatten(), atol=1 / 32768)
    loud, _ = decoded(audio_html(3 * tone(440)))
    assert abs(loud).max() <= 1  # clipped, not made quieter
    assert len(audio_html(tone(440)[..., :8000])) < 25_000


def test_sounds_have_words():
    sounds = Sounds({"real <voice>": tone(440), "fake": tone(880)}, "Which is higher?")
    assert repr(sounds) == "[sound] real <voice>, 0.8 s; fake, 0.8 s. Which is higher?"
    html = sounds._repr_html_()
    assert html.count("<audio") == 2
    assert "real &lt;voice&gt;" in html
    assert "Which is higher?" in html


def test_decibels_of_a_tone():
    found = band_decibels(tone(1000))
    assert found.shape == (129, 200)
    assert found[:, 100].argmax() == 32  # 1,000 Hz of 31.25 Hz a row
    assert found[32, 100] == pytest.approx(20 * np.log10(32), abs=0.1)  # 0.5 * 256 / 4
    image = spectrogram_image(tone(1000))
    assert image[0, 0, :, 100].argmax() == 128 - 32  # upside down: high tones at the top
    assert -1 <= image.min() <= image.max() <= 1


def test_the_pyramid_is_seen_and_heard():
    shown = pyramid_of_sound(tone(700))
    for scale, how in product(CONTROLS["scale"], CONTROLS["filter"]):
        picture = shown(scale, how)
        samples, rate = decoded(picture.html())
        assert (rate, len(samples)) == (8000, 6400)
        assert scale.split()[0] in picture.alt.replace(",", "")
        assert picture.html().count('<img alt="') == 1


def test_without_a_filter_a_high_tone_comes_back():
    low = {how: downsample_wave(tone(3000), 2, how).flatten() for how in FILTERS}
    mean, bare = (torch.fft.rfft(x).abs() for x in low.values())
    assert mean.argmax() == bare.argmax() == 800  # 1,000 Hz in 0.8 s
    assert mean.max() < 0.5 * bare.max()
