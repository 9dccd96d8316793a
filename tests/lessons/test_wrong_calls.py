"""What the lessons' functions refuse, one call a line, each in a sentence."""

import math

import pytest
import torch
from torch import nn

from msgan_lessons import datasets
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.family import dcgan
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l01_the_game import plane
from msgan_lessons.lessons.l02_scales.pictures import PyramidBench
from msgan_lessons.lessons.l03_generator.walk import LatentWalk
from msgan_lessons.lessons.l04_discriminator.click import PatchClick
from msgan_lessons.lessons.l08_multiscale_gan.duel import allowance, contestants
from msgan_lessons.lessons.l09_super_resolution.bench import UpscaleBench
from msgan_lessons.lessons.l10_style_transfer.bench import StyleBench
from msgan_lessons.lessons.l10_style_transfer.scores import (
    StyleClassifier,
    palette_distance,
    style_scores,
)
from msgan_lessons.lessons.l11_class_conditional.bench import ClassMixer
from msgan_lessons.lessons.l11_class_conditional.game import truncated_normal
from msgan_lessons.lessons.l12_video import scores as clips
from msgan_lessons.lessons.l13_speech import sound
from msgan_lessons.lessons.l14_efficiency import roofline, speed_ups
from msgan_lessons.lessons.l14_efficiency.measured import compare_processes
from msgan_lessons.lessons.l16_evaluation import damages, scoring
from msgan_lessons.runs.parameters import budget

BLANK, COLOUR, GREY = torch.zeros(4, 1, 8, 8), torch.zeros(4, 3, 8, 8), torch.zeros(2, 1, 32, 32)
CLIP, WAVE, STREAM = torch.zeros(2, 1, 16, 8, 8), torch.zeros(1, 1, 640), torch.Generator()
PAIR = dcgan(resolution=8, width=1)
POOL = damages.ImagePool(BLANK, torch.zeros(4).long(), BLANK)


def offered(unit: str, amount: float = 0.0, **models) -> float:
    return allowance(unit, amount, models, BLANK, budget("class"))


def roof(**changes: float) -> roofline.Roofline:
    return roofline.Roofline(**{"peak": 1.0, "bandwidth": 1.0, "cache_bandwidth": 1.0, **changes})


def far_mixture() -> torch.Tensor:
    return plane.GaussianMixture(torch.tensor([[9.0, 9.0]]), 0.1).cell_probabilities(1.0, 4)


WRONG = [
    # the plane
    *((lambda c=centres: plane.GaussianMixture(c, 0.1), r"centres must have shape \(K, 2\), got")
      for centres in (torch.zeros(3), torch.zeros(0, 2))),
    (lambda: plane.GaussianMixture(torch.full((1, 2), math.nan), 0.1), "centres must be finite"),
    (lambda: plane.GaussianMixture(torch.zeros(1, 2), 0.0), "std must be > 0, got 0.0"),
    (far_mixture, "must lie within 1 of 0, got almost none there"),
    (lambda: plane.target("star"), "target must be one of ring of 8, .*, got 'star'"),
    *((lambda points=points: plane.drawn_target(points), words) for points, words in (
        ([], "at least 3 points, got 0"), ([(0, 0), (0.1, 0.1)], "at least 3 points, got 2"),
        ([(0, 0), (0.1, math.nan), (0, 0)], r"must be finite, got \(0\.1"),
        ([(0, 0), (0, 0), (0, 1.5)], r"stay within -1 and 1, got \(0.00, 1.50\)"),
        ([(0, 0), (0, 0), (0,)], "must be two numbers"),
        ([(0, 0), (0, 0), ("a", 1)], "must be two numbers"))),
    *((lambda points=points: plane.sample_probabilities(points), words) for points, words in (
        (torch.zeros(3), r"points must have shape \(N, 2\), got \(3,\)"),
        (torch.zeros(0, 2), r"got \(0, 2\)"),
        (torch.full((2, 2), math.inf), "points must be finite"))),
    (lambda: plane.mode_coverage(plane.target("line"), torch.zeros(1, 2)),
     "the mixture must have modes to count"),
    *((lambda name=name: plane.PlaneGenerator(**{name: 0}), f"{name} must be at least 1, got 0")
      for name in ("latent_dim", "hidden")),
    *((lambda name=name: plane.PlaneDiscriminator(**{name: 0}), f"{name} must be at least 1, got 0")
      for name in ("pac", "depth")),
    (lambda: plane.PlaneDiscriminator(waves=-1), "waves must be at least 0, got -1"),
    # benches
    (lambda: PyramidBench(GREY, 1), "n_scales be at least 2, got 2 and 1"),
    (lambda: PyramidBench(GREY[:0], 2), "at least one image"),
    (lambda: PyramidBench(GREY, 7), "must be divisible by 64"),
    (lambda: LatentWalk(MultiScaleGenerator(channels=(4, 4, 4, 4))),
     "image from features at every scale, got MultiScaleGenerator"),
    (lambda: PatchClick({"real": GREY, "fake": GREY[:1]}), "tensors of one shape, at least 1"),
    (lambda: PatchClick({}), "images must hold tensors of one shape"),
    (lambda: PatchClick({"real": GREY}, 6), "the coarsest scale must have an even size, got 1"),
    (lambda: PatchClick({"real": GREY}, 3, DiscriminatorEnsemble(1, PatchDiscriminator)),
     "judges must hold one D for each of 3 scales, got 1"),
    (lambda: PatchClick({"real": GREY}).set("seen", (2, 0)), "from 0 to 1, got 2 and 0"),
    (lambda: UpscaleBench(GREY[:0], {"a": abs}), "at least one each, got 0 and 1"),
    (lambda: UpscaleBench(GREY, {}), "at least one each, got 2 and 0"),
    (lambda: StyleBench(nn.Module(), COLOUR[:2], COLOUR[:3]), "must hold the same emoji"),
    (lambda: ClassMixer(nn.Module(), ["only"]), "classes must name at least two, got 1"),
    # scores and duels
    (lambda: offered("steps", a=PAIR), "unit must be one of seconds, images, flops, got 'steps'"),
    (lambda: offered("images", -1, a=PAIR), "amount must be >= 0 .*, got -1"),
    (lambda: offered("images"), "models must hold at least one contestant, got none"),
    (lambda: contestants("cup", 0), "contest must be one of family, connections, got 'cup'"),
    (lambda: palette_distance(COLOUR[:1], COLOUR[:2], STREAM), "one shape, got"),
    (lambda: palette_distance(BLANK, BLANK, STREAM), r"shape \(N, 3, H, W\), got"),
    (lambda: palette_distance(COLOUR, COLOUR, STREAM, 2.5), "n_projections must be an int"),
    (lambda: StyleClassifier()(BLANK), r"shape \(N, 3, H, W\), got"),
    (lambda: style_scores(COLOUR, COLOUR, "noto", STREAM),
     "style must be one of emoji_noto, emoji_twemoji, got 'noto'"),
    *((lambda t=cut: truncated_normal(2, 2, t, STREAM), r"threshold must be at least 0\.02, got")
      for cut in (0.0, -1.0, 0.001, math.nan)),
    (lambda: clips.foreground_mask(BLANK), r"\(N, C, T, H, W\), got \(4, 1, 8, 8"),
    (lambda: clips.foreground_mask([1]), "got list"),
    (lambda: clips.motion_statistics(CLIP[:, :, :2]), "at least 3 frames, got 2"),
    (lambda: clips.motion_distances(CLIP[:1], CLIP[:1]), "at least 2 clips, got 1"),
    (lambda: damages.damaged(POOL, torch.arange(2), "rust", 0.5, STREAM),
     "one of blur, noise, .* got 'rust'"),
    (lambda: damages.damaged(POOL, torch.arange(2), "blur", 1.5, STREAM), "from 0 to 1, got 1.5"),
    (lambda: damages.DamageBench(*[datasets.open_images(split="test")] * 2, count=2501),
     "from 10 to half of the 5000 held-out images, got 2501"),
    (lambda: scoring.curves_by_count(BLANK[:3], BLANK, [2], STREAM),
     "half of the 3 real and all of the 4 fake"),
    (lambda: scoring.curves_by_count(BLANK, BLANK[:1], [2], STREAM),
     "half of the 4 real and all of the 1 fake"),
    # sound
    (lambda: sound.stft(WAVE[0]), r"waves must have shape \(B, 1, T\), got \(1, 640\)"),
    (lambda: sound.stft(WAVE[..., :630]), "multiple of hop=64 samples, more than 96, got 630"),
    (lambda: sound.stft(WAVE[..., :64]), "more than 96, got 64"),
    (lambda: sound.stft(WAVE, 256, 63), "n_fft - hop even"),
    (lambda: sound.mel_filterbank(0), "n_mels must be at least 1, got 0"),
    (lambda: sound.mel_filterbank(200), "n_mels must leave a frequency to each band"),
    (lambda: sound.griffin_lim(torch.ones(1, 129, 5), -1), "n_iterations must be at least 0"),
    (lambda: sound.griffin_lim(torch.ones(1, 129, 5), momentum=2.0), "momentum from 0 to 1"),
    (lambda: sound.stft_distance(WAVE, WAVE[..., :320]), "real and fake must have the same shape"),
    (lambda: sound.mel_cepstral_distortion(WAVE, WAVE[..., :320]), "must have the same shape"),
    (lambda: sound.mel_cepstrum(WAVE, order=26), "order must be from 1 to 25, got 26"),
    # costs and times
    *((lambda name=name: roof(**{name: 0.0}), f"{name} must be > 0, got 0.0")
      for name in ("peak", "bandwidth", "cache_bandwidth")),
    (lambda: roofline.repeated(lambda: None, 0), "repeats must be at least 1, got 0"),
    *((lambda name=name: roofline.time_interleaved({}, **{name: 0}),
       f"{name} must be an int of at least 1") for name in ("rounds", "calls")),
    (lambda: roofline.speed_up([1.0], []), "one entry a round, got 1 and 0"),
    (lambda: speed_ups.batch_sizes(PAIR, BLANK, (2, 9)), "at least 9, got 4"),
    (lambda: speed_ups.lazy_r1_steps(PAIR, BLANK, (3, 4)), "divide the largest, 4, got 3"),
    (lambda: speed_ups.amdahl(1.5, 2), "share must be from 0 to 1, got 1.5"),
    (lambda: speed_ups.amdahl(0.5, 0), "factor must be > 0, got 0"),
    (lambda: speed_ups.lazy_factor(0.5, 0), "interval must be an int of at least 1, got 0"),
    *((lambda changes=changes: compare_processes(**changes), words) for changes, words in (
        ({"steps": 1}, "steps must be an int of at least 2, got 1"),
        ({"batch_size": 12}, "batch_size must be divisible by 8 .2 processes"),
        ({"model": "dcgen"}, "model must be one of dcgan"),
        ({"resolution": 20}, "resolution must be"),
        ({"count": 1}, "count must be an int from 2 to 64, got 1"))),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), WRONG)
def test_a_wrong_call_gets_one_sentence(call, words):
    with pytest.raises((ValueError, TypeError), match=words) as refused:
        call()
    assert str(refused.value).endswith(".")
