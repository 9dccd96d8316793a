"""The game and the loop that plays it: rows, players, tasks, settings, limits, divergence."""

import copy
import re

import pytest
import torch
from seeded import batches, images, normal
from torch import nn

from msgan_lessons import family
from msgan_lessons.base.streams import Streams
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    DocumentDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.generator import DocumentGenerator
from msgan_lessons.losses import LOSSES, gradient_penalty, r1_penalty, r2_penalty
from msgan_lessons.steps import detach
from msgan_lessons.training import (
    Conditioned,
    Game,
    TrainConfig,
    draw,
    likely_cause,
    played,
    train,
)

KEYS = {
    "step", "n_images", "d_loss", "g_loss", "d_penalty",
    "d_real_before", "d_fake_before", "d_real_after", "d_fake_after", "g_matching",
}  # fmt: skip


@pytest.fixture
def game(tiny_pair):
    """A function that makes a game from noise, with an average of G."""

    def make(name="msggan", data=None, seed=0, **config):
        pair = tiny_pair(name, batch_size=8, **config)
        return Game(
            pair.generator, pair.discriminator, data or batches(), pair.config,
            generator_ema=copy.deepcopy(pair.generator), streams=Streams(seed), device="cpu",
        )  # fmt: skip

    return make


def weights(*networks):
    return [p.detach().clone() for network in networks for p in network.parameters()]


def same(first, second):
    return all(map(torch.equal, first, second))


# --- the game from noise ---


@pytest.mark.parametrize("model", family.MODELS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains_every_model_and_every_row_is_whole(model, loss, game):
    playing = game(model, loss=loss)
    rows = [playing.step() for _ in range(2)]
    assert [(row["step"], row["n_images"]) for row in rows] == [(1, 8), (2, 16)]
    assert all(set(row) == KEYS for row in rows)
    assert all(0 <= rows[0][k] <= 1 for k in KEYS if k.startswith(("d_real", "d_fake")))


def test_same_seed_same_numbers_another_seed_others_whatever_is_drawn_between(game):
    plain, drawn, other = game(), game(), game(seed=1)
    rows = [plain.step() for _ in range(4)]
    for row in rows:
        assert drawn.step() == row
        assert other.step() != row
        draw(drawn.generator_ema, drawn.streams.fixed_latents(4, 8))
        torch.manual_seed(row["step"])  # whatever a lesson does to torch's own generator
        torch.randn(3)
    assert same(weights(plain.generator), weights(drawn.generator))


def test_ds_step_pulls_real_and_fake_apart(game):
    row = game(d_lr=1e-3).step()
    before = row["d_real_before"] - row["d_fake_before"]
    assert row["d_real_after"] - row["d_fake_after"] > before


def test_d_steps_count_in_n_images(game):
    playing = game(d_steps=3)
    assert [playing.step()["n_images"] for _ in range(2)] == [24, 48]


@pytest.mark.parametrize(("players", "moves", "waits"), [("D", "d", "g"), ("G", "g", "d")])
def test_one_player_plays_alone_and_the_other_waits(players, moves, waits, game):
    playing = game()
    nets = {"g": playing.generator, "d": playing.discriminator, "average": playing.generator_ema}
    before = {name: weights(net) for name, net in nets.items()}
    row = playing.step(players)
    still = {name: same(before[name], weights(net)) for name, net in nets.items()}
    assert still == {moves: False, waits: True, "average": players == "D"}
    assert row[f"{moves}_loss"] is not None
    assert row[f"{waits}_loss"] is None
    assert set(row) == KEYS
    assert row["n_images"] == (8 if players == "D" else 0)
    with pytest.raises(ValueError, match="players must be one of both, D, G, got 'E'"):
        playing.step("E")


def test_g_steps_move_g_again_on_new_latents(game):
    twice, once = game(g_steps=2), game()
    row = twice.step()
    once.step()
    assert row["n_images"] == 8  # real images shown to D
    assert row["g_loss"] == once.step("G")["g_loss"]
    assert same(weights(twice.generator), weights(once.generator))


def test_a_change_reaches_the_optimisers_and_the_loss_of_the_game_that_runs(game):
    playing = game()
    playing.step()
    optimizer = playing.g_optimizer
    playing.change(g_lr=1e-9, d_lr=3e-3, loss="hinge", betas=(0.5, 0.9))
    assert playing.g_optimizer is optimizer
    rates = [o.param_groups[0]["lr"] for o in (playing.g_optimizer, playing.d_optimizer)]
    assert rates == [1e-9, 3e-3]
    assert optimizer.param_groups[0]["betas"] == (0.5, 0.9)
    assert playing.loss is LOSSES["hinge"]
    before = weights(playing.generator)
    playing.step()
    torch.testing.assert_close(before, weights(playing.generator), atol=1e-7, rtol=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 4}, "batch_size must stay as it is while the game goes on; start it anew"),
        ({"growth_images": 9}, "growth_images must stay as it is while the game goes on"),
        ({"g_lr": 0.0}, "g_lr must be > 0, got 0.0"),
        ({"d_steps": 0}, "d_steps must be an int of at least 1, got 0"),
        ({"loss": "no"}, "loss must be one of .*, got 'no'"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(settings, message, game):
    playing = game()
    config = playing.config
    with pytest.raises(ValueError, match=message):
        playing.change(**settings)
    assert playing.config == config
    assert playing.step()["g_loss"] is not None


def test_penalties_are_lazy_and_scaled_by_their_interval(game):
    settings = {"r1_gamma": 1.0, "r2_gamma": 1.0, "gp_lambda": 1.0}
    lazy, always = game(**settings, reg_interval=2), game(**settings, reg_interval=1)
    usual = game(r1_gamma=1.0)
    assert [row["d_penalty"] > 0 for row in played(usual, steps=8)] == [False] * 7 + [True]
    assert lazy.step()["d_penalty"] == 0
    scales, penalties = lazy.draw()[1:], []
    for playing in (lazy, always):
        playing.steps, playing.streams = 2, Streams(0)
        penalties.append(playing.penalty(lazy.discriminator, *scales).item())
    assert penalties[0] == pytest.approx(2 * penalties[1])
    judge, (real, fake) = lazy.discriminator, scales
    halves = (r1_penalty(judge, real) + r2_penalty(judge, fake)) / 2
    slope = gradient_penalty(judge, real, detach(fake), Streams(0)["penalty"])
    assert penalties[1] == pytest.approx((halves + slope).item())


def test_wgan_has_its_penalty_unless_told_otherwise(game):
    for config, has in (({}, True), ({"gp_lambda": 0.0}, False), ({"loss": "hinge"}, False)):
        playing = game(**({"loss": "wgan", "reg_interval": 1} | config))
        assert (playing.step()["d_penalty"] > 0) == has


@pytest.mark.parametrize(
    ("settings", "measured"),
    [
        ({"probe_interval": 4}, [1, 4]),
        ({"probe_interval": 0}, []),
        ({"probe_interval": 0, "loss": "relativistic"}, [1, 2, 3, 4, 5]),
    ],
)
def test_d_real_after_is_measured_when_probed_or_needed(settings, measured, game):
    playing = game(**settings)
    rows = [playing.step() for _ in range(5)]
    assert [row["step"] for row in rows if row["d_real_after"] is not None] == measured


def test_networks_are_arguments_the_documents_pair_and_an_ensemble_train_too(tiny_pair):
    config = TrainConfig(batch_size=2, r1_gamma=1.0, reg_interval=1)
    ensemble = DiscriminatorEnsemble(2, PatchDiscriminator)
    for g, d, data in (
        (DocumentGenerator(), DocumentDiscriminator(), batches(2, 128, 3)),
        (tiny_pair("dcgan").generator, ensemble, batches(2)),
    ):
        row = Game(g, d, data, config, device="cpu").step()
        assert row["n_images"] == 2
        assert row["d_penalty"] > 0


def test_a_g_or_d_that_returns_no_list_is_refused(tiny_pair):
    pair = tiny_pair("dcgan")
    flat_g, flat_d = copy.deepcopy((pair.generator, pair.discriminator))
    flat_g.forward = lambda z: pair.generator(z)[0]
    flat_d.forward = lambda scales: pair.discriminator(scales)[0]
    for g, d in ((flat_g, pair.discriminator), (pair.generator, flat_d)):
        with pytest.raises(TypeError, match=r"must be a list of tensors, one a scale.* \(8"):
            Game(g, d, batches(), device="cpu").step()


def test_draw_is_the_same_for_any_chunk_and_leaves_the_mode(tiny_pair):
    g, z = tiny_pair().generator.train(), normal(5, 8)
    torch.testing.assert_close(draw(g, z), draw(g, z, chunk=2))
    assert g.training


def test_training_in_bf16_stays_finite_and_keeps_its_weights_in_float32(game):
    playing = game(r1_gamma=1.0, reg_interval=2)
    playing.dtype = torch.bfloat16  # what choose_device returns for a CUDA device that has it
    rows = [playing.step() for _ in range(4)]
    assert [row["d_penalty"] > 0 for row in rows] == [False, True, False, True]
    assert {p.dtype for p in playing.generator.parameters()} == {torch.float32}
    latents = playing.streams.fixed_latents(2, 8)
    assert draw(playing.generator_ema, latents)[-1].dtype == torch.float32


# --- the game with a task ---

CONFIG = TrainConfig(loss="hinge", g_lr=1e-3, d_lr=1e-3)


class Painter(nn.Conv2d):
    """From an image to one scale."""

    def forward(self, image, *_):
        return [super().forward(image)]


class Told(nn.Module):
    """A D that judges by the brightness, and by what it is told."""

    def __init__(self):
        super().__init__()
        self.taste = nn.Embedding(3, 1)

    def forward(self, scales, labels):
        return [scales[0].mean((1, 2, 3)) * self.taste(labels)[:, 0]]

    def judge(self, scales, labels):
        return self(scales, labels), [scales]


def tasks():
    for real in batches(4, 16):
        yield (real / 2,), [real]


def error(given, real, fake):
    return {"pixels": 10 * (fake[0] - real[0]).abs().mean()}


def task(discriminator=None, config=CONFIG, **settings):
    torch.manual_seed(0)
    g, d = Painter(1, 1, 3, padding=1), PatchDiscriminator(channels=(4, 8))
    return Game(g, discriminator or d, tasks(), config, device="cpu", **settings)


def test_a_row_has_both_players_and_the_terms_and_same_seed_same_numbers():
    first, second = (task(None, CONFIG.with_(feature_matching=1.0), terms=error) for _ in range(2))
    row = first.step()
    assert row == second.step()
    assert (row["step"], row["n_images"]) == (1, 4)
    assert row["pixels"] > 0
    assert row["g_matching"] > 0
    assert set(row) == KEYS | {"pixels"}


def test_without_an_adversary_d_stays_as_it_is_and_the_error_falls():
    playing = task(terms=error, adversarial=0.0)
    before = weights(playing.discriminator)
    rows = list(played(playing, steps=60))
    assert rows[-1]["pixels"] < rows[0]["pixels"]
    assert set(rows[0]) == {"step", "n_images", "pixels", "seconds"}
    assert rows[-1]["n_images"] == 240
    assert same(before, weights(playing.discriminator))


def test_the_condition_reaches_d_and_its_gradient_too():
    d, labels, x = Told(), torch.tensor([0, 1, 1, 2]), images(4, 1, 2, 2)
    (logits,), before = d([x], labels), weights(d)
    assert torch.equal(Conditioned(d, (labels,))([x])[0], logits)
    assert torch.equal(Conditioned(d, (labels,)).judge([x])[0][0], logits)
    data = [((x, labels), [x + 1])] * 3
    Game(Painter(1, 1, 1), d, data, CONFIG, condition=lambda g: g[1:], device="cpu").step()
    assert not same(before, weights(d))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"adversarial": -1.0}, "adversarial must be >= 0, got -1.0"),
        ({"adversarial": 0.0}, "terms must be given for adversarial=0"),
        ({"config": CONFIG.with_(growth_images=9)}, "growth_images must be 0 for a G without"),
        (
            {"discriminator": nn.Flatten(), "config": CONFIG.with_(feature_matching=1.0)},
            "feature_matching must be 0 for a D without the method judge",
        ),
    ],
)
def test_wrong_games_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        task(**settings)
    with pytest.raises(ValueError, match="adversarial must be 0 without a discriminator, got 1.0"):
        Game(Painter(1, 1, 1), None, tasks(), device="cpu")


# --- limits and divergence ---


def test_training_stops_at_steps_or_seconds_whichever_comes_first(game):
    rows = list(played(game(), steps=10**6, max_seconds=0.05))
    assert 1 <= len(rows) < 10**6
    assert rows[-1]["seconds"] >= 0.05
    assert all(row["seconds"] < 0.05 for row in rows[:-1])
    assert len(list(played(game(), steps=2))) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps must be an int of at least 1, got 0"),
        ({"steps": 2.5}, "steps must be an int of at least 1, got 2.5"),
        ({"steps": 1, "max_seconds": 0}, "max_seconds must be > 0, got 0"),
        ({"steps": 1, "config": TrainConfig(loss="no")}, "loss must be one of"),
        ({"steps": 1, "device": "abacus"}, "device must be auto"),
    ],
)
def test_train_refuses_at_once_and_not_at_the_first_row(options, message, tiny_pair):
    pair = tiny_pair()
    with pytest.raises(ValueError, match=message):
        train(pair.generator, pair.discriminator, batches(), **options)


def test_a_path_is_no_run(game):
    with pytest.raises(TypeError, match="run must be a Run or None, got 'runs/mine'"):
        played(game(), steps=1, run="runs/mine")


def test_a_loss_that_is_not_finite_stops_with_a_sentence(game):
    def broken(given, real, fake):
        return {"pixels": fake[0].mean() * float("nan")}

    poisoned = game(data=iter([torch.full((8, 1, 8, 8), float("nan"))]))
    with pytest.raises(FloatingPointError, match="diverged at step 1: d_loss=nan.*likely cause: "):
        list(played(poisoned, steps=3))
    with pytest.raises(FloatingPointError, match="training diverged at step 1: pixels=nan"):
        task(terms=broken, adversarial=0.0).step()


@pytest.mark.parametrize(
    ("settings", "weight", "sentence"),
    [
        ({"d_lr": 1.0}, 0.0, "d_lr=1 is 500 times the course's 0.002"),
        (
            {"loss": "wgan", "gp_lambda": 0.0},
            0.0,
            "the loss wgan has no bound and no penalty holds",
        ),
        ({"loss": "wgan", "gp_lambda": 0.0, "r1_gamma": 1.0}, 0.0, "the weights are finite"),
        ({"loss": "wgan"}, 0.0, "the weights are finite, so the real images or the latents were"),
        ({}, 0.0, "the weights are finite"),
        ({}, torch.inf, "the weights of D have left the range of numbers"),
    ],
)
def test_the_first_cause_that_holds_is_named(settings, weight, sentence):
    d = nn.Linear(1, 1)
    nn.init.constant_(d.weight, weight)
    assert likely_cause(TrainConfig(**settings), G=None, D=d).startswith(sentence)


class Bare(torch.nn.Conv2d):
    """A G that forgot that its images are a list."""

    latent_dim = 4


def paired(batch, G=None, **settings):
    G = G or Bare(1, 1, 1)
    terms = lambda given, real, fake: {"error": (fake[0] - real[0]).square().mean()}  # noqa: E731
    config = TrainConfig(batch_size=2, **settings)
    return Game(G, None, iter(batch), config, terms=terms, adversarial=0.0, device="cpu")


IMAGES = torch.zeros(2, 1, 8, 8)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ([((IMAGES,), [IMAGES])], TypeError, "what G draws must be a list"),
        ([((IMAGES,), IMAGES)], TypeError, "real images must be a list"),
        ([(IMAGES, [IMAGES])], TypeError, "what G is given must be a list"),
        ([], ValueError, "batches must not end while the game goes on, got 0"),
    ],
)
def test_a_batch_that_is_no_list_of_scales_is_refused(batch, error, message):
    with pytest.raises(error, match=message):
        paired(batch).step()


def test_growth_needs_noise_and_two_that_grow():
    pair = family.build("progan", resolution=8, width=2, latent_dim=4)
    z = torch.zeros(2, 4)
    with pytest.raises(ValueError, match="growth_images must be 0 for a D without"):
        paired([], pair.generator, growth_images=4)
    grows = Game(
        pair.generator, pair.discriminator, iter([((z,), [IMAGES])]), pair.config, device="cpu"
    )
    with pytest.raises(ValueError, match="growth_images must be 0 where batches say"):
        grows.step()


def test_drawing_needs_a_list_and_no_weights():
    class Plain(torch.nn.Module):
        def forward(self, z):
            return [2 * z]

    assert torch.equal(draw(Plain(), torch.ones(3, 4), chunk=2)[0], torch.full((3, 4), 2.0))
    with pytest.raises(TypeError, match="what is drawn must be a list"):
        draw(Bare(1, 1, 1), IMAGES)
    with pytest.raises(ValueError, match="given must hold at least one tensor"):
        draw(Plain())


@pytest.mark.parametrize(
    "wrong",
    [
        *({"betas": betas} for betas in [(0.5,), (0.0, 0.9, 0.9), (0.0, 1.0), 0.5, "ab", None]),
        *({name: 2.5} for name in ("batch_size", "d_steps", "reg_interval", "growth_images")),
        *({"batch_size": value} for value in (1, True, "32")),
        *({"g_lr": value} for value in (0, True, "1e-3", None, float("inf"))),
        {"r1_gamma": -1.0},
        {"r1_gamma": float("nan")},
        {"gp_lambda": -0.5},
        {"ema_decay": 1.0},
    ],
    ids=str,
)
def test_a_setting_of_a_wrong_kind_or_value_is_refused_by_name(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=rf"^{name} must be .*, got {re.escape(repr(value))}\.$"):
        TrainConfig(**wrong)
