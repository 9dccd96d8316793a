"""The game with a task: which loss reaches whom, conditions, refusals, same seed same numbers."""

import copy

import pytest
import torch
from torch import nn

from msgan_lessons.discriminator import PatchDiscriminator
from msgan_lessons.losses import feature_matching, find_loss, paired_feature_matching
from msgan_lessons.steps import generator_step
from msgan_lessons.training import Conditioned, Game, TrainConfig, played

CONFIG = TrainConfig(loss="hinge", g_lr=1e-3, d_lr=1e-3)


def batches(seed=0):
    stream = torch.Generator().manual_seed(seed)
    while True:
        real = torch.rand(4, 1, 16, 16, generator=stream) * 2 - 1
        yield (real.mean(1, keepdim=True) / 2,), real


def pair(seed=0):
    torch.manual_seed(seed)
    return nn.Conv2d(1, 1, 3, padding=1), PatchDiscriminator(channels=(4, 8))


def error(given, real, fake):
    return {"pixels": 10 * (fake - real).abs().mean()}


def game(generator, discriminator, config=CONFIG, **settings):
    return Game(generator, discriminator, batches(), config, device="cpu", **settings)


def test_a_row_has_both_players_and_the_terms():
    row = game(*pair(), terms=error).step()
    assert row["step"] == 1
    assert row["n_images"] == 4
    assert row["pixels"] > 0
    assert {"d_loss", "g_loss", "g_matching", "d_real_before", "d_fake_after"} <= row.keys()


def test_without_an_adversary_d_stays_as_it_is_and_the_error_falls():
    G, D = pair()
    before = copy.deepcopy(D.state_dict())
    rows = list(played(game(G, D, terms=error, adversarial=0.0), steps=60))
    assert rows[-1]["pixels"] < rows[0]["pixels"]
    assert "d_loss" not in rows[0]
    assert all(torch.equal(before[name], value) for name, value in D.state_dict().items())


def test_the_weighted_sum_is_what_g_descends():
    G, D = pair()
    z = next(batches())[0][0]
    loss, slopes = find_loss("hinge"), {}
    for weight, share in ((1.0, 0.0), (0.0, 1.0), (0.5, 2.0)):
        network = copy.deepcopy(G)
        optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
        fake = network(z)
        extra = share * fake.square().mean()
        generator_step(D, optimizer, fake, loss, extra=extra, weight=weight)
        slopes[weight, share] = G.weight.detach() - network.weight.detach()
    mixed = 0.5 * slopes[1.0, 0.0] + 2 * slopes[0.0, 1.0]
    assert torch.allclose(slopes[0.5, 2.0], mixed, atol=1e-6)


def test_the_condition_reaches_d_and_its_gradient_too():
    class Told(nn.Module):
        def __init__(self):
            super().__init__()
            self.taste = nn.Embedding(3, 1)

        def forward(self, images, labels):
            return images.mean((1, 2, 3)) * self.taste(labels)[:, 0]

        def judge(self, images, labels):
            return self(images, labels), [images]

    D, labels = Told(), torch.tensor([0, 1, 1, 2])
    x = torch.ones(4, 1, 2, 2)
    assert torch.equal(Conditioned(D, (labels,))(x), D(x, labels))
    assert torch.equal(Conditioned(D, (labels,)).judge(x)[0], D(x, labels))
    stream = iter([((x, labels), x + 1)] * 3)
    G = nn.Conv2d(1, 1, 1)

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.draw = G

        def forward(self, images, labels):
            return self.draw(images)

    before = D.taste.weight.detach().clone()
    playing = Game(Named(), D, stream, CONFIG, condition=lambda given: given[1:], device="cpu")
    playing.step()
    assert not torch.equal(before, D.taste.weight)


def test_r1_falls_due_every_reg_interval_steps():
    rows = list(played(game(*pair(), CONFIG.with_(r1_gamma=1.0, reg_interval=2)), steps=4))
    assert [row["d_penalty"] > 0 for row in rows] == [False, True, False, True]


def test_the_average_follows_g_and_stays_behind():
    G, D = pair()
    average = copy.deepcopy(G)
    start = G.weight.detach().clone()
    for _ in played(game(G, D, terms=error, generator_ema=average), steps=5):
        pass
    moved, followed = (G.weight - start).norm(), (average.weight - start).norm()
    assert 0 < followed < moved


def test_same_seed_same_numbers():
    first, second = (
        list(played(game(*pair(), CONFIG.with_(feature_matching=1.0), terms=error), steps=3))
        for _ in range(2)
    )
    assert [r["d_loss"] for r in first] == [r["d_loss"] for r in second]
    assert all(row["g_matching"] > 0 for row in first)


def test_paired_matching_sees_what_means_do_not():
    one = [torch.tensor([[1.0], [-1.0]]), torch.zeros(2, 3)]
    assert feature_matching(one, [-one[0], one[1]]).item() == 0
    assert paired_feature_matching(one, [-one[0], one[1]]).item() == 1  # 2 and 0, two layers
    with pytest.raises(ValueError, match="one real twin, got 2 real and 1 fake"):
        paired_feature_matching(one, [one[0][:1], one[1]])
    with pytest.raises(ValueError, match="must have the same layers"):
        paired_feature_matching(one, one[:1])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"adversarial": -1.0}, "adversarial must be >= 0, got -1.0"),
        ({"adversarial": 0.0}, "terms must be given for adversarial=0"),
        ({"discriminator": None}, "adversarial must be 0 without a discriminator, got 1.0"),
    ],
)
def test_wrong_games_are_refused(settings, message):
    G, D = pair()
    with pytest.raises(ValueError, match=message):
        game(G, settings.pop("discriminator", D), **settings)


def test_a_loss_that_is_not_finite_stops_with_its_name():
    def broken(given, real, fake):
        return {"pixels": fake.mean() * float("nan")}

    with pytest.raises(FloatingPointError, match="training diverged at step 1: pixels=nan"):
        game(*pair(), terms=broken, adversarial=0.0).step()


def test_limits_are_checked_at_once():
    with pytest.raises(ValueError, match="steps must be an int of at least 1, got 0"):
        played(game(*pair()), steps=0)
    with pytest.raises(ValueError, match="max_seconds must be > 0, got 0"):
        played(game(*pair()), steps=1, max_seconds=0)
