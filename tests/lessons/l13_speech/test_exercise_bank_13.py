import pytest
import torch

from msgan_lessons.lessons.l04_discriminator.pictures import receptive_field
from msgan_lessons.lessons.l13_speech.exercises import BANK
from msgan_lessons.lessons.l13_speech.networks import StripDiscriminator, wave_pyramid
from msgan_lessons.lessons.l13_speech.sound import mel_cepstral_distortion, mel_cepstrum


@pytest.mark.parametrize("hertz", [3000, 1000])
def test_the_first_answer_is_where_the_tone_lies_after_dropping(hertz):
    tone = torch.sin(2 * torch.pi * hertz * torch.arange(8000) / 8000)[None, None]
    low = wave_pyramid(tone, 2, pool=False)[0].flatten()  # a second of 4,000 samples
    assert torch.fft.rfft(low).abs().argmax() == BANK["13.1"].right


def test_the_second_answer_is_what_a_gradient_reaches():
    judge = StripDiscriminator((16, 32, 64))
    field, step = receptive_field(judge)[:2]
    assert 4 * field == BANK["13.2"].right
    wave = torch.zeros(1, 1, 8192, requires_grad=True)
    logits = judge(wave_pyramid(wave, 3)[0])
    logits[0, 0, logits.shape[2] // 2, 0].backward()
    reached = wave.grad.flatten().nonzero()
    assert reached.max() - reached.min() + 1 == BANK["13.2"].right
    hints = BANK["13.2"].hints
    assert "at the rate of this judge" in hints[field]
    assert "at this judge's rate" in hints[step]
    assert "in samples of the wave" in hints[4 * step]
    assert "in milliseconds" in hints[4 * field * 1000 // 8000]


def test_the_distortion_is_the_packages():
    waves = torch.rand(2, 1, 1, 4000, generator=torch.Generator().manual_seed(0)) - 0.5
    real, fake = (mel_cepstrum(wave)[0] for wave in waves)
    assert BANK["13.3"].reference(real, fake) == pytest.approx(
        float(mel_cepstral_distortion(*waves)), rel=1e-4
    )
