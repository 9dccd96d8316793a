import pytest
import torch

from msgan_lessons.datasets.images import open_images
from msgan_lessons.lessons.l15_stability.stacked import (
    PUBLISHED_RESULTS,
    STACKED_CURES,
    run_stacked,
    stacked_game,
)
from msgan_lessons.training import TrainConfig

SMALL = {"width": 2, "latent_dim": 8, "batch_size": 4, "device": "cpu"}


@pytest.fixture(scope="module")
def data():
    return open_images(resolution=16)


def test_a_smoke_run_counts_at_intervals_and_at_the_end(data):
    rows = list(run_stacked(data, steps=3, score_interval=2, count=20, **SMALL))
    assert [row["step"] for row in rows if row["modes"] is not None] == [2, 3]
    assert 1 <= rows[-1]["modes"] <= 20
    assert 0 <= rows[-1]["kl"] < 6.91
    assert rows[0]["kl"] is None


def test_the_budget_ends_the_run_with_a_count(data):
    (row,) = run_stacked(data, steps=9, max_seconds=1e-9, count=5, **SMALL)
    assert row["modes"] is not None


@pytest.mark.parametrize("cure", STACKED_CURES)
def test_every_cure_plays_and_differs_in_what_it_says(data, cure):
    game, chosen = stacked_game(data, cure, **SMALL), STACKED_CURES[cure]
    base = TrainConfig(batch_size=4, reg_interval=2).as_dict()
    differs = {k: v for k, v in game.config.as_dict().items() if base[k] != v}
    assert differs == chosen.changes
    assert game.discriminator.pac == chosen.discriminator.get("pac", 1)
    shown = type(game.discriminator.stddev).__name__
    assert (shown == "MinibatchStddev") == chosen.discriminator.get("minibatch_stddev", False)
    assert game.step()["n_images"] == 4
    (fake,) = game.generator(torch.zeros(4, 8))
    assert fake.shape == (4, 3, 16, 16)
    assert len(game.discriminator([fake])[0]) == (2 if cure == "pac 2" else 4)


def test_counting_takes_nothing_from_the_training(data):
    def end(interval):
        rows = run_stacked(data, steps=4, score_interval=interval, count=8, **SMALL)
        return list(rows)[-1]["d_loss"]

    assert end(1) == end(4)


def test_the_figures_of_papers_are_possible_ones():
    assert all(0 < modes <= 1000 and 0 < kl < 6.91 for _, modes, kl, _ in PUBLISHED_RESULTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cure": "prayer"}, "cure must be one of non_saturating, .* got 'prayer'"),
        ({"latent_dim": 0}, "latent_dim must be at least 1, got 0"),
        ({"count": 0}, "count must be at least 1, got 0"),
        ({"score_interval": 0}, "score_interval must be an int of at least 1, got 0"),
    ],
)
def test_wrong_arguments_are_refused(data, arguments, message):
    with pytest.raises(ValueError, match=message):
        next(run_stacked(data, **({"steps": 1} | SMALL | arguments)))
