import copy
import doctest
import itertools
from typing import ClassVar

import pytest
import torch
from click.testing import CliRunner
from torch import nn

from benchmarks import (
    __main__,
    applications,
    convolutions,
    growth,
    limit,
    process,
    quality,
    report,
    scales,
    textbook,
    timing,
)
from benchmarks.games import build, our_rows, random_batches
from msgan_lessons.base.streams import Streams
from msgan_lessons.pyramid import image_pyramid

SMALL = {"resolution": 8, "width": 2, "latent_dim": 8}


def batches(count=None):
    endless = random_batches(8, 8, Streams(1))
    return endless if count is None else itertools.islice(endless, count)


@pytest.mark.parametrize("model", ["dcgan", "msggan"])
@pytest.mark.parametrize("forwards", [1, 2])
def test_the_textbook_loop_and_ours_begin_with_the_same_losses(model, forwards):
    pair, streams = build(model, **SMALL)
    g, d = copy.deepcopy(pair.generator), copy.deepcopy(pair.discriminator)
    (ours,) = itertools.islice(our_rows(pair, batches(), streams), 1)
    (theirs,) = textbook.textbook_loop(
        g, d, batches(1), pair.config, latents=Streams(0)["latents"], forwards=forwards,
        scales=lambda images: image_pyramid(images, 2 if model == "msggan" else 1),
    )  # fmt: skip
    assert theirs["d_loss"] == pytest.approx(ours["d_loss"], rel=1e-5)
    same = theirs["g_loss"] == pytest.approx(ours["g_loss"], rel=1e-4)
    assert same == (forwards == 1)  # ours draws one set of fakes for both players


@pytest.mark.parametrize("model", ["dcgan", "msggan", "lapgan", "multiscale_d"])
def test_the_recorder_sees_every_convolution_of_a_step(model):
    pair, streams = build(model, **SMALL)
    called = []
    for network in (pair.generator, pair.discriminator):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                layer.register_forward_hook(lambda *_: called.append(1))
    rows = our_rows(pair, batches(), streams)
    next(rows)
    called.clear()
    with convolutions.Recorder() as recorder:
        next(rows)
    assert recorder.forward == len(called) > 0
    assert 0 < recorder.backward <= recorder.forward
    if model in ("dcgan", "msggan"):  # nothing is judged that is not learnt from
        assert recorder.backward == recorder.forward


def test_replays_repeat_the_calls_in_the_layout_they_had_or_in_another():
    x = torch.randn(2, 3, 8, 8).to(memory_format=torch.channels_last)
    layer = nn.Conv2d(3, 5, 3).to(memory_format=torch.channels_last)
    with convolutions.Recorder() as recorder:
        layer(x)
        layer(x)
    ((call, count),) = convolutions.replays(recorder)
    assert (call().shape, count) == ((2, 5, 6, 6), 2)
    assert call().is_contiguous(memory_format=torch.channels_last)
    ((call, _),) = convolutions.replays(recorder, torch.contiguous_format)
    assert call().is_contiguous()
    assert len(convolutions.bare_seconds([(call, 2)], repeats=2)) == 1


def test_arithmetic_of_a_step_follows_from_the_networks():
    one, grown, many = (
        scales.step_flops(model, resolution=16, batch_size=4, steps=2)
        for model in ("dcgan", "progan", "msggan")
    )
    assert grown == one < many


def test_the_tutorial_networks_are_mirrored_and_initialised_as_the_tutorial_says():
    streams = Streams(0)
    streams.seed_weights()
    g, d = textbook.TutorialGenerator(64), textbook.TutorialDiscriminator(64)
    g_channels = [m.out_channels for m in g if isinstance(m, nn.ConvTranspose2d)]
    d_channels = [m.out_channels for m in d if isinstance(m, nn.Conv2d)]
    assert (g_channels, d_channels) == ([256, 128, 64, 1], [64, 128, 256, 1])
    images = g(torch.zeros(2, 100))
    assert images.shape == (2, 1, 32, 32)
    judged = d(images)
    assert judged.shape == (2,)
    assert bool(((judged > 0) & (judged < 1)).all())
    assert g[1].weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_the_stopwatch_counts_steps_and_hands_on_every_batch():
    class Asked(list):
        answers: ClassVar[list] = []

        def answer(self, seconds):
            self.answers.append(seconds)

    desk = Asked([2, 3])
    assert list(timing.timed(desk, range(9))) == [0, 1, 2, 3, 4]
    assert len(desk.answers) == 2
    assert min(desk.answers) >= 0


def test_contestants_take_turns():
    order = []

    class Contestant:
        def __init__(self, name):
            self.name = name

        def ask(self, steps):
            order.append(self.name)
            return 0.5

    a, b = Contestant("A"), Contestant("B")
    assert timing.alternate([a, b], rounds=2, steps=10, warm_up=1) == [[50.0] * 2, [50.0] * 2]
    assert order == ["A", "B"] * 3


def test_a_contestant_that_fails_says_why():
    with (
        process.Process("process:nobody") as nobody,
        pytest.raises(process.ContestantError, match="AttributeError: .*nobody"),
    ):
        nobody.ask()


def test_peak_memory_is_that_of_a_process_with_torch():
    assert 50 < growth.peak_memory() < 100_000


RUN = [{"distance": x} for x in (90.0, 60.0, 30.0, 15.0)]
QUALITY = {
    "marks": [10.0, 30.0, 60.0, 120.0],
    "seeds": [0],
    "floor": 1.0,
    "runs": {
        name: {"0": [{"distance": x["distance"] * scale, "steps": 7} for x in RUN]}
        for name, scale in zip(quality.CONTESTANTS, (0.01, 0.1, 1, 0.5), strict=True)
    },
}
LIMIT = {
    "dcgan": {
        "rounds": [{"step": 3.0, "bare": 2.0, "best": 1.0, "calls": [20, 20]}],
        "operations": [["aten::convolution_backward", 2.0, 20.0]],
    }
}
RESULTS = {
    "limit": {"machine": {"CPU": "abacus", "cores": "1"}, "result": LIMIT},
    "quality": {"machine": {"CPU": "abacus", "cores": "1"}, "result": QUALITY},
}


def test_the_page_has_one_table_with_every_row_and_says_which_goals_are_met():
    page = report.render(RESULTS, __main__.ROWS, "Speed")
    assert page.startswith("# Speed\n")
    assert "- CPU: abacus; cores: 1\n" in page
    assert "| distance to the limit, dcgan | step over its bare convolutions | **1.5** |" in page
    assert "| <= 1.25 | no |" in page
    lines = [line for line in page.splitlines() if line.startswith("| time to quality")]
    assert [line.split(" | ")[-1] for line in lines] == ["yes |", "yes |", "no |", "no |"]
    assert page.index("### Time to quality") < page.index("### Distance to the limit")


def test_rows_measured_on_two_machines_are_told_apart():
    moved = RESULTS | {"limit": {"machine": {"CPU": "quipu"}, "result": LIMIT}}
    page = report.render(moved, __main__.ROWS, "Speed")
    assert "- quality: CPU: abacus; cores: 1\n- limit: CPU: quipu\n" in page


def test_a_seed_that_stops_at_60_s_counts_there_and_not_at_120():
    first = [{"distance": 8.0 / k, "steps": 100 * k} for k in (1, 2, 4, 8)]
    runs = {name: {"0": first, "1": first[:3]} for name in quality.CONTESTANTS}
    result = QUALITY | {"seeds": [0, 1], "runs": runs}
    assert len(quality.entries(result)[0].ratios) == 2
    text = quality.details(result)
    assert "| steps in 60 s |" in text
    assert "| 1 (1 to 1) | 400 |" in text


def test_what_could_not_be_measured_says_why():
    entry = report.Entry("throughput, x", "steps", [], goal=">= 1.3", note="not installed")
    assert "not installed" in entry.cells()
    assert entry.cells()[-1] == ""


def test_every_row_can_be_named_on_the_command_line():
    told = CliRunner().invoke(__main__.main, ["--help"], terminal_width=200)
    assert told.exit_code == 0
    assert all(name in told.output for name in (*__main__.ROWS, "gpu"))
    assert CliRunner().invoke(__main__.main, ["speed"]).exit_code == 2


@pytest.mark.parametrize("module", [convolutions, limit, process, report, timing])
def test_examples_of_the_benchmarks_hold(module):
    assert doctest.testmod(module).failed == 0


def test_applications_are_reported_with_their_spread_and_their_longest_cell():
    runs = [
        {
            "scores": {
                "bicubic": {"psnr": 21.7},
                "GAN": {"psnr": psnr, "each": [1], "swd": {"64": 0.02}},
            },
            "training_seconds": {"MSE": 41.0, "GAN": seconds},
            "seconds": 200.0,
        }
        for psnr, seconds in ((24.0, 54.0), (25.0, 57.0), (24.5, 60.0))
    ]
    result = {"preset": "class", "seeds": [0, 1, 2], "runs": {"09_super_resolution": runs}}
    (entry,) = applications.entries(result)
    assert list(entry.ratios) == [0.9, 0.95, 1.0]
    assert entry.cells()[-1] == "yes"
    text = applications.details(result)
    assert "| GAN | 24.5 (24 to 25) | 0.02 |" in text
    assert "| bicubic | 21.7 |  |" in text
    assert "GAN 57 (54 to 60) s" in text
    both = [{"to Noto": {"as it is": {"ssim": 0.3}}, "back": {"as it is": {"ssim": 0.2}}}]
    assert applications._scores(both)[1] == [
        ["to Noto: as it is", "0.3"],
        ["back: as it is", "0.2"],
    ]
