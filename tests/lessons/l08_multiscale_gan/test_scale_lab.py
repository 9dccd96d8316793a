"""The lab shows what the networks do, obeys its controls, and looking changes nothing."""

import copy

import numpy as np
import pytest
import torch
from seeded import data as noise
from seeded import stream

from msgan_lessons import family
from msgan_lessons.base.record import Run
from msgan_lessons.classroom import widgets
from msgan_lessons.lessons.l08_multiscale_gan import lab, pictures
from msgan_lessons.lessons.l08_multiscale_gan.lab import (
    DEFAULT_LOSS,
    N_PROBED,
    LabFrames,
    ScaleLab,
    lab_status,
    lab_views,
)
from msgan_lessons.losses import LOSSES
from msgan_lessons.metrics.contest import Judge
from msgan_lessons.runs.evaluate import load_generator
from msgan_lessons.runs.trace import TraceWriter, read_trace
from msgan_lessons.training import Game


@pytest.fixture(scope="module")
def data():
    return noise(200, side=16)


def a_lab(data, **options):
    return ScaleLab(data, width=2, batch_size=8, seed=3, **options)


def played(lab, steps):
    rows = filter(None, lab.rows())  # without the rests within a step
    return rows, [next(rows) for _ in range(steps)]


@pytest.mark.parametrize("model", family.MODELS)
def test_every_model_plays_and_its_frames_have_one_form(data, model):
    lab = a_lab(data, model=model)
    _, (first, second) = played(lab, 2)
    assert [first["step"], second["step"]] == [1, 2]
    frames = [lab.frame() for _ in range(5)]
    shapes = [{n: (a.shape, a.dtype) for n, a in f.items()} for f in frames]
    assert all(shape == shapes[0] for shape in shapes)
    assert frames[0]["scale_16"].shape == (33, 8 * 17 - 1)
    assert frames[0]["response"].shape == (3, 2)
    assert set(frames[0]) == {v.name for v in lab.views} - {"shares", "losses"}


def test_looking_and_probing_do_not_change_the_training(data):
    plain = played(a_lab(data), 5)[1]
    lab = a_lab(data)
    rows, seen = filter(None, lab.rows()), []
    for _ in range(5):
        seen.append(next(rows))
        lab.frame()
        lab.frames.measure_next()  # signals every time
    assert seen == plain


def test_the_same_seed_starts_the_same_training_again(data):
    lab = a_lab(data)
    assert played(lab, 3)[1] == played(lab, 3)[1]


def test_the_upper_row_is_real_at_each_scale(data):
    lab = a_lab(data)
    played(lab, 1)
    sheet = lab.frame()["scale_16"]
    assert np.array_equal(sheet[:16, :16], data.pixels[0, 0].numpy())
    assert (sheet[16] == 255).all()


def test_a_closed_connection_empties_its_row_and_opens_again(data):
    lab = a_lab(data)
    rows, _ = played(lab, 2)
    assert lab.set("connect_4", False) is False
    next(rows)
    frame = lab.frame()
    assert np.isnan(frame["gradients"][0]).all()
    assert np.isnan(frame["response"][0]).all()
    assert (frame["gradients"][1:, 0] > 0).all()  # the block still learns from finer images
    lab.set("connect_4", True)
    assert lab.frame()["gradients"][0, 0] > 0


def test_a_connection_that_is_not_there_is_refused(data):
    lab = a_lab(data, model="dcgan")
    with pytest.raises(ValueError, match="no connection at 4"):
        lab.set("connect_4", False)
    assert lab.closed == set()


def test_settings_reach_the_running_game_and_another_model_starts_anew(data):
    lab = a_lab(data)
    played(lab, 1)
    for name, value in (("g_lr", 1e-4), ("loss", "hinge"), ("r1_gamma", 0.5), ("d_steps", 2)):
        assert lab.set(name, value) is False
        assert getattr(lab.game.config, name) == value
    assert lab.game.g_optimizer.param_groups[0]["lr"] == 1e-4
    menu = next(control for control in lab.controls if control.name == "loss")
    assert list(menu.choices) == [DEFAULT_LOSS, *LOSSES]
    lab.set("loss", DEFAULT_LOSS)
    assert lab.game.config.loss == "non_saturating"
    assert lab.set("model", "multiscale_d") is True
    played(lab, 1)
    assert lab.pair.name == "multiscale_d"
    assert lab.game.config.loss == "hinge"  # its own
    assert lab.game.config.g_lr == 1e-4  # as the slider says


def test_it_plays_in_a_panel(data, headless):
    live = widgets.live(a_lab(data), steps=3)
    assert live.player.moves == 3
    bundle = live._repr_mimebundle_()
    assert "4x4 reaches the blocks 4x4" in bundle["text/html"]
    assert "16x16 reaches the blocks 4x4, 8x8, 16x16" in bundle["text/html"]


def test_the_judge_scores_as_often_as_asked(data):
    lab = a_lab(data, judge=Judge(data.images(slice(100)), 100, 0), judge_every=2)
    _, rows = played(lab, 4)
    assert [row["frechet"] is None for row in rows] == [True, False, True, False]
    assert "Fréchet distance" in lab_status(rows[1])
    assert [v.name for v in lab.views][-1] == "score"
    for wrong in (-1, 5):
        with pytest.raises(ValueError, match=f"judge_every must be 0, .* got {wrong}"):
            a_lab(data, judge_every=wrong)


def test_a_saved_generator_is_the_average(data, tmp_path):
    lab = a_lab(data)
    played(lab, 2)
    lab.save(Run(tmp_path))
    again = load_generator(tmp_path / "checkpoint")
    assert all(map(torch.equal, again.state_dict().values(), lab.average.state_dict().values()))
    lab.save(Run())  # nowhere to go


def test_a_trace_of_the_lab_is_shown_as_a_film(data, tmp_path):
    lab = a_lab(data, judge=Judge(data.images(slice(100)), 100, 0), judge_every=2)
    writer = TraceWriter(tmp_path / "t.npz", {}, lab.frame)
    for _, row in zip(range(6), filter(None, lab.rows()), strict=False):
        writer.see(row)
    writer.close()
    trace = read_trace(tmp_path / "t.npz")
    shown = pictures.lab_film(trace)
    assert "at the steps 1," in shown.alt
    assert "Fréchet distance" in shown.alt
    assert set(trace.frame(0)) == {v.name for v in lab_views(16)} - {"shares", "losses"}


def a_game(channels=1):
    torch.manual_seed(0)
    data = noise(16, channels, side=16)
    pair = family.build("msggan", resolution=16, img_channels=channels, width=2)
    batches = data.batches(8, stream())
    average = copy.deepcopy(pair.generator)
    game = Game(pair.generator, pair.discriminator, batches,
                pair.config.with_(batch_size=8), generator_ema=average)  # fmt: skip
    z = torch.randn(N_PROBED, average.latent_dim)
    return game, LabFrames(data.images(slice(N_PROBED)), [4, 8, 16], z)


@pytest.fixture
def measured(monkeypatch):
    """Names of the signals, in the order in which they are measured."""
    found = []
    for name in ("scale_responses", "scale_gradients"):
        real = getattr(lab, name)
        monkeypatch.setattr(
            lab, name, lambda *a, name=name, real=real: found.append(name) or real(*a)
        )
    return found


def test_the_signals_come_by_turns_and_together_after_a_change(measured):
    game, frames = a_game()
    turns = []
    for k in range(8):
        if k == 6:
            frames.measure_next()
        frames.now(game)
        turns.append([name.removeprefix("scale_") for name in measured])
        measured.clear()
    both = ["responses", "gradients"]
    assert turns == [both, [], ["gradients"], [], ["responses"], [], both, []]


def test_colours_have_three_channels_and_grey_images_none():
    shapes = [frames.now(game)["scale_8"].shape for game, frames in (a_game(1), a_game(3))]
    assert shapes == [(17, 71), (17, 71, 3)]
