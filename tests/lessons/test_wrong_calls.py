"""What the lessons' functions refuse, by the words with which the sentence begins.

Networks, games, data and metrics have such a table in benchmarks/fingerprints.py, and
tests/house/test_refusals.py holds it to the same law.
"""

import math

import numpy as np
import pytest
import torch
from seeded import data
from torch import nn

from msgan_lessons import datasets
from msgan_lessons.base.pictures import sheet
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.family import dcgan
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l01_the_game import plane
from msgan_lessons.lessons.l02_scales import pictures as scales
from msgan_lessons.lessons.l03_generator import pictures as generator
from msgan_lessons.lessons.l03_generator.walk import LatentWalk
from msgan_lessons.lessons.l04_discriminator import pictures as discriminator
from msgan_lessons.lessons.l04_discriminator.click import PatchClick
from msgan_lessons.lessons.l06_losses import pictures as losses
from msgan_lessons.lessons.l08_multiscale_gan import duel
from msgan_lessons.lessons.l08_multiscale_gan import pictures as family
from msgan_lessons.lessons.l09_super_resolution import pictures as large
from msgan_lessons.lessons.l09_super_resolution.bench import UpscaleBench
from msgan_lessons.lessons.l10_style_transfer import pictures as style
from msgan_lessons.lessons.l10_style_transfer.bench import StyleBench
from msgan_lessons.lessons.l10_style_transfer.scores import StyleClassifier
from msgan_lessons.lessons.l11_class_conditional import game as classes
from msgan_lessons.lessons.l11_class_conditional import networks as conditional
from msgan_lessons.lessons.l11_class_conditional import pictures as of_classes
from msgan_lessons.lessons.l11_class_conditional.bench import ClassMixer
from msgan_lessons.lessons.l11_class_conditional.scores import ClassJudge
from msgan_lessons.lessons.l12_video import networks as video
from msgan_lessons.lessons.l12_video import pictures as films
from msgan_lessons.lessons.l12_video.scores import foreground_mask
from msgan_lessons.lessons.l13_speech import networks as speech
from msgan_lessons.lessons.l13_speech import pictures as sounds
from msgan_lessons.lessons.l13_speech import sound
from msgan_lessons.lessons.l14_efficiency import pictures as costs
from msgan_lessons.lessons.l14_efficiency import roofline, speed_ups
from msgan_lessons.lessons.l14_efficiency.measured import compare_processes
from msgan_lessons.lessons.l15_stability import modes, stacked
from msgan_lessons.lessons.l15_stability import pictures as stability
from msgan_lessons.lessons.l15_stability.faults import measure_diagnostics
from msgan_lessons.lessons.l16_evaluation import damages, scoring
from msgan_lessons.lessons.l16_evaluation import pictures as evaluation
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.runs.parameters import budget

BLANK, COLOUR, GREY = torch.zeros(4, 1, 8, 8), torch.zeros(4, 3, 8, 8), torch.zeros(2, 1, 32, 32)
CLIP, WAVE, STREAM = torch.zeros(1, 1, 16, 8, 8), torch.zeros(1, 1, 640), torch.Generator()
PAIR, POOL = dcgan(resolution=8, width=1), damages.ImagePool(BLANK, torch.zeros(4).long(), BLANK)
MIXED = {"a": BLANK, "b": BLANK[:1]}
SMALL = {"width": 2, "resolution": 16, "latent_dim": 8, "attention": 8}
SCALES = image_pyramid(torch.zeros(3, 1, 16, 16), 3)


def biggan(**changes):
    return classes.biggan(**{**SMALL, **changes})


def offered(unit, amount=0.0, **models):
    return duel.allowance(unit, amount, models, BLANK, budget("class"))


def roof(**changes):
    return roofline.Roofline(**{"peak": 1.0, "bandwidth": 1.0, "cache_bandwidth": 1.0, **changes})


def far_mixture():
    return plane.GaussianMixture(torch.tensor([[9.0, 9.0]]), 0.1).cell_probabilities(1.0, 4)


def stacks(**changes):
    options = {"steps": 1, "width": 2, "batch_size": 4, "device": "cpu", **changes}
    return next(stacked.run_stacked(datasets.open_images(resolution=16), **options))


def study(**changes):
    return list(modes.run_study(**{"cure": "R1", "target": "ring of 8", **changes}))


WRONG = [
    *(("points", lambda shape=shape: plane.sample_probabilities(torch.zeros(shape)))
      for shape in (3, (0, 2))),
    ("points", lambda: plane.sample_probabilities(torch.full((2, 2), math.inf))),
    ("points", lambda: costs.roof_plot(roof(), [], "look")),
    ("the mixture", far_mixture),
    ("the mixture", lambda: plane.mode_coverage(plane.target("line"), torch.zeros(1, 2))),
    ("latent_dim", lambda: plane.PlaneGenerator(latent_dim=0)),
    ("latent_dim", lambda: stacks(latent_dim=0)),
    ("hidden", lambda: plane.PlaneGenerator(hidden=0)),
    ("pac", lambda: plane.PlaneDiscriminator(pac=0)),
    ("depth", lambda: plane.PlaneDiscriminator(depth=0)),
    ("waves", lambda: plane.PlaneDiscriminator(waves=-1)),
    ("waves", lambda: speech.wave_pyramid(WAVE[0], 1)),
    ("waves", lambda: speech.wave_pyramid(WAVE[..., :63], 2)),
    ("waves", lambda: sounds.spectrograms({"a": WAVE[0], "b": WAVE[0, :, :64]}, "look")),
    ("waves", lambda: sounds.spectrograms({}, "look")),
    ("waves", lambda: speech.speech_score(lambda mel: mel, [])),
    ("waves and logits", lambda: sounds.judged_speech({"real": WAVE}, {"b": []}, [])),
    ("sounds", lambda: sounds.Sounds({}, "look")),
    ("sounds", lambda: sounds.Sounds({"a": WAVE}, " ")),
    ("images", lambda: scales.PyramidBench(GREY, 1)),
    ("images", lambda: scales.PyramidBench(GREY[:0], 2)),
    ("images", lambda: PatchClick({"real": GREY, "fake": GREY[:1]})),
    ("images", lambda: PatchClick({})),
    ("images", lambda: StyleClassifier()(BLANK)),
    ("images", lambda: speed_ups.batch_sizes(PAIR, BLANK, (2, 9))),
    *(("images", lambda shape=shape: stacked.stacked_modes(torch.zeros(shape)))
      for shape in ((4, 1, 8, 8), (0, 3, 8, 8), (3, 8, 8))),
    ("images and methods", lambda: UpscaleBench(GREY[:0], {"a": abs})),
    ("images and methods", lambda: UpscaleBench(GREY, {})),
    ("resolution", lambda: scales.PyramidBench(GREY, 7)),
    ("resolution", lambda: compare_processes(resolution=20)),
    ("generator", lambda: LatentWalk(MultiScaleGenerator(channels=(4, 4, 4, 4)))),
    ("the coarsest scale", lambda: PatchClick({"real": GREY}, 6)),
    ("judges", lambda: PatchClick({"real": GREY}, 3, DiscriminatorEnsemble(1, PatchDiscriminator))),
    ("across and down", lambda: PatchClick({"real": GREY}).set("seen", (2, 0))),
    ("first and second", lambda: StyleBench(nn.Module(), COLOUR[:2], COLOUR[:3])),
    ("classes", lambda: ClassMixer(nn.Module(), ["only"])),
    ("unit", lambda: offered("steps", a=PAIR)),
    ("unit", lambda: family.duel_curves([{}], {}, "look", "steps")),
    ("amount", lambda: offered("images", -1, a=PAIR)),
    ("models", lambda: offered("images")),
    ("contest", lambda: duel.contestants("cup", 0)),
    ("n_classes", lambda: biggan(n_classes=-2)),
    ("attention", lambda: biggan(attention=16)),
    ("emit", lambda: biggan(scales="some")),
    ("emit", lambda: video.VideoGenerator(emit="some")),
    ("labels", lambda: biggan().generator(torch.zeros(3, 8))),
    ("labels", lambda: biggan().generator(torch.zeros(3, 8), torch.tensor([0, 1]))),
    ("labels", lambda: biggan().discriminator(SCALES, None)),
    ("labels", lambda: biggan().discriminator(SCALES, torch.tensor([0, 1]))),
    ("z", lambda: biggan().generator(torch.zeros(3, 4), torch.zeros(3).long())),
    ("z", lambda: video.VideoGenerator(channels=(8, 6, 4, 4))(torch.zeros(2, 3))),
    ("channels", lambda: conditional.ConditionalBatchNorm2d(0, 3)),
    ("condition_dim", lambda: conditional.ConditionalBatchNorm2d(3, 0)),
    ("channels", lambda: conditional.SelfAttention(1)),
    ("channels", lambda: video.VideoGenerator(channels=(4, 4))),
    ("module", lambda: conditional.orthogonal_penalty(nn.Linear(2, 2))),
    ("name", lambda: classes.variant("tiny")),
    ("batches", lambda: classes.standing_statistics(biggan().generator, 10, 0.5, batches=0)),
    *(("threshold", lambda cut=cut: classes.truncated_normal(2, 2, cut, STREAM))
      for cut in (0.0, -1.0, 0.001, math.nan)),
    ("clips", lambda: foreground_mask(BLANK)),
    ("clips", lambda: foreground_mask([1])),
    ("clips", lambda: video.halve_rate(CLIP[:, :, :15])),
    ("clips", lambda: video.halve_rate(CLIP[0])),
    ("clips", lambda: video.halve_rate([1.0])),
    ("clips", lambda: video.strided_windows(CLIP, 9, 2)),
    ("clips", lambda: video.videogan(judges="frame,scales", width=2).discriminator([CLIP])),
    ("clips of 16 frames of 8x8", lambda: video.clip_pyramid(CLIP, 5)),
    ("how", lambda: video.halve_rate(CLIP, "max")),
    ("how", lambda: sounds.downsample_wave(WAVE, 2, "sinc")),
    ("frames", lambda: video.VideoGenerator(frames=1)),
    ("frames", lambda: video.VideoJudges(frames=2)),
    ("frames", lambda: films.MovingPicture(np.zeros((3, 9, 3), np.uint8), 2, [], "alt", "look")),
    *(("period", lambda k=k: speech.fold_by_period(torch.zeros(1, 1, 5), k)) for k in (0, 5)),
    ("hop", lambda: sound.stft(WAVE, 256, 63)),
    ("n_mels", lambda: sound.mel_filterbank(200)),
    ("n_iterations", lambda: sound.griffin_lim(torch.ones(1, 129, 5), -1)),
    ("n_iterations", lambda: sound.griffin_lim(torch.ones(1, 129, 5), momentum=2.0)),
    ("real and fake", lambda: sound.stft_distance(WAVE, WAVE[..., :320])),
    ("real and fake", lambda: sound.mel_cepstral_distortion(WAVE, WAVE[..., :320])),
    ("order", lambda: sound.mel_cepstrum(WAVE, order=26)),
    ("peak", lambda: roof(peak=0.0)),
    ("bandwidth", lambda: roof(bandwidth=0.0)),
    ("cache_bandwidth", lambda: roof(cache_bandwidth=0.0)),
    ("repeats", lambda: roofline.repeated(lambda: None, 0)),
    ("rounds", lambda: roofline.time_interleaved({}, rounds=0)),
    ("calls", lambda: roofline.time_interleaved({}, calls=0)),
    ("before and after", lambda: roofline.speed_up([1.0], [])),
    ("intervals", lambda: speed_ups.lazy_r1_steps(PAIR, BLANK, (3, 4))),
    ("share", lambda: speed_ups.amdahl(1.5, 2)),
    ("factor", lambda: speed_ups.amdahl(0.5, 0)),
    ("factor", lambda: sounds.downsample_wave(WAVE, 3)),
    ("interval", lambda: speed_ups.lazy_factor(0.5, 0)),
    ("steps", lambda: compare_processes(steps=1)),
    ("steps", lambda: study(steps=0)),
    ("batch_size", lambda: compare_processes(batch_size=12)),
    ("batch_size", lambda: stacked.stacked_batches(datasets.open_images(), 0, STREAM)),
    ("model", lambda: compare_processes(model="dcgen")),
    ("model", lambda: costs.CostBench(roof(), "gan")),
    ("count", lambda: compare_processes(count=1)),
    ("count", lambda: stacks(count=0)),
    *(("count", lambda count=count: ClassJudge(data(400, side=16), judged=300, count=count))
      for count in (99, 101)),
    ("count", lambda: damages.DamageBench(*[datasets.open_images(split="test")] * 2, count=2501)),
    ("cure", lambda: modes.find_cure("prayer")),
    ("cure", lambda: study(cure="prayer")),
    ("cure", lambda: stacks(cure="prayer")),
    ("r1_gamma", lambda: modes.Cure("wrong", {"r1_gamma": -1}).settings),
    ("target", lambda: modes.paper_target("line")),
    ("target", lambda: study(target="line")),
    ("networks", lambda: modes.StackedEnsemble([])),
    ("seeds", lambda: modes.SeedStreams([])),
    ("data", lambda: stacked.stacked_batches(data(2, channels=3), 2, STREAM)),
    ("score_interval", lambda: stacks(score_interval=0)),
    ("damage", lambda: damages.damaged(POOL, torch.arange(2), "rust", 0.5, STREAM)),
    ("strength", lambda: damages.damaged(POOL, torch.arange(2), "blur", 1.5, STREAM)),
    ("counts", lambda: scoring.curves_by_count(BLANK[:3], BLANK, [2], STREAM)),
    ("counts", lambda: scoring.curves_by_count(BLANK, BLANK[:1], [2], STREAM)),
    ("there", lambda: scales.guessed_bands({"real": BLANK[:1]}, [8, 16], [0.5], [0.1])),
    *(("kernel, stride and size", lambda wrong=wrong: generator.writes(*wrong))
      for wrong in ((0, 1, 0), (1, 0, 0), (1, 1, -1))),
    ("padding", lambda: generator.writes(3, 1, 4, size=6)),
    ("targets and drawn", lambda: generator.drawn_scales([GREY], [BLANK])),
    ("accuracies", lambda: discriminator.accuracy_bars({"b": [0.5]}, [16, 32])),
    ("logits", lambda: discriminator.logit_maps({"b": BLANK[0]}, {"b": []}, [4, 8])),
    ("loss", lambda: losses.generator_slope("mse", torch.zeros(1))),
    ("names", lambda: losses.generator_slopes([])),
    ("each row", lambda: losses.Table(["a", "b"], [["c"]])),
    ("samples", lambda: family.family_samples({}, BLANK, "look")),
    ("samples", lambda: of_classes.class_sheet({"drawn": BLANK}, ("a", "b", "c"), "look")),
    *(("rows", lambda rows=rows: sheet(rows)) for rows in ([], [[]], [[BLANK[0]], []])),
    ("rows", lambda: generator.new_codes(MIXED)),
    ("rows", lambda: large.enlarged_rows({name: x.repeat(1, 3, 1, 1)
      for name, x in MIXED.items()}, "?")),
    ("rows", lambda: of_classes.image_table([[BLANK[0]], []], ["a", "b"], [], "alt", "look")),
    ("rows", lambda: family.duel_curves([], {}, "look")),
    ("rows", lambda: family.connection_dots([{"model": "all"}], {"none": 1.0})),
    ("rows", lambda: of_classes.ablation_dots([], {}, "look")),
    ("rows", lambda: films.play_clips({}, "alt", "look")),
    ("rows", lambda: films.play_clips({"a": CLIP, "b": CLIP.repeat(2, 1, 1, 1, 1)}, "alt", "look")),
    ("rows", lambda: measure_diagnostics(None, [])),
    *(("part", lambda part=part: large.enlarged_rows({"real": COLOUR}, "look", part))
      for part in (0.0, 1.5)),
    ("fakes", lambda: large.added_bands(COLOUR[0], {"a": torch.zeros(3, 32, 32)}, "look")),
    ("scores", lambda: large.distortion_perception({}, "look")),
    ("scores", lambda: style.score_dots({}, "look")),
    ("scores", lambda: large.score_table({})),
    ("scores", lambda: of_classes.class_accuracy({key: {} for key in "abcdefg"}, {}, (), "look")),
    *(("scores", lambda moments=moments: evaluation.score_curves(moments, [], {}, 0, "look"))
      for moments in ([], [1.0])),
    ("trainings", lambda: style.cycle_curves({}, "look")),
    ("curves", lambda: evaluation.count_curves({}, "look")),
    *(("curves", lambda curves=curves: of_classes.truncation_curve(curves, {}, "look"))
      for curves in ({}, {"kept": [{}]})),
    ("measured", lambda: costs.cost_bars([], "look")),
    ("changes", lambda: costs.speed_up_bars({}, "look")),
    ("runs", lambda: stability.modes_figure({"ring of 8": {}}, "look")),
    ("pairs", lambda: stability.before_and_after({}, "look")),
    ("found", lambda: damages.damage_table({}, 0.5)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call"), WRONG)
def test_a_wrong_call_is_refused_in_a_sentence_that_begins_with_the_argument(name, call):
    with pytest.raises((ValueError, TypeError), match=rf"^{name}\b.*(must|cannot) .+\.$"):
        call()
