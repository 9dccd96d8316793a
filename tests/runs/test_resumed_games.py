"""Every game of the course, cut in two and put together, is the game in one piece."""

import copy

import pytest
import torch
from seeded import data

from msgan_lessons.base import keeping
from msgan_lessons.base.record import Run
from msgan_lessons.base.streams import CountedBatches, Streams
from msgan_lessons.datasets.clips import MovingSprites
from msgan_lessons.datasets.speech import open_speech
from msgan_lessons.family import MODELS, build
from msgan_lessons.lessons.l09_super_resolution.networks import srgan
from msgan_lessons.lessons.l09_super_resolution.pairs import training_pairs
from msgan_lessons.lessons.l10_style_transfer.game import CycleGame, unpaired_batches
from msgan_lessons.lessons.l10_style_transfer.networks import cyclegan
from msgan_lessons.lessons.l11_class_conditional.game import biggan, class_game
from msgan_lessons.lessons.l12_video.networks import video_game, videogan
from msgan_lessons.lessons.l13_speech.networks import melgan, vocoder_game
from msgan_lessons.training import Game, played

STEPS, CUT = 6, 3


def seeded():
    streams = Streams(2)
    streams.seed_weights()
    return streams


def images(channels, side, seed=0):
    return data(12, channels, side, seed)


def core(model, **settings):
    streams = seeded()
    pair = build(model, resolution=8, width=2, latent_dim=4)
    pair = pair.with_(batch_size=4, **settings)
    batches = images(1, 8).batches(4, streams["data"])
    average = copy.deepcopy(pair.generator)
    return Game(
        pair.generator, pair.discriminator, batches, pair.config, generator_ema=average,
        streams=streams, device="cpu",
    )  # fmt: skip


def super_resolution():
    streams = seeded()
    model = srgan(variant="laplacian", width=4, n_blocks=1)
    batches = training_pairs(images(3, 64), 4, streams, every_scale=True)
    error = lambda given, real, fake: {"mse": (fake[-1] - real[-1]).square().mean()}  # noqa: E731
    return Game(
        model.generator, model.discriminator, batches, model.config, terms=error,
        generator_ema=copy.deepcopy(model.generator), streams=streams, device="cpu",
    )  # fmt: skip


def style_transfer():
    streams = seeded()
    model = cyclegan(resolution=16, width=4, n_blocks=1, n_scales=2, d_width=4)
    batches = unpaired_batches(images(3, 16, 1), images(3, 16, 2), 4, streams)
    average = copy.deepcopy(model.generator)
    return CycleGame(model, batches, pool=5, streams=streams, device="cpu", generator_ema=average)


def class_conditional():
    seeded()
    model = biggan(resolution=16, width=2, n_classes=4, attention=8)
    return class_game(model, images(1, 16), batch_size=4, seed=5, device="cpu")


def video():
    streams = seeded()
    model = videogan(judges="frame,fast", width=2).with_(r1_gamma=0.1, reg_interval=2)
    sprites = MovingSprites("noise", torch.rand(6, 1, 16, 16, generator=Streams(0).fresh("ink")))
    return video_game(model, sprites, 2, streams, device="cpu")


def speech():
    streams = seeded()
    model = melgan(width=8, judge_width=2).with_(batch_size=2)
    return vocoder_game(model, open_speech("asterisk", "test"), streams)


GAMES = {name: lambda name=name: core(name) for name in MODELS} | {
    "wgan_gp": lambda: core("dcgan", loss="wgan", reg_interval=2),
    "two updates of D": lambda: core("msggan", loss="relativistic_average", d_steps=2, g_steps=2),
    "growth": lambda: core("progan", growth_images=9),
    "super_resolution": super_resolution,
    "style_transfer": style_transfer,
    "class_conditional": class_conditional,
    "video": video,
    "speech": speech,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_run(monkeypatch):
    monkeypatch.setenv("MSGAN_KEEP_SECONDS", "1000")


def play(game, folder, steps):
    rows = played(game, steps=steps, run=Run(folder))
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def tensors(game):
    return {
        f"{part}.{name}": tensor
        for part, members in keeping.state(game)[0].items()
        for name, tensor in members.items()
    }


@pytest.mark.parametrize("name", GAMES)
def test_a_game_cut_in_two_is_the_same_to_the_last_bit(tmp_path, name):
    whole = GAMES[name]()
    rows = play(whole, None, STEPS)
    play(GAMES[name](), tmp_path, CUT)
    resumed = GAMES[name]()
    assert play(resumed, tmp_path, STEPS) == rows
    found, expected = tensors(resumed), tensors(whole)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("lost", ["g_optimizer", "d_optimizer", "generator_ema", "random"])
def test_without_one_of_its_parts_a_game_is_not_the_same(tmp_path, lost, monkeypatch):
    whole = core("dcgan")
    play(whole, None, STEPS)
    first, second = core("dcgan"), core("dcgan")
    play(first, None, CUT)
    kept_tensors, numbers = copy.deepcopy(keeping.state(first))
    kept_tensors[lost] = keeping.state(core("dcgan"))[0][lost]
    keeping.restore(second, kept_tensors, numbers)
    for _ in range(STEPS - CUT):
        second.step()
    found, expected = tensors(second), tensors(whole)
    assert not all(torch.equal(found.get(k, torch.zeros(1)), v) for k, v in expected.items())


def test_a_state_of_another_architecture_is_refused():
    state = keeping.state(core("dcgan"))
    with pytest.raises(ValueError, match="the checkpoint does not fit this game: "):
        keeping.restore(core("lapgan"), *state)


def test_the_best_checkpoint_is_that_of_the_lowest_score(tmp_path):
    scores = iter([3.0, 1.0, 2.0])
    about = {"score": lambda: next(scores), "score_interval": 2, "run": Run(tmp_path)}
    rows = list(played(core("dcgan"), steps=6, **about))
    assert [row["score"] for row in rows] == [None, 3.0, None, 1.0, None, 2.0]
    found = keeping.read_index(tmp_path / "checkpoint/training_01")
    assert (found["best"]["step"], found["best"]["score"], found["last"]["step"]) == (4, 1.0, 6)
    assert keeping.verify(tmp_path) == 1


def test_counted_batches_see_every_kind_of_batch():
    x = torch.arange(400.0).reshape(4, 100)
    for batch in (x, (x, [x, x]), [x, (x,)], x[0, :5], torch.arange(3)):
        first, same = CountedBatches([batch]), CountedBatches([batch])
        assert next(first) is batch
        same.skip(1, first.checksum)
    with pytest.raises(ValueError, match="its first 1 batches are not the same"):
        CountedBatches([x + 1]).skip(1, first.checksum)
