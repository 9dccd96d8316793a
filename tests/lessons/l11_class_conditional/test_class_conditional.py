"""BigGAN in small: its networks, its switches, its game, its scores."""

import copy

import numpy as np
import pytest
import scipy.stats
import torch
from seeded import data
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from msgan_lessons import datasets, metrics
from msgan_lessons.base.streams import Streams
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l11_class_conditional.game import (
    VARIANTS,
    biggan,
    class_game,
    labelled_batches,
    standing_statistics,
    truncated,
    truncated_normal,
    variant,
)
from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalBatchNorm2d,
    ConditionalGenerator,
    ProjectionDiscriminator,
    SelfAttention,
    orthogonal_penalty,
)
from msgan_lessons.lessons.l11_class_conditional.scores import ClassJudge
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.training import played

SMALL = {"width": 2, "resolution": 16, "latent_dim": 8, "attention": 8}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def few():
    return data(40, side=16, classes=10)


def built(**changes):
    torch.manual_seed(0)
    return biggan(**{**SMALL, **changes})


def test_without_labels_and_attention_g_and_d_are_the_cores():
    sizes = {"resolution": 16, "channels": (8, 4, 2)}
    torch.manual_seed(0)
    core = MultiScaleGenerator(**sizes, latent_dim=8, emit="all")
    G = ConditionalGenerator(n_classes=0, attention=0, **sizes, latent_dim=8, emit="all")
    assert G.state_dict().keys() == core.state_dict().keys()
    G.load_state_dict(core.state_dict())
    z = torch.randn(4, 8)
    images = G(z)
    assert all(map(torch.equal, images, core(z)))
    trunk = MultiScaleDiscriminator(**sizes, inject="all", minibatch_stddev=False)
    D = ProjectionDiscriminator(
        n_classes=0, attention=0, spectral_norm=False, **sizes, inject="all"
    )
    D.trunk.load_state_dict(trunk.state_dict())
    assert torch.equal(D(images)[0], trunk(images)[0])


def test_labels_change_the_image_and_one_hot_weights_are_the_same_as_labels():
    G = built(width=8).generator.eval()
    z, labels = torch.randn(1, 8).expand(10, 8), torch.arange(10)
    images = G(z, labels)[-1]
    assert len(images.unique(dim=0)) == 10
    torch.testing.assert_close(G(z, torch.eye(10))[-1], images)
    halves = (torch.eye(10)[0] + torch.eye(10)[1])[None] / 2
    mixed = G.embed(halves, 1)
    torch.testing.assert_close(mixed[0], G.embedding.weight[:2].mean(0))


@pytest.mark.parametrize(
    ("scales", "sizes"), [("all", [4, 8, 16]), ("finest", [16]), ((4,), [4, 16])]
)
def test_images_pass_at_the_scales_that_were_asked_for(scales, sizes):
    model = built(scales=scales)
    images = model.generator(torch.randn(3, 8), torch.tensor([0, 1, 2]))
    assert [x.shape[-1] for x in images] == sizes
    assert all(x.abs().max() <= 1 for x in images)
    (logits,) = model.discriminator(images, torch.tensor([0, 1, 2]))
    assert logits.shape == (3,)


def test_the_logit_is_the_trunks_plus_the_projection_of_its_features():
    D = built(spectral_norm=False).discriminator
    images, labels = image_pyramid(torch.randn(4, 1, 16, 16), 3), torch.tensor([1, 9, 1, 0])
    (psi,), (features,) = D.trunk.judge(images)
    by_hand = [
        psi[i] + sum(D.embedding.weight[y, c] * features[-1][i, c].sum() for c in range(8))
        for i, y in enumerate(labels)
    ]
    torch.testing.assert_close(D(images, labels)[0], torch.stack(by_hand), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_spectral_norm_is_on_every_weight_of_d_or_on_none(spectral_norm):
    D = built(spectral_norm=spectral_norm).discriminator
    weighted = [m for m in D.modules() if isinstance(m, nn.Conv2d | nn.Embedding)]
    assert {parametrize.is_parametrized(m) for m in weighted} == {spectral_norm}
    assert len(weighted) == 3 + 1 + 4 + 1  # blocks, head, attention, V


def test_attention_stands_at_its_resolution_in_both_and_nowhere_at_0():
    model = built()
    features = model.generator.features(torch.randn(2, 8), torch.tensor([0, 1]))
    assert features[1].shape[-1] == 8
    assert list(model.generator.attention) == ["8"]
    seen = []
    layer = next(m for m in model.discriminator.modules() if type(m).__name__ == "SelfAttention")
    layer.register_forward_hook(lambda _, inputs, out: seen.append(out.shape[-1]))
    model.discriminator(image_pyramid(torch.randn(2, 1, 16, 16), 3), torch.tensor([0, 1]))
    assert seen == [8]
    plain = built(attention=0)
    names = {type(m).__name__ for m in (*plain.generator.modules(), *plain.discriminator.modules())}
    assert "SelfAttention" not in names


def test_a_model_can_be_built_again_from_its_arguments():
    model = built(scales=(4, 8), n_classes=3, orthogonal=0.0)
    again = biggan(**model.arguments)
    assert again.arguments == model.arguments
    assert again.generator.state_dict().keys() == model.generator.state_dict().keys()


def test_batches_hold_each_image_once_with_its_own_label_and_its_scales():
    source = few()
    batches = labelled_batches(source, 10, [4, 16], 8, Streams(0))
    seen = []
    for _ in range(4):
        (z, labels), real = next(batches)
        assert z.shape == (10, 8)
        assert [x.shape[-1] for x in real] == [4, 16]
        for image, label in zip(real[-1], labels, strict=True):
            index = (source.images() == image).flatten(1).all(1).nonzero().item()
            assert source.labels[index] == label
            seen.append(index)
    assert sorted(seen) == list(range(40))


@pytest.mark.parametrize("changes", [{}, *VARIANTS.values()], ids=str)
def test_every_variant_trains_and_the_same_seed_gives_the_same_numbers(changes):
    def last():
        small = built(**{k: v for k, v in changes.items() if k != "width"})
        game = class_game(small, few(), batch_size=4, seed=5, device="cpu")
        return {**list(played(game, steps=2))[-1], "seconds": 0}

    row = last()
    assert row == last()
    assert row["n_images"] == 8
    assert ("orthogonal" in row) == (changes.get("orthogonal", 1) > 0)


def test_training_moves_every_weight_and_the_average_follows():
    model = built()
    before = copy.deepcopy([model.generator.state_dict(), model.discriminator.state_dict()])
    game = class_game(model, few(), batch_size=20, device="cpu")
    for _ in played(game, steps=3):
        pass
    for network, old in zip((model.generator, model.discriminator), before, strict=True):
        same = [k for k, v in network.named_parameters() if torch.equal(v, old[k])]
        assert set(same) <= {"trunk.head.bias"}  # the hinge's two halves may cancel there
    average = dict(game.generator_ema.named_parameters())
    assert all(not torch.equal(average[k], v) for k, v in model.generator.named_parameters())


def test_variants_change_one_thing_each():
    full = variant("full", width=4)
    for name in list(VARIANTS)[1:]:
        other = variant(name, width=4)
        changed = [k for k in other.arguments if other.arguments[k] != full.arguments[k]]
        assert len(changed) == 1


@pytest.fixture(scope="module")
def judge():
    return ClassJudge(datasets.open_images(split="test"), judged=300, count=100)


def test_real_images_score_as_the_metrics_say(judge):
    scores = judge.compare(judge.real, judge.labels)
    right = metrics.predicted_labels(judge.real) == judge.labels
    assert scores["accuracy"] == pytest.approx(right.float().mean().item())
    assert scores["by_class"][1] == pytest.approx(right[judge.labels == 1].float().mean().item())
    assert scores["frechet"] == pytest.approx(0.0, abs=1e-3)
    assert (scores["precision"], scores["recall"], scores["coverage"]) == (1.0, 1.0, 1.0)


def test_one_image_of_each_class_costs_recall_alone_and_wrong_labels_accuracy(judge):
    right = metrics.predicted_labels(judge.real) == judge.labels
    one = torch.stack([judge.real[right & (judge.labels == k)][0] for k in range(10)])
    scores = judge.compare(one.repeat(20, 1, 1, 1), torch.arange(10).repeat(20))
    assert scores["accuracy"] == 1.0
    assert scores["recall"] < 0.1
    moved = judge.compare(judge.real, (judge.labels + 1) % 10)
    assert moved["accuracy"] < 0.2
    assert moved["precision"] == 1.0


def test_a_threshold_narrows_what_is_judged_and_seeds_repeat(judge):
    torch.manual_seed(0)
    G = biggan(width=2).generator.eval()
    assert judge.score(G) == judge.score(G)
    found = judge.truncations(G, [0.1, 2.0])
    assert [row["threshold"] for row in found] == [0.1, 2.0]
    assert found[1] == {"threshold": 2.0, **judge.score(G, 2.0)}
    assert judge.truncations(G, [2.0], kept=0)[0]["frechet"] != found[1]["frechet"]


def test_the_ceiling_is_real_images_that_are_not_judged(judge):
    test = datasets.open_images(split="test")
    ceiling = judge.ceiling()
    assert ceiling == judge.compare(test.images(slice(300, 400)), test.labels[300:400])
    assert ceiling["accuracy"] > 0.8


def test_conditional_norm_is_a_batch_norm_with_a_row_of_a_table_for_each_class():
    norm, x = ConditionalBatchNorm2d(6, 4), torch.randn(8, 6, 5, 5) * 3 + 1
    labels = torch.tensor([0, 3, 2, 2, 1, 0, 3, 3])
    gains, biases = 1 + norm.gain.weight.T, norm.bias_of.weight.T  # tables (4, 6)
    plain = F.batch_norm(x, None, None, training=True)
    expected = gains[labels][:, :, None, None] * plain + biases[labels][:, :, None, None]
    torch.testing.assert_close(norm(x, F.one_hot(labels, 4).float()), expected)


def test_a_zero_condition_leaves_a_plain_batch_norm_and_its_statistics():
    norm, plain = ConditionalBatchNorm2d(3, 2), nn.BatchNorm2d(3, affine=False)
    for _ in range(3):
        x = torch.randn(4, 3, 2, 2)
        torch.testing.assert_close(norm(x, torch.zeros(4, 2)), plain(x))
    torch.testing.assert_close(norm.running_var, plain.running_var)
    x = torch.randn(4, 3, 2, 2)
    torch.testing.assert_close(norm.eval()(x, torch.zeros(4, 2)), plain.eval()(x))


def test_attention_agrees_with_torchs_own():
    layer, x = SelfAttention(16), torch.randn(2, 16, 4, 6)
    queries = layer.g(x).flatten(2).transpose(1, 2)
    keys, values = (
        F.max_pool2d(part(x), 2).flatten(2).transpose(1, 2) for part in (layer.f, layer.h)
    )
    seen = F.scaled_dot_product_attention(queries, keys, values, scale=1.0)
    expected = x + 0.5 * layer.v(seen.transpose(1, 2).unflatten(2, (4, 6)))
    with torch.no_grad():
        layer.gamma.fill_(0.5)
    torch.testing.assert_close(layer(x), expected, atol=1e-5, rtol=1e-4)
    layer = SelfAttention(8)
    assert torch.equal(layer(x[:, :8]), x[:, :8])  # it changes nothing at first, and learns to
    layer(x[:, :8]).square().sum().backward()
    assert layer.gamma.grad != 0


def test_orthogonal_penalty_equals_equation_3_in_numpy():
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Linear(3, 3), nn.ConvTranspose2d(5, 4, 2, 2))
    first = network[0].weight.detach().numpy().reshape(5, -1).T  # a filter a column
    second = network[2].weight.detach().numpy().transpose(1, 0, 2, 3).reshape(4, -1).T
    expected = sum(np.square(w.T @ w * (1 - np.eye(w.shape[1]))).sum() for w in (first, second))
    assert orthogonal_penalty(network).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 1.0, 2.0])
def test_truncated_latents_follow_scipys_truncated_normal(threshold):
    z = truncated_normal(500, 40, threshold, torch.Generator().manual_seed(1))
    assert z.abs().max() <= threshold
    assert z.dtype == torch.float32
    against = scipy.stats.truncnorm(-threshold, threshold)
    assert scipy.stats.kstest(z.flatten().numpy(), against.cdf).pvalue > 0.01
    assert z.var().item() == pytest.approx(against.var(), rel=0.05)


def test_no_threshold_cuts_nothing_and_the_same_stream_gives_the_same_latents():
    whole = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    streams = [torch.Generator().manual_seed(2) for _ in range(2)]
    assert torch.equal(truncated_normal(5, 3, float("inf"), streams[0]), whole)
    cut = truncated_normal(5, 3, 0.8, streams[1])
    inside = whole.abs() <= 0.8
    assert torch.equal(cut[inside], whole[inside])
    assert not inside.all()


def test_truncated_is_scipys_distribution_and_moves_little():
    u = torch.rand(20_000, generator=torch.Generator().manual_seed(0)).clamp(1e-6, 1 - 1e-6)
    for t in (0.1, 1.0, 3.0):
        z = truncated(u, t)
        assert z.abs().max() <= t * (1 + 1e-6)
        assert scipy.stats.kstest(z.numpy(), scipy.stats.truncnorm(-t, t).cdf).pvalue > 0.01
    assert (truncated(u, 1.0) - truncated(u, 0.99)).abs().max() < 0.011
    assert torch.equal(truncated(u, 0.5).argsort(), truncated(u, 1.5).argsort())


def test_standing_statistics_are_the_mean_over_batches_and_leave_g_alone():
    torch.manual_seed(0)
    G = biggan(width=2, resolution=16, latent_dim=8, attention=8).generator
    before = copy.deepcopy(G.state_dict())
    standing = standing_statistics(G, 10, 0.5, batches=3)
    assert all(torch.equal(v, before[k]) for k, v in G.state_dict().items())
    assert not standing.training
    stream, means = Streams(0).fresh("standing"), []
    for _ in range(3):
        h = G.blocks[0][0](truncated_normal(100, 8, 0.5, stream)[:, :, None, None])
        means.append(h.mean((0, 2, 3)))
    torch.testing.assert_close(standing.blocks[0][1].running_mean, torch.stack(means).mean(0))


def test_standing_statistics_measure_again_the_blocks_that_are_not_kept():
    torch.manual_seed(0)
    G = biggan(width=2, resolution=16, latent_dim=8, attention=8).generator
    z, labels = truncated_normal(500, 8, 0.5, Streams(1).fresh("z")), torch.zeros(500).long()
    wide = standing_statistics(G, 10, 3.0, batches=5)
    kept, again = (standing_statistics(wide, 10, 0.5, batches=5, kept=k) for k in (9, 0))
    with torch.no_grad():
        images, same, new = (g(z, labels)[-1] for g in (wide, kept, again))
    assert torch.equal(images, same)
    assert new.std() > 1.1 * images.std()
