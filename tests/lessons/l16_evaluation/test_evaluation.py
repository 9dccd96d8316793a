import pytest
import torch
from seeded import images, normal, stream
from torch import nn

from msgan_lessons import datasets, family, metrics
from msgan_lessons.lessons.l16_evaluation import scoring
from msgan_lessons.lessons.l16_evaluation.damages import (
    DAMAGES,
    DamageBench,
    ImagePool,
    damaged,
)
from msgan_lessons.metrics import scores
from msgan_lessons.runs.parameters import Budget
from msgan_lessons.training import draw


@pytest.fixture(scope="module")
def pool():
    train = 0.9 + 0.05 * images(50, 1, 16, 16)
    return ImagePool(0.8 * images(200, 1, 16, 16), torch.arange(200) % 10, train)


@pytest.fixture(scope="module")
def bench():
    splits = (datasets.open_images(split=split) for split in ("test", "train"))
    return DamageBench(*splits, count=80, seed=0, repeats=6)


def done(pool, damage, strength, n=40):
    return damaged(pool, torch.arange(n), damage, strength, stream())


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_gives_as_many_images_in_the_range_the_same_again_and_nothing_at_0(pool, damage):
    for strength in (0.0, 0.4, 1.0):
        left = done(pool, damage, strength)
        assert left.shape == (40, 1, 16, 16)
        assert left.abs().max() <= 1
        assert torch.equal(left, done(pool, damage, strength))
    if damage not in ("fewer classes", "few images, repeated"):  # these draw from the pool
        torch.testing.assert_close(done(pool, damage, 0.0), pool.images[:40])


def test_darker_and_less_contrast_leave_a_fifth(pool):
    whole = pool.images[:40]
    torch.testing.assert_close(done(pool, "darker", 1.0) + 1, (whole + 1) / 5)
    flat, middle = done(pool, "less contrast", 1.0), whole.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(flat, middle + (whole - middle) / 5)


def test_blur_keeps_a_plain_image_and_takes_contrast_from_noise(pool):
    plain = ImagePool(torch.full((4, 1, 16, 16), 0.3), torch.zeros(4), pool.train)
    torch.testing.assert_close(done(plain, "blur", 1.0, 4), plain.images)
    assert done(pool, "blur", 1.0).std() < 0.3 * pool.images.std()


def same_as(images, source):
    return (images.flatten(1)[:, None] == source.flatten(1)[None]).all(2)


def rows_of(pool, images):
    same = same_as(images, pool.images)
    assert same.any(1).all()
    return same.int().argmax(1)


def test_half_of_the_classes_are_gone_at_half_strength(pool):
    rows = rows_of(pool, done(pool, "fewer classes", 0.5))
    assert pool.labels[rows].unique().tolist() == [0, 1, 2, 3, 4]
    assert len(rows.unique()) == 40
    rows = rows_of(pool, done(pool, "fewer classes", 1.0)).unique()
    assert pool.labels[rows].unique().tolist() == [0]
    assert len(rows) == 20  # a class with too few images is repeated


def test_few_images_are_repeated(pool):
    for strength, distinct in ((0.0, 40), (0.5, 10), (1.0, 1)):
        assert len(rows_of(pool, done(pool, "few images, repeated", strength)).unique()) == distinct


def test_a_share_of_training_images_is_copied_unchanged(pool):
    copied = same_as(done(pool, "training images", 0.5), pool.train)
    assert copied.any(1).sum() == 20
    assert copied.any(0).sum() == 20  # each once


def test_each_damage_is_seen_by_its_own_metric_and_missed_by_others(bench):
    excess = bench.excess("training images", 1.0)
    assert excess.pop("nearest training image") > 10
    assert max(excess.values()) < 5
    excess = bench.excess("blur", 0.4)
    assert excess["SWD, 32x32 band"] > 10 > 5 > abs(excess["SWD, 4x4 band"])
    excess = bench.excess("fewer classes", 0.5)
    assert excess["KL of classes"] > 10 > 5 > excess["precision"]


def test_pictures_tell_what_the_numbers_say(bench):
    said = bench.bars("noise", 0.6).alt
    assert "damage: noise, strength 0.6. Noticed by Fréchet distance" in said
    table = bench.table(1.0).alt
    assert all(f"{damage}: Noticed by" in table for damage in DAMAGES)


def test_a_share_that_never_scattered_still_has_a_scale_of_one_image(bench):
    alike = [{"precision": 0.9, "Fréchet distance": 3.0}] * 4
    assert bench._scatter("precision", alike) == 1 / 80
    apart = [{"precision": 0.5}, {"precision": 0.9}]
    assert bench._scatter("precision", apart) == pytest.approx(0.2 * 2**0.5)


def pictures(count, seed, level=0.5):
    return 0.5 * level * (images(count, 1, 32, 32, seed=seed) + 1) * torch.linspace(0, 1, 32)


def test_moments_keep_copies_that_training_does_not_change():
    network = nn.Linear(1, 1)
    moments = scoring.Snapshots(network, Budget("x", 100, 1e9, 8), shares=(0.1, 0.5))
    for step in range(1, 101):
        with torch.no_grad():
            network.weight.fill_(step)
        moments.see({"step": step, "seconds": step / 4})
    assert moments.seconds == [0.0, 2.5, 12.5]
    assert [copy.weight.item() for copy in moments.networks][1:] == [10.0, 50.0]


def test_moments_follow_the_clock_where_it_is_faster_than_the_steps():
    moments = scoring.Snapshots(nn.Linear(1, 1), Budget("x", 10**6, 10.0, 8), shares=(0.5, 1.0))
    for step, seconds in ((1, 4.0), (2, 6.0), (3, 7.0), (4, 10.5)):
        moments.see({"step": step, "seconds": seconds})
    assert moments.seconds == [0.0, 6.0, 10.5]


def test_a_g_that_is_still_growing_is_brought_to_full_size():
    generator = family.build("progan", width=4).generator
    z = normal(3, 64)
    generator.grow_to(2)
    (full,) = scores.draw_full(generator, z, 32)
    assert full.shape == (3, 1, 32, 32)
    assert torch.equal(full[..., ::4, ::4], draw(generator, z)[-1])
    assert torch.equal(full[..., 3::4, 3::4], draw(generator, z)[-1])
    scales = scores.draw_full(family.build("msggan", width=4).generator, z, 32)
    assert [x.shape[-1] for x in scales] == [4, 8, 16, 32]


def test_the_patch_score_is_the_mean_over_bands_and_knows_a_growing_g():
    generator, z = family.build("progan", width=4).generator, torch.zeros(20, 64)
    generator.grow_to(2)
    fake = scores.draw_full(generator, z, 32)[-1]
    bands = metrics.band_distances(pictures(20, 0), fake, stream())
    found = scores.patch_score(generator, z, pictures(20, 0), stream())
    assert found == pytest.approx(sum(bands.values()) / 4)


def test_curves_hold_every_metric_at_every_count_and_real_is_nearer():
    curves = scoring.curves_by_count(
        pictures(80, 0), pictures(40, 1, level=0.2), [20, 40], stream()
    )
    assert len(curves) == 6
    for kinds in curves.values():
        assert list(kinds["real"]) == list(kinds["fake"]) == [20, 40]
    assert curves["Fréchet distance"]["real"][40] < curves["Fréchet distance"]["fake"][40]
    assert curves["SWD, 32x32 band"]["real"][40] < curves["SWD, 32x32 band"]["fake"][40]


def test_copies_are_the_closest_pairs():
    train, fresh = pictures(30, 0), pictures(12, 1)
    mixed = torch.cat([fresh[:9], train[4:7]])
    pairs, medians = scoring.closest_pairs({"G": mixed, "copies": train[:5]}, train)
    shown, nearest = pairs["G"]
    assert torch.equal(shown[:3], nearest[:3])
    assert {picture.numpy().tobytes() for picture in shown[:3]} == {
        picture.numpy().tobytes() for picture in train[4:7]
    }
    assert medians["copies"] < 1e-3 < medians["G"]
    features = [metrics.image_features(part) for part in (mixed, train)]
    assert medians["G"] == pytest.approx(metrics.nearest(*features)[0].median().item())
