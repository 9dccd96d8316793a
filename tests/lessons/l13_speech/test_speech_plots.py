import base64
import io
import re

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
    judged_speech,
    pyramid_of_sound,
    score_table,
    spectrogram_image,
    spectrograms,
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


@pytest.mark.parametrize(("waves", "caption"), [({}, "x"), ({"a": tone(1)}, " ")])
def test_sounds_without_wave_or_caption_are_refused(waves, caption):
    with pytest.raises(ValueError, match="sounds must have a wave and a caption"):
        Sounds(waves, caption)


def test_decibels_of_a_tone():
    found = band_decibels(tone(1000))
    assert found.shape == (129, 200)
    assert found[:, 100].argmax() == 32  # 1,000 Hz of 31.25 Hz a row
    assert found[32, 100] == pytest.approx(20 * np.log10(32), abs=0.1)  # 0.5 * 256 / 4
    image = spectrogram_image(tone(1000))
    assert image[0, 0, :, 100].argmax() == 128 - 32  # upside down: high tones at the top
    assert -1 <= image.min() <= image.max() <= 1


@pytest.mark.parametrize("scale", CONTROLS["scale"])
@pytest.mark.parametrize("filter", CONTROLS["filter"])
def test_the_pyramid_is_seen_and_heard(scale, filter):
    picture = pyramid_of_sound(tone(700))(scale, filter)
    samples, rate = decoded(picture.html())
    assert (rate, len(samples)) == (8000, 6400)
    assert scale.split()[0] in picture.alt.replace(",", "")
    assert picture.html().count('<img alt="') == 1


def test_without_a_filter_a_high_tone_comes_back():
    low = {how: downsample_wave(tone(3000), 2, how).flatten() for how in FILTERS}
    mean, bare = (torch.fft.rfft(x).abs() for x in low.values())
    assert mean.argmax() == bare.argmax() == 800  # 1,000 Hz in 0.8 s
    assert mean.max() < 0.5 * bare.max()


def test_pictures_say_what_they_show():
    waves = {"real": tone(500)[0], "Griffin-Lim": tone(700)[0], "GAN": tone(900)[0]}
    picture = spectrograms(waves, "Where do they differ?")
    assert "real; Griffin-Lim; GAN" in picture.alt
    logits = {name: [torch.zeros(1, 1, 10), torch.zeros(1, 1, 20)] for name in waves}
    judged = judged_speech(waves, logits, ["D 1", "D 2"])
    assert "Griffin-Lim, GAN: D 1; D 2" in judged.alt
    assert max(len(picture.png), len(judged.png)) < 60_000


def test_scores_stand_in_columns():
    lines = score_table(
        {"a": {"MCD [dB]": 1.0, "STFT": 2.0}, "long name": {"MCD [dB]": 3.0, "STFT": 4.0}}
    )
    assert [line.split() for line in lines.splitlines()[1:]] == [
        ["a", "1.000", "2.000"],
        ["long", "name", "3.000", "4.000"],
    ]
    assert len({len(line) for line in lines.splitlines()}) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectrograms({"a": tone(1), "b": tone(1)[..., :640]}, "x"), "equally long"),
        (lambda: spectrograms({}, "x"), "equally long"),
        (lambda: judged_speech({"a": tone(1)}, {"b": []}, []), "must share one to three labels"),
        (lambda: downsample_wave(tone(1), 3), "factor must be one of 1, 2, 4, 8, got 3"),
        (
            lambda: downsample_wave(tone(1), 2, "sinc"),
            "how must be one of mean of neighbours, none",
        ),
    ],
)
def test_wrong_values_get_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
