"""BigGAN in small: its networks, its switches, its game, its scores."""

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize

from msgan_lessons import datasets, metrics
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.discriminator import MultiScaleDiscriminator
from msgan_lessons.generator import MultiScaleGenerator
from msgan_lessons.lessons.l11_class_conditional.game import (
    VARIANTS,
    biggan,
    class_game,
    labelled_batches,
    variant,
)
from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalGenerator,
    ProjectionDiscriminator,
)
from msgan_lessons.lessons.l11_class_conditional.scores import ClassJudge
from msgan_lessons.pyramid import image_pyramid
from msgan_lessons.training import draw, played

SMALL = {"width": 2, "resolution": 16, "latent_dim": 8, "attention": 8}


def few(count=40, labels=True):
    stream = torch.Generator().manual_seed(3)
    pixels = torch.randint(0, 256, (count, 1, 16, 16), generator=stream).byte()
    names = tuple("abcdefghij")
    return ImageData("few", pixels, torch.arange(count) % 10 if labels else None, names)


def built(**changes):
    torch.manual_seed(0)
    return biggan(**{**SMALL, **changes})


# --- networks ---


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


def test_the_difference_of_two_labels_is_a_difference_of_projections():
    D = built(spectral_norm=False).discriminator
    images = image_pyramid(torch.randn(5, 1, 16, 16), 3)
    phi = D.judge(images, torch.zeros(5).long())[1][0][-1].sum((2, 3))
    V = D.embedding.weight
    gap = D(images, torch.full((5,), 3))[0] - D(images, torch.full((5,), 7))[0]
    torch.testing.assert_close(gap, phi @ (V[3] - V[7]), atol=1e-4, rtol=1e-4)


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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_classes": 1}, "n_classes must be 0 or at least 2, got 1"),
        ({"n_classes": -2}, "n_classes must be 0 or at least 2, got -2"),
        ({"attention": 7}, "attention must be 0 or one of 4, 8, 16, got 7"),
        ({"attention": 16}, "attention must be 0 or one of 4, 8, got 16"),
        ({"orthogonal": -1.0}, "orthogonal must be >= 0, got -1.0"),
        ({"scales": "some"}, "emit must be one of finest"),
    ],
)
def test_wrong_switches_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        built(**changes)


def test_missing_and_misshapen_labels_are_refused():
    model, z = built(), torch.randn(3, 8)
    with pytest.raises(ValueError, match=r"labels must have shape \(3,\) or \(3, 10\), got None"):
        model.generator(z)
    with pytest.raises(ValueError, match=r"got \(2,\)"):
        model.generator(z, torch.tensor([0, 1]))
    with pytest.raises(ValueError, match=r"z must have shape \(B, 8\), got \(3, 4\)"):
        model.generator(z[:, :4], torch.zeros(3).long())
    images = image_pyramid(torch.randn(3, 1, 16, 16), 3)
    for labels in (None, torch.tensor([0, 1])):
        with pytest.raises(ValueError, match=r"labels must have shape \(3,\), got"):
            model.discriminator(images, labels)


def test_a_model_can_be_built_again_from_its_arguments():
    model = built(scales=(4, 8), n_classes=3, orthogonal=0.0)
    again = biggan(**model.arguments)
    assert again.arguments == model.arguments
    assert again.generator.state_dict().keys() == model.generator.state_dict().keys()


# --- the game ---


def test_batches_hold_each_image_once_with_its_own_label_and_its_scales():
    data = few()
    batches = labelled_batches(data, 10, [4, 16], 8, Streams(0))
    seen = []
    for _ in range(4):
        (z, labels), real = next(batches)
        assert z.shape == (10, 8)
        assert [x.shape[-1] for x in real] == [4, 16]
        for image, label in zip(real[-1], labels, strict=True):
            index = (data.images() == image).flatten(1).all(1).nonzero().item()
            assert data.labels[index] == label
            seen.append(index)
    assert sorted(seen) == list(range(40))


@pytest.mark.parametrize("changes", [{}, *VARIANTS.values()], ids=str)
def test_every_variant_trains_and_the_same_seed_gives_the_same_numbers(changes):
    changes = {k: v for k, v in changes.items() if k != "width"}
    rows = []
    for _ in range(2):
        game = class_game(built(**changes), few(), batch_size=4, seed=5, device="cpu")
        *_, last = played(game, steps=2)
        rows.append({k: v for k, v in last.items() if k != "seconds"})
    assert rows[0] == rows[1]
    assert rows[0]["n_images"] == 8
    assert ("orthogonal" in rows[0]) == (changes.get("orthogonal", 1) > 0)


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


def test_wrong_data_get_a_sentence():
    model = built()
    with pytest.raises(ValueError, match="data must have a label for each image, got few without"):
        class_game(model, few(labels=False))
    with pytest.raises(
        ValueError, match="batch_size must be from 2 to the 40 images of few, got 1"
    ):
        class_game(model, few(), batch_size=1)
    with pytest.raises(ValueError, match="data must have the model's resolution and channels, got"):
        class_game(biggan(width=2), few())
    with pytest.raises(ValueError, match="n_classes must be above the largest label 9, got 5"):
        class_game(built(n_classes=5), few())


def test_drawing_is_in_evaluation_mode_whatever_the_chunk_and_leaves_g_alone():
    G = built().generator
    z, labels = torch.randn(7, 8), torch.arange(7)
    whole, parts = draw(G, z, labels), draw(G, z, labels, chunk=3)
    assert G.training
    for a, b in zip(whole, parts, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_variants_change_one_thing_each():
    full = variant("full", width=4)
    for name in list(VARIANTS)[1:]:
        other = variant(name, width=4)
        changed = [k for k in other.arguments if other.arguments[k] != full.arguments[k]]
        assert len(changed) == 1
    with pytest.raises(ValueError, match="name must be one of full, no labels"):
        variant("tiny")


# --- scores ---


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


def test_one_image_of_each_class_fools_the_accuracy_and_not_the_recall(judge):
    right = metrics.predicted_labels(judge.real) == judge.labels
    one = torch.stack([judge.real[right & (judge.labels == k)][0] for k in range(10)])
    scores = judge.compare(one.repeat(20, 1, 1, 1), torch.arange(10).repeat(20))
    assert scores["accuracy"] == 1.0
    assert scores["recall"] < 0.1


def test_wrong_labels_cost_accuracy_alone(judge):
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
    expected = judge.compare(test.images(slice(300, 400)), test.labels[300:400])
    assert judge.ceiling() == expected
    assert expected["accuracy"] > 0.8


def test_a_judge_refuses_few_images_too_many_and_missing_labels():
    for count in (99, 101):
        with pytest.raises(ValueError, match=f"count must be from 100 to the 100 .* got {count}"):
            ClassJudge(few(400), judged=300, count=count)
    with pytest.raises(ValueError, match="data must have a label for each image, got few without"):
        ClassJudge(few(400, labels=False), judged=300, count=100)
