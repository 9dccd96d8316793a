import json
import math

import pytest
import torch
from seeded import stream

from msgan_lessons.datasets.images import open_images
from msgan_lessons.metrics.distances import frechet_distance
from msgan_lessons.metrics.features import image_features
from msgan_lessons.metrics.scores import score_floor, score_images
from msgan_lessons.pyramid import image_pyramid

COUNT = 300


@pytest.fixture(scope="module")
def test_set():
    return open_images(split="test")


@pytest.fixture(scope="module")
def train():
    return open_images().images(slice(400))


@pytest.fixture(scope="module")
def sets(test_set, train):
    """Held-out real images, other real ones, noise, one class alone, and copies."""
    return {
        "real": test_set.images(slice(COUNT)),
        "other": test_set.images(slice(COUNT, 2 * COUNT)),
        "noise": torch.rand(COUNT, 1, 32, 32, generator=stream()) * 2 - 1,
        "bags": test_set.images((test_set.labels == 8).nonzero()[:COUNT, 0]),
        "copies": train[:COUNT],
    }


@pytest.fixture(scope="module")
def scores(sets, train, test_set):
    told = {"train": image_features(train), "classes": test_set.classes}
    real = sets["real"]
    return {
        name: score_images(real, [fake], generator=stream(), **told)
        for name, fake in sets.items()
        if name != "real"
    }


@pytest.fixture(scope="module")
def floor(test_set):
    images = test_set.images(slice(2 * COUNT))
    return score_floor(images, COUNT, generator=stream(), classes=test_set.classes)


def test_the_scores_are_plain_values_ready_for_json(sets, scores, floor):
    for found in (*scores.values(), floor):
        text = json.dumps(found, allow_nan=False)
        assert json.loads(text).keys() == found.keys()
    other = scores["other"]
    assert list(other["swd"]) == [4, 8, 16, 32]
    assert other["count"] == {"real": COUNT, "fake": COUNT}
    assert sum(other["class_counts"].values()) == COUNT
    features = image_features(sets["real"]), image_features(sets["other"])
    assert other["frechet"] == pytest.approx(frechet_distance(*features), rel=1e-6)
    assert (floor["count"], floor["repeats"]) == (COUNT, 3)
    assert floor["mean"].keys() == floor["std"].keys()
    assert floor["mean"]["frechet"] > floor["std"]["frechet"] > 0


def test_real_images_score_near_the_floor(scores, floor):
    found, expected = scores["other"], floor["mean"]
    assert found["frechet"] < 1.5 * expected["frechet"]
    assert max(found["swd"][side] / expected["swd"][side] for side in found["swd"]) < 3
    for name in ("precision", "recall", "coverage"):
        assert found[name] > expected[name] - 0.1
    assert found["ms_ssim"] == pytest.approx(expected["ms_ssim"], abs=0.05)
    assert found["modes"] == 10
    assert found["mode_kl"] < 0.05


def test_noise_scores_badly_in_every_measure(scores, floor):
    found, expected = scores["noise"], floor["mean"]
    assert found["frechet"] > 50 * expected["frechet"]
    assert min(found["swd"][side] / expected["swd"][side] for side in found["swd"]) > 3
    for name in ("precision", "recall", "coverage", "density"):
        assert found[name] < 0.6 * expected[name]
    assert found["modes"] < 6
    assert found["mode_kl"] > 1
    assert found["nearest"]["fake"] > 2 * found["nearest"]["real"]
    assert found["ms_ssim"] < 0.5 * scores["other"]["ms_ssim"]  # by that, the most diverse


def test_one_class_alone_has_one_mode_and_little_recall(scores):
    found = scores["bags"]
    assert found["modes"] < 5
    assert math.log(5) < found["mode_kl"] <= math.log(10)
    assert found["coverage"] < 0.3
    assert found["precision"] > 0.7


def test_a_memorised_training_set_shows_in_the_distance_to_the_nearest_alone(scores, floor):
    found = scores["copies"]
    assert found["nearest"]["fake"] < 1e-3 < 1 < found["nearest"]["real"]
    assert found["frechet"] < 1.5 * floor["mean"]["frechet"]
    assert found["precision"] > floor["mean"]["precision"] - 0.1


def test_real_images_that_are_among_the_training_images_are_not_their_own_neighbours(train):
    arguments = {"generator": stream(), "train": train}
    inside = score_images(train[:50], [train[50:100]], held_out=False, **arguments)
    wrong = score_images(train[:50], [train[50:100]], held_out=True, **arguments)
    assert wrong["nearest"]["real"] < 1e-3 < 1 < inside["nearest"]["real"]


def test_features_of_the_training_images_do_as_well_as_the_images(sets, train):
    real, fake = sets["real"][:50], [sets["other"][:50]]
    known = train[:100], image_features(train[:100])
    found = [score_images(real, fake, generator=stream(), train=x) for x in known]
    assert found[0] == found[1]


def test_several_scales_are_asked_whether_they_agree_and_the_finest_is_compared(sets):
    scales = image_pyramid(sets["other"][:50], 3)
    alone = score_images(sets["real"][:50], scales[-1:], generator=stream())
    found = score_images(sets["real"][:50], scales, generator=stream())
    assert found.pop("consistency") == pytest.approx({8: 0.0, 16: 0.0}, abs=1e-6)
    assert found == alone
    scales[0] = scales[0] + 0.5
    shifted = score_images(sets["real"][:50], scales, generator=stream())["consistency"]
    assert shifted == pytest.approx({8: 0.5, 16: 0.0}, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16)])
def test_other_resolutions_and_colour_have_scores(shape):
    real, fake = torch.rand(2, 20, *shape, generator=stream()) * 2 - 1
    found = score_images(real, [fake], generator=stream())
    assert list(found["swd"])[-1] == shape[-1]
    assert not {"modes", "nearest"} & {*found}
    assert score_floor(real, 10, generator=stream())["mean"]["frechet"] > 0  # not with itself
