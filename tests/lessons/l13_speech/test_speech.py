import pytest
import torch
from seeded import normal

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.speech import open_speech
from msgan_lessons.lessons.l13_speech.networks import (
    PERIODS,
    SEGMENT,
    StripDiscriminator,
    Vocoder,
    fold_by_period,
    melgan,
    resynthesised,
    speech_batches,
    speech_judge,
    speech_score,
    vocoder_game,
    wave_pyramid,
)
from msgan_lessons.lessons.l13_speech.sound import (
    istft,
    log_mel,
    magnitudes_from_mel,
    stft_distance,
    wave_from_mel,
)
from msgan_lessons.losses import LOSSES, paired_feature_matching
from msgan_lessons.pyramid import box_downsample
from msgan_lessons.runs.recordings import shipped_generator
from msgan_lessons.training import played


@pytest.fixture(scope="module")
def speech():
    return open_speech("asterisk", "test")


def noise(*shape):
    return normal(*shape) / 10


def small(**changes):
    torch.manual_seed(0)
    return melgan(**{"width": 8, "judge_width": 2, **changes}).with_(batch_size=2)


def test_the_pyramid_is_the_cores_along_one_axis():
    x = noise(2, 1, 64)
    fine, coarse = wave_pyramid(x, 2)[::-1]
    assert torch.equal(fine[..., 0], x)
    assert torch.allclose(coarse[..., 0], box_downsample(x.repeat(1, 2, 1))[:, :1])
    assert torch.equal(wave_pyramid(x, 2, pool=False)[0][..., 0], x[..., ::2])


@pytest.mark.parametrize("period", [1, 2, 3, 5])
def test_folding_loses_nothing(period):
    x = noise(2, 1, 63)
    folded = fold_by_period(x, period)
    assert folded.shape == (2, 1, -(-63 // period), period)
    assert torch.equal(folded.reshape(2, 1, -1)[..., :63], x)
    for k in range(period):
        inside = x[..., k::period]
        assert torch.equal(folded[..., : inside.shape[-1], k], inside)


def test_a_strip_judge_never_looks_across_columns():
    judge, image = StripDiscriminator((4, 8)), noise(1, 1, 256, 3).requires_grad_()
    judge([image])[0][..., 1].sum().backward()
    reached = image.grad.abs().sum((0, 1, 2)) > 0
    assert reached.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("judge", "shapes"),
    [
        ("scales", [(15, 1), (30, 1), (60, 1)]),
        ("periods", [(30, 2), (20, 3), (12, 5)]),
        ("one", [(60, 1)]),
    ],
)
def test_judges_are_the_cores_ensemble(judge, shapes):
    D, x = speech_judge(judge, width=2), noise(2, 1, SEGMENT)
    logits, features = D.judge([x])
    assert [tuple(y.shape[2:]) for y in logits] == shapes
    assert all(torch.equal(a, b) for a, b in zip(D([x]), logits, strict=True))
    assert [len(f) for f in features] == [3] * len(shapes)
    seen = {"periods": [fold_by_period(x, p) for p in PERIODS]}.get(
        judge, wave_pyramid(x, len(shapes))
    )
    alone = [member([view])[0] for member, view in zip(D.members, seen, strict=True)]
    assert all(torch.equal(a, b) for a, b in zip(alone, logits, strict=True))
    assert len({p.data_ptr() for p in D.parameters()}) == len(list(D.parameters()))


def test_g_starts_from_the_magnitudes_of_griffin_lim():
    G, mel = Vocoder(width=8).eval(), log_mel(noise(1, 1, 1280))
    torch.nn.init.zeros_(G.net[-1].weight)
    start = magnitudes_from_mel(mel, n_iterations=10)
    start[:, 1::2] *= -1  # a pulse in the middle of each window
    assert torch.allclose(G(mel)[0], istft(start.to(torch.complex64)), atol=1e-5)


def test_g_keeps_the_time():
    """A frame of the spectrogram changes the wave around it and nowhere else."""
    G, mel = Vocoder(width=8).eval(), log_mel(noise(1, 1, 64 * 120))
    other = mel.clone()
    other[..., 60] += 1.0
    with torch.no_grad():
        changed = (G(mel)[0] - G(other)[0]).abs().flatten() > 1e-6
    places = changed.nonzero().flatten()
    reach = (3 + 5 * 3 + 2) * 64  # first convolution, five blocks, half a piece
    assert 60 * 64 - reach <= places.min()
    assert places.max() < 61 * 64 + reach


def test_formula_37_is_what_the_game_minimises(speech):
    model = small().with_(d_lr=1e-12)
    (mel,), x = next(speech_batches(speech, 2, Streams(0).fresh("segments")))
    fake = model.generator(mel)
    (_, real_h), (y, fake_h) = model.discriminator.judge(x), model.discriminator.judge(fake)
    expected = LOSSES["hinge"].generator(y).item()
    assert expected == pytest.approx(-sum(s.mean().item() for s in y) / 3, rel=1e-5)
    row = vocoder_game(model, speech, Streams(0)).step()
    assert row["g_loss"] == pytest.approx(expected, abs=1e-4)
    matching = 10 * paired_feature_matching(real_h, fake_h).item()
    assert row["g_matching"] == pytest.approx(matching, rel=1e-3)
    assert row["spectral"] == pytest.approx(10 * stft_distance(x[0], fake[0]).item(), rel=1e-4)
    assert "g_loss" not in vocoder_game(small(), speech, Streams(0), adversarial=0.0).step()


@pytest.mark.parametrize("judge", ["scales", "periods", "one"])
def test_the_same_seed_gives_the_same_numbers(speech, judge):
    def rows():
        game = vocoder_game(small(judge=judge), speech, Streams(3))
        return [{**r, "seconds": 0} for r in played(game, steps=3)]

    assert rows() == rows()


def test_scores_are_best_for_the_real_wave(speech):
    wave = speech.wave("tt-weasels")
    perfect = speech_score(lambda mel: wave, [wave])
    assert perfect["MCD [dB]"] == perfect["STFT"] == 0.0
    rough, better = (speech_score(lambda mel, n=n: wave_from_mel(mel, n), [wave]) for n in (1, 16))
    assert better["STFT"] < rough["STFT"]
    assert better["real time"] > rough["real time"] > 0


def test_scores_weigh_recordings_by_their_length(speech):
    waves = [speech.wave("tt-weasels"), speech.wave("vm-tocancelmsg")[..., :6400]]
    one, other = (speech_score(lambda mel: wave_from_mel(mel, 1), [w]) for w in waves)
    both = speech_score(lambda mel: wave_from_mel(mel, 1), waves)
    sizes = [w.shape[-1] for w in waves]
    expected = (one["STFT"] * sizes[0] + other["STFT"] * sizes[1]) / sum(sizes)
    assert both["STFT"] == pytest.approx(expected, rel=1e-6)


def test_the_shipped_g_is_near_the_real_voice(speech):
    wave = speech.wave("tt-weasels")
    shipped, fresh = shipped_generator("speech", melgan), melgan().generator
    distance = [stft_distance(wave, resynthesised(g, wave)).item() for g in (shipped, fresh)]
    assert distance[0] < 0.6 * distance[1]
