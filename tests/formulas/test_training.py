import copy
import itertools

import pytest
import torch
from torch import nn

from msgan_lessons import family
from msgan_lessons.base.streams import Streams
from msgan_lessons.discriminator import (
    DiscriminatorEnsemble,
    DocumentDiscriminator,
    PatchDiscriminator,
)
from msgan_lessons.generator import DocumentGenerator
from msgan_lessons.losses import LOSSES
from msgan_lessons.steps import discriminator_step, ema_update, generator_step, real_share
from msgan_lessons.training import Game, TrainConfig, draw, train

KEYS = {
    "step", "n_images", "seconds", "d_loss", "g_loss", "d_penalty",
    "d_real_before", "d_fake_before", "d_real_after", "d_fake_after", "g_matching",
}  # fmt: skip


def batches(size=8, resolution=8):
    generator = torch.Generator().manual_seed(7)
    while True:
        yield torch.rand(size, 1, resolution, resolution, generator=generator) * 2 - 1


def game(model="msggan", seed=0, **config):
    streams = Streams(seed)
    streams.seed_weights()
    pair = family.build(model, resolution=8, width=2, latent_dim=8)
    average = copy.deepcopy(pair.generator)
    settings = TrainConfig(batch_size=8, **config)
    return pair.generator, pair.discriminator, average, settings, streams


def run(steps, drawing=False, **options):
    g, d, average, config, streams = game(**options)
    rows = []
    for row in train(
        g, d, batches(), config, steps=steps, generator_ema=average, streams=streams, device="cpu"
    ):
        rows.append({k: v for k, v in row.items() if k != "seconds"})
        if drawing:
            draw(average, streams.fixed_latents(4, 8))
            torch.manual_seed(row["step"])  # whatever a lesson does to torch's own generator
            torch.randn(3)
    return rows, g


@pytest.mark.parametrize("model", family.MODELS)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains_every_model_and_every_row_is_whole(model, loss):
    rows, _ = run(2, model=model, loss=loss)
    assert [row["step"] for row in rows] == [1, 2]
    assert [row["n_images"] for row in rows] == [8, 16]
    assert set(rows[0]) == KEYS - {"seconds"}
    assert all(0 <= rows[0][k] <= 1 for k in KEYS if k.startswith(("d_real", "d_fake")))


def test_same_seed_same_numbers_and_another_seed_others():
    assert run(4)[0] == run(4)[0]
    assert run(4)[0] != run(4, seed=1)[0]


def test_drawing_between_rows_does_not_change_the_training():
    plain, g_plain = run(4)
    drawn, g_drawn = run(4, drawing=True)
    assert plain == drawn
    assert all(
        torch.equal(a, b) for a, b in zip(g_plain.parameters(), g_drawn.parameters(), strict=True)
    )


def test_d_step_moves_d_alone_and_g_step_moves_g_alone():
    g, d, _, config, streams = game()
    play = Game(g, d, batches(), config, streams=streams, device="cpu")
    real, fake = play.draw()
    g_before, d_before = copy.deepcopy(g.state_dict()), copy.deepcopy(d.state_dict())
    discriminator_step(d, play.d_optimizer, real, fake, play.loss)
    assert all(p.grad is None for p in g.parameters())
    assert all(torch.equal(v, g.state_dict()[k]) for k, v in g_before.items())
    assert not all(torch.equal(v, d.state_dict()[k]) for k, v in d_before.items())
    d_between = copy.deepcopy(d.state_dict())
    generator_step(d, play.g_optimizer, fake, play.loss)
    assert all(torch.equal(v, d.state_dict()[k]) for k, v in d_between.items())
    assert not all(torch.equal(v, g.state_dict()[k]) for k, v in g_before.items())
    assert all(p.requires_grad for p in d.parameters())


def test_steps_agree_with_a_textbook_loop():
    """Two optimisers, binary cross-entropy with labels, D's parameters never frozen."""
    g, d, _, config, streams = game("dcgan", loss="non_saturating")
    g2, d2 = copy.deepcopy(g), copy.deepcopy(d)
    opt_g = torch.optim.Adam(g2.parameters(), lr=config.g_lr, betas=config.betas)
    opt_d = torch.optim.Adam(d2.parameters(), lr=config.d_lr, betas=config.betas)
    latents, bce = Streams(0), nn.functional.binary_cross_entropy_with_logits
    for real in itertools.islice(batches(), 3):
        z = latents.latents(8, 8)
        opt_d.zero_grad()
        loss = bce(d2(real), torch.ones(8)) + bce(d2(g2(z)[-1].detach()), torch.zeros(8))
        loss.backward()
        opt_d.step()
        opt_g.zero_grad()
        bce(d2(g2(z)[-1]), torch.ones(8)).backward()
        opt_g.step()
    list(train(g, d, batches(), config, steps=3, streams=streams, device="cpu"))
    for ours, theirs in zip(g.parameters(), g2.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-3)


def test_ds_step_pulls_real_and_fake_apart():
    (row,), _ = run(1, d_lr=1e-3)
    before = row["d_real_before"] - row["d_fake_before"]
    assert row["d_real_after"] - row["d_fake_after"] > before


def test_d_steps_count_in_n_images():
    rows, _ = run(2, d_steps=3)
    assert [row["n_images"] for row in rows] == [24, 48]


@pytest.mark.parametrize(("players", "moves", "waits"), [("D", "d", "g"), ("G", "g", "d")])
def test_one_player_plays_alone_and_the_other_waits(players, moves, waits):
    g, d, average, config, streams = game()
    play = Game(g, d, batches(), config, generator_ema=average, streams=streams, device="cpu")
    nets = {"g": g, "d": d, "average": average}
    before = {k: [p.clone() for p in net.parameters()] for k, net in nets.items()}
    row = play.step(players)
    still = {
        k: all(torch.equal(*pair) for pair in zip(before[k], net.parameters(), strict=True))
        for k, net in nets.items()
    }
    assert still == {moves: False, waits: True, "average": players == "D"}
    assert row[f"{moves}_loss"] is not None
    assert row[f"{waits}_loss"] is None
    assert set(row) == KEYS - {"seconds"}
    assert row["n_images"] == (8 if players == "D" else 0)


def test_g_steps_move_g_again_on_new_latents():
    g, d, _, config, streams = game(g_steps=2)
    g2, d2, _, config2, streams2 = game()
    play = Game(g, d, batches(), config, streams=streams, device="cpu")
    twin = Game(g2, d2, batches(), config2, streams=streams2, device="cpu")
    row = play.step()
    twin.step()
    assert row["n_images"] == 8  # real images shown to D
    assert row["g_loss"] is not None
    again = twin.step("G")
    assert row["g_loss"] == again["g_loss"]
    assert all(torch.equal(a, b) for a, b in zip(g.parameters(), g2.parameters(), strict=True))


def test_a_change_reaches_the_optimisers_and_the_loss_of_the_game_that_runs():
    g, d, _, config, streams = game()
    play = Game(g, d, batches(), config, streams=streams, device="cpu")
    play.step()
    optimizer = play.g_optimizer
    play.change(g_lr=1e-9, d_lr=3e-3, loss="hinge", betas=(0.5, 0.9))
    assert play.g_optimizer is optimizer
    assert [o.param_groups[0]["lr"] for o in (play.g_optimizer, play.d_optimizer)] == [1e-9, 3e-3]
    assert optimizer.param_groups[0]["betas"] == (0.5, 0.9)
    assert play.loss is LOSSES["hinge"]
    before = [p.clone() for p in g.parameters()]
    play.step()
    pairs = zip(before, g.parameters(), strict=True)
    moved = max(float((a - b).detach().abs().max()) for a, b in pairs)
    assert moved < 1e-7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 4}, "batch_size must stay as it is while the game goes on; start it anew"),
        ({"growth_images": 9}, "growth_images must stay as it is while the game goes on"),
        ({"g_lr": 0.0}, "g_lr must be > 0, got 0.0"),
        ({"d_steps": 0}, "d_steps must be at least 1, got 0"),
        ({"loss": "no"}, "loss must be one of .*, got 'no'"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(settings, message):
    g, d, _, config, streams = game()
    play = Game(g, d, batches(), config, streams=streams, device="cpu")
    with pytest.raises(ValueError, match=message):
        play.change(**settings)
    assert play.config == config
    assert play.step()["g_loss"] is not None


def test_only_both_d_and_g_can_play():
    g, d, _, config, streams = game()
    play = Game(g, d, batches(), config, streams=streams, device="cpu")
    with pytest.raises(ValueError, match="players must be one of both, D, G, got 'E'"):
        play.step("E")


def test_penalties_are_lazy_and_scaled_by_their_interval():
    rows, _ = run(4, r1_gamma=1.0, r2_gamma=1.0, gp_lambda=1.0, reg_interval=2)
    penalties = [row["d_penalty"] for row in rows]
    assert penalties[0] == penalties[2] == 0
    assert min(penalties[1], penalties[3]) > 0


def test_wgan_has_its_penalty_unless_told_otherwise():
    assert run(2, loss="wgan", reg_interval=1)[0][1]["d_penalty"] > 0
    assert run(2, loss="wgan", reg_interval=1, gp_lambda=0.0)[0][1]["d_penalty"] == 0
    assert run(2, loss="hinge", reg_interval=1)[0][1]["d_penalty"] == 0


def test_d_real_after_is_measured_when_probed():
    rows, _ = run(5, probe_interval=4)
    assert [row["d_real_after"] is not None for row in rows] == [True, False, False, True, False]
    assert all(row["d_real_after"] is not None for row in run(3, loss="relativistic")[0])


def test_training_stops_at_steps_or_seconds_whichever_comes_first():
    g, d, _, config, streams = game()
    rows = list(
        train(g, d, batches(), config, steps=10**6, max_seconds=0.05, streams=streams, device="cpu")
    )
    assert 1 <= len(rows) < 10**6
    assert rows[-1]["seconds"] >= 0.05
    assert all(row["seconds"] < 0.05 for row in rows[:-1])


def test_a_loss_that_is_not_finite_stops_with_a_sentence():
    g, d, _, config, streams = game()
    poisoned = (torch.full((8, 1, 8, 8), float("nan")) for _ in range(3))
    with pytest.raises(FloatingPointError, match="training diverged at step 1: d_loss=nan"):
        list(train(g, d, poisoned, config, steps=3, streams=streams, device="cpu"))


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
def test_train_refuses_at_once_and_not_at_the_first_row(options, message):
    g, d, _, _, _ = game()
    with pytest.raises(ValueError, match=message):
        train(g, d, batches(), **options)


def test_networks_are_arguments_the_documents_pair_and_an_ensemble_train_too():
    images = iter([torch.rand(2, 3, 128, 128)] * 2)
    config = TrainConfig(batch_size=2)
    rows = list(
        train(DocumentGenerator(), DocumentDiscriminator(), images, config, steps=1, device="cpu")
    )
    assert rows[0]["n_images"] == 2
    g = family.build("dcgan", resolution=16, width=2).generator
    d = DiscriminatorEnsemble(2, PatchDiscriminator)
    rows = list(train(g, d, batches(4, 16), config.with_(r1_gamma=1.0), steps=8, device="cpu"))
    assert rows[-1]["d_penalty"] > 0


def test_ema_is_the_formula_with_its_warm_up():
    average, model = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    for step, ema_decay in ((0, 0.9), (5, 0.9), (10_000, 0.9)):
        nn.init.constant_(average.weight, 1.0)
        nn.init.constant_(model.weight, 3.0)
        decay = min(ema_decay, (1 + step) / (10 + step))
        ema_update(average, model, step, ema_decay)
        assert average.weight.item() == pytest.approx(decay * 1 + (1 - decay) * 3)


def test_ema_averages_batch_statistics_too():
    average, model = nn.BatchNorm2d(2), nn.BatchNorm2d(2)
    model.running_mean.fill_(10.0)
    ema_update(average, model, 0, 0.99)
    assert average.running_mean.tolist() == pytest.approx([9.0, 9.0])


def test_real_share_is_the_mean_probability():
    assert real_share(torch.tensor([-1000.0, 1000.0])).item() == 0.5
    assert real_share([torch.full((4,), 1000.0), torch.full((1,), -1000.0)]).item() == 0.5


def test_draw_is_the_same_for_any_chunk_and_leaves_the_mode():
    g = family.build("msggan", resolution=8, width=2, latent_dim=8).generator.train()
    z = torch.randn(5, 8)
    for whole, parts in zip(draw(g, z), draw(g, z, chunk=2), strict=True):
        torch.testing.assert_close(whole, parts)
    assert g.training


def test_training_in_bf16_stays_finite_and_keeps_its_weights_in_float32():
    g, d, average, config, streams = game(r1_gamma=1.0, reg_interval=2)
    play = Game(g, d, batches(), config, generator_ema=average, streams=streams, device="cpu")
    play.dtype = torch.bfloat16  # what choose_device returns for a CUDA device that has it
    rows = [play.step() for _ in range(4)]
    assert [row["d_penalty"] > 0 for row in rows] == [False, True, False, True]
    assert {p.dtype for p in g.parameters()} == {torch.float32}
    assert draw(average, streams.fixed_latents(2, 8))[-1].dtype == torch.float32
