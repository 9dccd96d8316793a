import pytest
import torch

from msgan_lessons import datasets
from msgan_lessons.lessons.l16_evaluation.damages import (
    DAMAGES,
    DamageBench,
    ImagePool,
    damaged,
)


def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def pool():
    images = torch.rand(200, 1, 16, 16, generator=generator()) * 1.6 - 0.8
    train = torch.rand(50, 1, 16, 16, generator=generator()) * 0.1 + 0.85
    return ImagePool(images, torch.arange(200) % 10, train)


@pytest.fixture(scope="module")
def bench():
    splits = (datasets.open_images(split=split) for split in ("test", "train"))
    return DamageBench(*splits, count=80, seed=0, repeats=8)


def done(pool, damage, strength, n=40):
    return damaged(pool, torch.arange(n), damage, strength, generator())


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_a_damage_gives_as_many_images_in_the_range_and_the_same_again(pool, damage, strength):
    images = done(pool, damage, strength)
    assert images.shape == (40, 1, 16, 16)
    assert images.abs().max() <= 1
    assert torch.equal(images, done(pool, damage, strength))


@pytest.mark.parametrize("damage", ["blur", "noise", "darker", "less contrast", "training images"])
def test_without_strength_an_image_is_left_as_it_is(pool, damage):
    torch.testing.assert_close(done(pool, damage, 0.0), pool.images[:40])


def test_darker_and_less_contrast_leave_a_fifth(pool):
    images = pool.images[:40]
    torch.testing.assert_close(done(pool, "darker", 1.0) + 1, (images + 1) / 5)
    flat = done(pool, "less contrast", 1.0)
    torch.testing.assert_close(flat.mean((1, 2, 3)), images.mean((1, 2, 3)))
    torch.testing.assert_close(flat.std((1, 2, 3)), images.std((1, 2, 3)) / 5)


def test_blur_keeps_a_plain_image_and_takes_contrast_from_noise(pool):
    plain = ImagePool(torch.full((4, 1, 16, 16), 0.3), torch.zeros(4), pool.train)
    torch.testing.assert_close(done(plain, "blur", 1.0, 4), plain.images)
    assert done(pool, "blur", 1.0).std() < 0.3 * pool.images.std()


def rows_of(pool, images):
    same = (images.flatten(1)[:, None] == pool.images.flatten(1)[None]).all(2)
    assert same.any(1).all()
    return same.int().argmax(1)


def test_half_of_the_classes_are_gone_at_half_strength(pool):
    rows = rows_of(pool, done(pool, "fewer classes", 0.5))
    assert pool.labels[rows].unique().tolist() == [0, 1, 2, 3, 4]
    assert len(rows.unique()) == 40
    assert pool.labels[rows_of(pool, done(pool, "fewer classes", 1.0))].unique().tolist() == [0]


def test_a_class_with_too_few_images_is_repeated(pool):
    assert len(rows_of(pool, done(pool, "fewer classes", 1.0)).unique()) == 20


@pytest.mark.parametrize(("strength", "distinct"), [(0.0, 40), (0.5, 10), (1.0, 1)])
def test_few_images_are_repeated(pool, strength, distinct):
    assert len(rows_of(pool, done(pool, "few images, repeated", strength)).unique()) == distinct


def test_a_share_of_training_images_is_copied_unchanged(pool):
    images = done(pool, "training images", 0.5)
    copied = (images.flatten(1)[:, None] == pool.train.flatten(1)[None]).all(2)
    assert copied.any(1).sum() == 20
    assert copied.any(0).sum() == 20  # each once


def test_only_the_nearest_training_image_sees_copies(bench):
    excess = bench.excess("training images", 1.0)
    assert excess.pop("nearest training image") > 10
    assert max(excess.values()) < 5


def test_fine_bands_see_blur_and_the_coarsest_does_not(bench):
    excess = bench.excess("blur", 0.4)
    assert excess["SWD, 32x32 band"] > 10
    assert abs(excess["SWD, 4x4 band"]) < 5


def test_lost_classes_are_seen_by_kl_and_missed_by_precision(bench):
    excess = bench.excess("fewer classes", 0.5)
    assert excess["KL of classes"] > 10
    assert excess["precision"] < 5


def test_pictures_tell_what_the_numbers_say(bench):
    assert (
        "damage: noise, strength 0.6. Noticed by Fréchet distance" in bench.bars("noise", 0.6).alt
    )
    table = bench.table(1.0).alt
    assert all(f"{damage}: Noticed by" in table for damage in DAMAGES)


def test_a_share_that_never_scattered_still_has_a_scale_of_one_image(bench):
    alike = [{"precision": 0.9, "Fréchet distance": 3.0}] * 4
    assert bench._scatter("precision", alike) == 1 / 80
    apart = [{"precision": 0.5}, {"precision": 0.9}]
    assert bench._scatter("precision", apart) == pytest.approx(0.2 * 2**0.5)
