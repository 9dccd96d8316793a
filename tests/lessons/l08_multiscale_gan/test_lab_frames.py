"""A frame of the lab: images of each scale, and two signals that are measured by turns."""

import copy

import pytest
import torch

from msgan_lessons import family
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l08_multiscale_gan import lab
from msgan_lessons.lessons.l08_multiscale_gan.lab import N_PROBED, LabFrames
from msgan_lessons.training import Game


def a_game(channels=1):
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (16, channels, 16, 16), dtype=torch.uint8)
    data = ImageData("noise", pixels)
    pair = family.build("msggan", resolution=16, img_channels=channels, width=2)
    batches = data.batches(8, torch.Generator().manual_seed(0))
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


def test_looking_leaves_both_networks_as_they_were():
    game, frames = a_game()
    before = copy.deepcopy([game.generator.state_dict(), game.discriminator.state_dict()])
    frames.now(game)
    after = [game.generator.state_dict(), game.discriminator.state_dict()]
    for old, new in zip(before, after, strict=True):
        assert all(torch.equal(old[name], new[name]) for name in old)
