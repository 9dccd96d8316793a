import torch
from torch import nn

from msgan_lessons import family, losses, training
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.lessons.l07_training.exercises import BANK
from msgan_lessons.runs.parameters import budget
from msgan_lessons.steps import ema_update

GAME = losses.find_loss("non_saturating")


def a_game():
    return family.small_game("dcgan", torch.rand(4, 1, 16, 16) * 2 - 1, Streams(0))


def grads(G) -> list[bool]:
    return [p.grad is not None for p in G.parameters()]


def test_fakes_that_are_not_detached_leave_gradients_in_g():
    real, fake, G, D, *_ = a_game()
    GAME.discriminator(D(real), D([x.detach() for x in fake])).backward()
    assert not any(grads(G))
    GAME.discriminator(D(real), D(fake)).backward()
    assert all(grads(G))
    assert BANK["07.1"].right == "D"


def test_fakes_that_are_detached_in_gs_step_teach_g_nothing():
    real, fake, G, D, *_ = a_game()
    GAME.generator(D([x.detach() for x in fake]), D(real)).backward()
    assert not any(grads(G))


def test_the_last_row_counts_the_real_images_of_every_step():
    pair = family.dcgan(resolution=8, width=2)
    config = pair.config.with_(batch_size=16)
    batches = (torch.zeros(16, 1, 8, 8) for _ in range(9))
    rows = list(training.train(pair.generator, pair.discriminator, batches, config, steps=3))
    assert [row["n_images"] for row in rows] == [16, 32, 48]
    assert BANK["07.2"].right == 16 * 100


def test_the_hints_name_the_presets_and_the_data():
    hints, preset = BANK["07.2"].hints, budget("class")
    assert "not 32" in hints[100 * preset.batch_size]
    assert "batches of 64" in hints[100 * budget("gpu").batch_size]
    assert "20,000 steps" in hints[16 * preset.steps]
    assert "the data set" in hints[len(open_images("fashion_mnist", resolution=8))]


def test_formula_8_is_the_packages_average():
    for average, new, step, decay in BANK["07.3"].cases:
        old, model = nn.Linear(1, 1), nn.Linear(1, 1)
        nn.init.constant_(old.weight, average), nn.init.constant_(model.weight, new)
        ema_update(old, model, step, decay)
        mine = BANK["07.3"].reference(average, new, step, decay)
        assert torch.allclose(old.weight, torch.tensor(mine))
